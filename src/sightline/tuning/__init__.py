"""Tuning on preference pairs: all pairs of an image as one tree."""
