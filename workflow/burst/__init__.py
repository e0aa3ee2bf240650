"""A GPU that is lent for minutes: its speed measured, then all runs of a campaign advanced."""
