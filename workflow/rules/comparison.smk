from analysis.comparison.compare import ASSUMPTIONS, MAIN, TABLE_NAMES, TABLES as OF_COMPARISON


rule comparison:
    """Set the runs beside what continuum theory says of the very same charges, ions and drive."""
    input:
        network=rules.network.output.report,
        charged=expand(rules.charged.output, layout=campaign.layouts),
        hydrated=expand(rules.hydrated.output, layout=campaign.layouts),
        tables=expand(rules.tables.output, layout=campaign.layouts, salt=campaign.salts),
        stores=expand(
            rules.collect.output,
            layout=campaign.layouts,
            salt=campaign.salts,
            trial=TRIALS,
        ),
    output:
        main=f"{RESULTS}/comparison/{MAIN}",
        assumptions=f"{RESULTS}/comparison/{ASSUMPTIONS}",
        tables=expand(
            "{results}/comparison/{folder}/{table}.csv",
            results=RESULTS,
            folder=OF_COMPARISON,
            table=TABLE_NAMES,
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
