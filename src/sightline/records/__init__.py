"""Files in and out: records of others, our own, and tables."""
