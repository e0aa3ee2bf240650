"""Names of what a comparison with the published campaign writes, for the rules."""

FIGURES = ("study_counts", "study_mean_z", "permeation_against_ph")
TABLES = (
    *("summary", "counts", "orders", "places", "together", "partings", "mean_z"),
    *("steady", "steady_orders", "charge"),
)
