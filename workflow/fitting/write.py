"""What a fit leaves behind: tables, figures, a summary and a page."""

from collections.abc import Callable
from pathlib import Path

import scipy

from analysis.figures import characterize as figures
from analysis.figures.continuum import draw
from analysis.figures.files import save_all
from mdtools.atomic import write_json, write_text
from mdtools.errors import SettingsError
from mdtools.filesystem import refusal
from mdtools.provenance import record
from workflow.fitting.answer import Answer, answer
from workflow.fitting.files import REPORT, SUMMARY
from workflow.fitting.question import Question
from workflow.pages.fit import FitPage, plain, write_page

DIGITS = "%.9g"


def run(question: Question, out: Path, log: Callable[[str], None] = print) -> Answer:
    """Answer a question and write everything into a directory."""
    if reason := refusal(out):
        raise SettingsError(f"{out}: {reason}")
    found = answer(question, log)
    log("figures and report")
    write(found, out)
    return found


def write(found: Answer, out: Path) -> Path:
    """Write tables, figures, fit.json and report.html; returns the page."""
    (out / "figures").mkdir(parents=True, exist_ok=True)
    tables = found.tables()
    for name, table in tables.items():
        write_text(out / f"{name}.csv", table.to_csv(index=False, float_format=DIGITS))
    drawn = draw_figures(found, out / "figures")
    summary = summarised(found)
    write_json(out / SUMMARY, summary)
    page = FitPage(
        name=found.name,
        published=found.problem.source.published,
        level=found.fit.level,
        tables=tables,
        summary=summary,
        figures=tuple((name, out / "figures" / f"{name}.png") for name in drawn),
    )
    write_page(page, out / REPORT)
    return out / REPORT


def summarised(found: Answer) -> dict[str, object]:
    """Everything but the tables, of plain types, with its provenance."""
    source = found.problem.source
    facts = record(
        scipy=scipy.__version__,
        seed=found.question.seed,
        question=found.question.plain(),
        data={
            "name": source.name,
            "membranes": list(found.problem.data.membranes),
            "sha256": source.files,
            **source.published,
        },
    )
    del facts["machine"]
    return plain(
        {
            "name": found.name,
            **found.fit.as_dict(),
            "warnings": list(found.warnings),
            "assumptions": found.assumptions,
            "classical": None if found.classical is None else found.classical.as_dict(),
            "pores": None
            if found.pores is None
            else {
                "parameters": found.pores.parameters.to_dict("records"),
                "rmse": found.pores.rms,
                "converged": found.pores.converged,
            },
            "provenance": facts,
        }
    )


def draw_figures(found: Answer, directory: Path) -> list[str]:
    """Draw what the tables allow; returns the names, in the order of the page."""
    tables, level, about = found.tables(), found.fit.level, f"{found.name}."
    residuals, parameters = tables["residuals"], tables["parameters"]
    sheets = {}
    if "bands" in tables:
        sheets["rejection_bands"] = draw(
            figures.rejection_bands, tables["bands"], residuals, about, level
        )
    sheets["parity"] = draw(figures.parity, residuals, about, level)
    sheets["residuals"] = draw(figures.residuals, residuals, about, found.fit.sd)
    if "profiles" in tables:
        sheets["profile_likelihoods"] = draw(
            figures.profile_likelihoods, tables["profiles"], parameters, about, level
        )
    if found.ensemble is not None:
        told = str(found.ensemble.assumptions["posterior_sample"])
        sheets["corner"] = draw(
            figures.corner, tables["posterior"], parameters, found.ridge(), about, told
        )
    if found.pores is not None:
        pores = found.pores.distribution
        ions = [ion.name for ion, _ in found.fit.residuals.data.points[0].composition]
        words = (
            f"{about} Log-normal pore radii learnt from the rejections together with the other "
            f"parameters: mean {1e9 * pores.mean:.3g} nm, standard deviation "
            f"{1e9 * pores.sd:.2g} nm by number"
            + ("." if found.pores.converged else "; that fit did not converge.")
        )
        sheets["pore_sizes"] = draw(figures.pore_sizes, tables["pore_sizes"], ions, words)
    for name, sheet in sheets.items():
        save_all(sheet, directory / name, title=f"{found.name}: {name.replace('_', ' ')}")
    return list(sheets)
