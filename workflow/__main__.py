"""``python -m workflow`` is the command ``polyamide``."""

from workflow.cli.main import app

app(prog_name="polyamide")
