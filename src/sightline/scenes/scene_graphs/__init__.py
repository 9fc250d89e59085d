"""Scene graphs: from annotations of several formats, and from texts."""
