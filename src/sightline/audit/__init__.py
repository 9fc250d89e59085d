"""People check the labels of a benchmark: blindly, twice, and where it matters."""
