"""Jobs of the workflow and of the command line, around library calls."""
