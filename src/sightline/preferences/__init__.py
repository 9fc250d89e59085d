"""Preference pairs: made the FINER way and the SENTINEL way, checked, and written in the formats of the field."""
