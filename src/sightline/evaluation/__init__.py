"""Replies put to questions, scored under label sets, compared."""
