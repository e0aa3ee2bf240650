"""Atoms beside theory from the command line: what needs membranes, theory and figures at once."""
