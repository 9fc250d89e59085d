"""Reports: sections of prose, tables, figures and replies, rendered into one page that needs nothing else."""
