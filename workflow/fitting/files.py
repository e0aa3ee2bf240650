"""Names of what a fit writes, for the rules."""

REPORT = "report.html"
SUMMARY = "fit.json"
TABLES = ("measurements", "parameters", "residuals", "profiles", "posterior", "bands")
"""Of every fit with profiles and bands; some have further ones."""
FIGURES = ("rejection_bands", "parity", "residuals", "profile_likelihoods", "corner")
"""Of every fit with profiles and bands, in the order of the report."""
FITS: dict[str, dict[str, object]] = {
    "foo-2023-nf270": {"data": "foo-2023-nf270"},
}
"""Arguments of ``polyamide fit`` by the name of a report: the targets of the workflow."""
REHMAN_FIGURES = (
    *("published_parity", "learning_paths", "rejection_distributions", "design_sweeps"),
    "partition_and_fluxes",
)
"""Figures 2A, 3A, 3B, 4B to 4D, 5B and 5F of Rehman et al. (2023), as far as public data go."""
