"""Pairs made the FINER way: true elements of a scene, phrases of them, and one false unit put in."""
