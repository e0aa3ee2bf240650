"""Campaign files: their keys (``model``), checks and faults, and the plan of their jobs."""
