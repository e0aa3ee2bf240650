"""The command line of ``polyamide``, one module a command."""
