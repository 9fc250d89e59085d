"""Detectors: which of these objects are in an image."""
