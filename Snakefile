# The door: the workflow itself is in workflow/Snakefile. An included file's default target does
# not count, so the door names its own.


include: "workflow/Snakefile"


rule campaign:
    """Everything that the campaign file asks for."""
    default_target: True
    input:
        rules.all.input,
