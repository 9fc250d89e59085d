"""Readers: named, versioned, pure functions from the text of a reply to a reading."""
