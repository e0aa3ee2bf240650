"""``python -m workflow`` is the command ``polyamide``."""

from workflow.cli import app

app(prog_name="polyamide")
