"""Runs on disk: chains of segments that are started, stopped and resumed."""
