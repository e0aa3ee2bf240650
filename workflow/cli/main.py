"""The command ``polyamide``, put together from its parts."""

from typing import Annotated

import typer

from workflow.cli import (
    advance,
    analyse,
    burst,
    compare,
    doctor,
    dspmde,
    export,
    fabricate,
    fit,
    init,
    pack_runs,
    permeance,
    plan,
    run,
    schema,
    status,
    talk,
    transport,
)
from workflow.cli.membranes import commands as membranes

app = talk.Program(
    help="Ion transport through polyamide membranes, from a campaign file to figures.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

app.add_typer(membranes.app, name="membranes")
app.add_typer(dspmde.app, name="dspmde")
app.add_typer(export.app, name="export")
app.command()(init.init)
app.command()(analyse.analyse)
# Whatever else it is given is for Snakemake, --quiet and --verbose among it.
app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, talks=False
)(run.run)
app.command()(plan.plan)
app.command()(schema.schema)
app.command(cls=status.Watching)(status.status)
app.command()(doctor.doctor)
app.command()(doctor.selfcheck)
app.command()(transport.transport)
app.command()(burst.burst)
app.command()(compare.compare)
app.command()(permeance.permeance)
app.command()(fit.fit)
app.command()(fabricate.fabricate)
app.command()(advance.advance)
app.command()(advance.pack)
app.command()(pack_runs.pack_runs)


def _show_version(requested: bool) -> None:
    if requested:
        from mdtools.provenance import versions

        print(f"polyamide {versions()['package']}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Ion transport through polyamide membranes, from a campaign file to figures."""
