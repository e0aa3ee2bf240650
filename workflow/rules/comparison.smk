from analysis.catalogue import (
    COMPARISON_ASSUMPTIONS,
    COMPARISON_FIGURES,
    COMPARISON_FOLDER,
    COMPARISON_MAIN,
    COMPARISON_TABLES,
    FIGURE_ENDINGS,
)


rule comparison:
    """Set the runs beside what continuum theory says of the very same charges, ions and drive."""
    input:
        network=rules.network.output.report,
        charged=expand(rules.charged.output, layout=campaign.layouts, allow_missing=True),
        hydrated=expand(rules.hydrated.output, layout=campaign.layouts, allow_missing=True),
        tables=expand(
            rules.tables.output, layout=campaign.layouts, salt=campaign.salts, allow_missing=True
        ),
        stores=expand(
            rules.collect.output,
            layout=campaign.layouts,
            salt=campaign.salts,
            trial=TRIALS,
            allow_missing=True,
        ),
    output:
        main=f"{HOME}/comparison/{COMPARISON_MAIN}",
        assumptions=f"{HOME}/comparison/{COMPARISON_ASSUMPTIONS}",
        tables=expand(
            "{results}/comparison/{folder}/{table}.csv",
            results=HOME,
            folder=COMPARISON_FOLDER,
            table=COMPARISON_TABLES,
        ),
    log:
        f"{LOGS}/comparison.log",
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        options=config["comparison"],
        settings=comparison_settings(),
    script:
        "../scripts/comparison.py"


rule comparison_figures:
    """Draw runs beside their twins, and the layouts among them."""
    input:
        rules.comparison.output,
        tables=rules.comparison.input.tables,
    output:
        expand(
            "{results}/comparison/figures/{figure}.{ending}",
            results=HOME,
            figure=COMPARISON_FIGURES,
            ending=FIGURE_ENDINGS,
        ),
    log:
        f"{LOGS}/comparison_figures.log",
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        options={
            "dpi": config["analysis"]["figure_dpi"],
            "level": config["analysis"]["level"],
            "stamp": config["stamp"],
            "dynamics": campaign.transport.dynamics,
        },
    script:
        "../scripts/comparison_figures.py"
