rule report_page:
    """Gather figures, tables and provenance into one page that needs nothing else."""
    input:
        network=rules.network.output.report,
        charged=expand(rules.charged.output.report, layout=campaign.layouts),
        hydrated=expand(rules.hydrated.output.report, layout=campaign.layouts),
        # Nothing is drawn where no membrane was swollen.
        swelling=rules.hydration_figure.output if SWOLLEN else [],
        cells=expand(rules.cell.output.report, layout=campaign.layouts, salt=campaign.salts),
        bundles=expand(rules.cell.output.files, layout=campaign.layouts[0], salt=campaign.salts),
        # Nothing is drawn where no free energies are asked for.
        free_energies=rules.free_energy_figure.output if ION_MEMBERS else [],
        comparison=rules.comparison.output,
        beside=rules.comparison_figures.output,
        # One of the tables stands for all that its job writes.
        tables=expand(rules.tables.output[0], layout=campaign.layouts, salt=campaign.salts),
        figures=expand(
            "{results}/figures/{figure}.{ending}",
            results=RESULTS,
            figure=figure_stems(FIGURES, list(campaign.salts)),
            ending=FIGURE_ENDINGS,
        ),
    output:
        page=f"{RESULTS}/report.html",
        cells=f"{RESULTS}/cells.csv",
        drawing=multiext(f"{RESULTS}/figures/cell", ".png", ".pdf", ".csv", ".txt"),
    log:
        f"{LOGS}/report.log",
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        campaign=plain(campaign, exclude={"platform"}),
        salts=list(campaign.salts),
        figures=list(figure_stems(FIGURES, list(campaign.salts))),
        beside=list(COMPARISON_FIGURES),
    script:
        "../scripts/report.py"


rule figures:
    """Every figure of the campaign, without its report."""
    input:
        rules.report_page.input.figures,
        rules.report_page.input.swelling,
        rules.comparison_figures.output,
