"""Names of the tables that Labban's study writes beside its figures, for the rules."""

TABLES = ("statements", "recommendations", "depositions")
