rule report_page:
    """Gather figures, tables and provenance into one page that needs nothing else."""
    input:
        network=rules.network.output.report,
        charged=expand(rules.charged.output.report, layout=campaign.layouts, allow_missing=True),
        hydrated=expand(rules.hydrated.output.report, layout=campaign.layouts, allow_missing=True),
        # Nothing is drawn where no membrane was swollen.
        swelling=rules.hydration_figure.output if SWOLLEN else [],
        cells=expand(
            rules.cell.output.report,
            layout=campaign.layouts,
            salt=campaign.salts,
            allow_missing=True,
        ),
        bundles=expand(
            rules.cell.output.files,
            layout=campaign.layouts[0],
            salt=campaign.salts,
            allow_missing=True,
        ),
        # Nothing is drawn where no free energies are asked for.
        free_energies=rules.free_energy_figure.output if ION_MEMBERS else [],
        comparison=rules.comparison.output,
        beside=rules.comparison_figures.output,
        # One of the tables stands for all that its job writes.
        tables=expand(
            rules.tables.output[0],
            layout=campaign.layouts,
            salt=campaign.salts,
            allow_missing=True,
        ),
        figures=expand(
            "{results}/figures/{figure}.{ending}",
            results=HOME,
            figure=STEMS,
            ending=FIGURE_ENDINGS,
        ),
    output:
        page=f"{HOME}/report.html",
        cells=f"{HOME}/cells.csv",
        drawing=multiext(f"{HOME}/figures/cell", ".png", ".pdf", ".csv", ".txt"),
    log:
        f"{LOGS}/report.log",
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        campaign=lambda wildcards: plain(of_home(wildcards), exclude={"platform"}),
        salts=list(campaign.salts),
        figures=list(STEMS),
        beside=list(COMPARISON_FIGURES),
    script:
        "../scripts/report.py"


if SEVERAL:

    rule report_of_all:
        """Gather what is known over all membranes into one page, with the numbers of each."""
        input:
            # Of each membrane its own page, and with it all that the page is made from.
            pages=expand(rules.report_page.output.page, home=HOMES),
            tables=expand(
                rules.tables_of_all.output[0], layout=campaign.layouts, salt=campaign.salts
            ),
            figures=expand(rules.report_page.input.figures, home=""),
            # Nothing is drawn where no free energies are asked for.
            free_energies=(expand(rules.free_energy_figure.output, home="") if ION_MEMBERS else []),
        output:
            page=f"{RESULTS}/report.html",
        log:
            f"{RESULTS}/logs/report.log",
        resources:
            mem_mb=4000,
            runtime=30,
        params:
            campaign=plain(campaign, exclude={"platform"}),
            salts=list(campaign.salts),
            figures=list(STEMS),
            membranes={name: home.removeprefix("/") for home, name in HOMES.items()},
        script:
            "../scripts/report_of_all.py"


# What is drawn and tabulated: of each membrane and, where there are several, over all of them.
EVERY_HOME = [*HOMES, ""] if SEVERAL else HOMES


rule figures:
    """Every figure of the campaign, without its report."""
    input:
        expand(rules.report_page.input.figures, home=EVERY_HOME),
        expand(rules.report_page.input.swelling, home=HOMES),
        expand(rules.comparison_figures.output, home=HOMES),
