"""What people said, out to other tools and back: Label Studio, Argilla, FiftyOne and spreadsheets."""
