"""Models: what replies."""
