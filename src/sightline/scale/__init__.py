"""Many machines: models on many GPUs and hosts at once, through Ray."""
