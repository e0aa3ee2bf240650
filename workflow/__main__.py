"""``python -m workflow`` is the command ``polyamide``."""

from workflow.cli.main import app

if __name__ == "__main__":
    app(prog_name="polyamide")
