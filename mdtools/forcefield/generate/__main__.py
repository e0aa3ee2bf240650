"""Command line of the generator; see the package's docstring for what each step needs."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..files import DATA
from ..states import ARMS
from . import assemble
from .amber import Amber


def main() -> None:
    """Run one step: charges, gaff, assemble or fixtures."""
    parser = argparse.ArgumentParser(prog="python -m mdtools.forcefield.generate")
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("charges", "gaff", "fixtures"):
        step = steps.add_parser(name)
        step.add_argument("--amber", type=Path, required=True, help="folder with bin/ and dat/")
        step.add_argument("--library", type=Path, action="append", default=[], help="repeatable")
        step.add_argument("--origin", default="not stated", help="where the programs came from")
        step.add_argument("--work", type=Path, required=True, help="scratch folder, reused")
        if name == "charges":
            step.add_argument("--kinds", nargs="+", choices=ARMS, help="only these, others stay")
        if name == "fixtures":
            step.add_argument("--out", type=Path, required=True, help="folder of the fixtures")
    steps.add_parser("assemble")
    options = parser.parse_args()

    if options.step == "assemble":
        assemble.write()
        return
    amber = Amber(
        options.amber.absolute(), tuple(p.absolute() for p in options.library), options.origin
    )
    work = options.work.absolute()
    if options.step == "charges":
        from .quantum import collect, compute

        kinds = options.kinds or tuple(ARMS)
        known = assemble.read_raw()[1] if options.kinds else None
        compute(amber, work, kinds)
        (DATA / "am1bcc.json").write_text(assemble.as_json(collect(amber, work, kinds, known)))
    elif options.step == "gaff":
        from .estimate import gaff_document

        (DATA / "gaff.json").write_text(assemble.as_json(gaff_document(amber, work)))
    else:
        from .fixtures import write_fixtures

        write_fixtures(amber, work, options.out)


if __name__ == "__main__":
    main()
