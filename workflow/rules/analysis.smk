from analysis.catalogue import FIGURES, figure_jobs, figure_stems, table_names, tables_of
from analysis.options import COLLECTION_OPTIONS
from analysis.store import SCHEMA


rule collect:
    """Read one run once and keep what the observables need."""
    input:
        expand(
            rules.transport.output.record,
            chunk=campaign.transport.chunks - 1,
            allow_missing=True,
        ),
    output:
        f"{HOME}/observables/{{layout}}/{{salt}}/trial{{trial}}.store.npz",
    log:
        f"{LOGS}/collect_{{layout}}_{{salt}}_trial{{trial}}.log",
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        options={name: config["analysis"][name] for name in COLLECTION_OPTIONS},
        # Stores that another version of the code wrote are read anew.
        schema=SCHEMA,
    script:
        "../scripts/collect.py"


rule tables:
    """Pool the trials of one layout and salt into tidy tables with intervals."""
    input:
        expand(rules.collect.output, trial=TRIALS, allow_missing=True),
    output:
        expand(
            "{results}/observables/{{layout}}/{{salt}}/{table}.{ending}",
            results=HOME,
            table=table_names(),
            ending=["csv", "json"],
        ),
    log:
        f"{LOGS}/tables_{{layout}}_{{salt}}.log",
    wildcard_constraints:
        home=ANY_HOME,
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        options=config["analysis"],
    script:
        "../scripts/tables.py"


if SEVERAL:

    rule tables_of_all:
        """Put the tables of all membranes side by side, with what is known over all of them."""
        input:
            expand(rules.tables.output, home=HOMES, allow_missing=True),
        output:
            [path.replace("{home}", "") for path in rules.tables.output],
        log:
            f"{RESULTS}/logs/tables_{{layout}}_{{salt}}.log",
        resources:
            mem_mb=4000,
            runtime=30,
        params:
            membranes=lambda wildcards: {
                name: f"{RESULTS}{home}/observables/{wildcards.layout}/{wildcards.salt}"
                for home, name in HOMES.items()
            },
        script:
            "../scripts/tables_of_all.py"


STEMS = figure_stems(FIGURES, list(campaign.salts))

for number, drawn in enumerate(figure_jobs(STEMS), start=1):

    rule:
        """Draw several figures from the tables of all layouts, with the numbers they show."""
        name:
            f"figures_{number}"
        input:
            tables_drawn(drawn),
        output:
            [
                report(
                    f"{HOME}/figures/{stem}.png",
                    caption=f"../report/{figure}.rst",
                    category="Figures",
                    labels=labels_of(stem),
                )
                for stem, (figure, shown) in drawn.items()
            ],
            others=expand(
                "{results}/figures/{figure}.{ending}",
                results=HOME,
                figure=drawn,
                ending=["pdf", "csv", "txt"],
            ),
        log:
            f"{LOGS}/figures_{number}.log",
        wildcard_constraints:
            home=ANY_HOME,
        resources:
            mem_mb=4000,
            runtime=60,
        params:
            figures=drawn,
            options=config["analysis"],
            stamp=config["stamp"],
            dynamics=campaign.transport.dynamics,
        script:
            "../scripts/figures.py"
