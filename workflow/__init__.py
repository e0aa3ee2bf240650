"""Campaigns: their files, the jobs they consist of, the command line, and the report pages."""
