"""Pairs made the SENTINEL way: sentences of a model's own captions, on whose objects two detectors vote."""
