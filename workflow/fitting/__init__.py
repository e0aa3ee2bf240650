"""Characterisation from the command line: what is asked, what is answered, what is written."""
