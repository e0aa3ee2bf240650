"""``python -m workflow`` is the command ``polyamide``."""

from workflow.cli.interrupted import ends_in_a_line

PROGRAM = "polyamide"


def main() -> None:
    """Run the command ``polyamide`` with the arguments of this process."""
    with ends_in_a_line(PROGRAM):
        from workflow.cli.main import app

        app(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
