"""Chaperoned transport: pairs of ions that advance together, and advance in company and alone."""

import numpy as np
import pandas as pd

from analysis.definitions import IN_MEMBRANE
from analysis.kernels import advance_in_company, chaperoned, clopper_pearson, contact_events
from analysis.observables.shared.ions import (
    IonPair,
    columns_of,
    contact_of,
    fast_interval_ps,
    gap_frames,
    ion_pairs,
)
from analysis.observables.shared.stacking import stacked
from analysis.options import AnalysisOptions
from analysis.statistics import over_trials, percent
from analysis.store import Store
from analysis.trials import POOLED, Trials, frame_at
from mdtools.slab import between

TABLES = ("chaperones", "chaperone_advance")

CHAPERONED, ADVANCE = "chaperoned contacts", "advance in company"
ANYWHERE, MEMBRANE = "anywhere", "membrane"
CONTACT = (
    "A cation and an anion are in contact while they are within cutoff_angstrom, feed ions and "
    "counter-ions alike; interruptions of up to gap_ps, whole frames of interval_ps, do not end a "
    "contact. Cutoff, gap and interval belong to the number."
)
DEFINITIONS = {
    CHAPERONED: (
        f"{CONTACT} {IN_MEMBRANE} A contact is chaperoned if BOTH ions are at least "
        "advance_angstrom farther along +z, relative to the membrane, in its last frame than in "
        "its first: they went together, and neither passed a resting one. retreated contacts went "
        "as far along -z: without a drive and gradients both are as likely, so what chaperoned has "
        "more is directed. Place 'membrane' has the contacts whose middle is in the membrane in "
        "their first or last frame, 'anywhere' those in the reservoirs, too. A contact cut off by "
        "the begin or end of a run counts with what was seen; of one frame it cannot advance, but "
        "counts among the contacts. 'all' pools the contacts of the trials, each as far as it "
        "goes; the interval takes contacts as independent."
    ),
    ADVANCE: (
        f"{CONTACT} Net advance along +z of an ion of the species, mean over its ions, from t = 0 "
        "up to until_ns: in steps between frames in both of which it has a contact with an ion of "
        "the other species of the pair (company), and in all other steps (alone). No gap is "
        "bridged. steps_share is the share of steps in company: where company has more of the "
        "advance than of the steps, ions advance faster in it. company_share of the advance is "
        "given only where both parts are forward, as a share of parts that cancel says nothing. A "
        "trial goes as far as it does; 'all' is the mean of the trials up to the common time with "
        "its t interval."
    ),
}
CONTACT_COLUMNS = (
    "definition",
    "pair",
    "place",
    "trial",
    "contacts",
    "chaperoned",
    "retreated",
    "chaperoned_share",
    "low_share",
    "high_share",
    "retreated_share",
    "low_retreated_share",
    "high_retreated_share",
    "interval",
    "advance_angstrom",
    "cutoff_angstrom",
    "gap_ps",
    "interval_ps",
    "note",
)
ADVANCE_COLUMNS = (
    "definition",
    "pair",
    "species",
    "trial",
    "company_angstrom",
    "low_company_angstrom",
    "high_company_angstrom",
    "alone_angstrom",
    "low_alone_angstrom",
    "high_alone_angstrom",
    "steps_share",
    "low_steps_share",
    "high_steps_share",
    "company_share",
    "n",
    "until_ns",
    "interval",
    "cutoff_angstrom",
    "gap_ps",
    "interval_ps",
    "note",
)
PARTS = ("company_angstrom", "alone_angstrom", "steps_share")
TURNING = "advance is not beyond the cutoff: ions that turn around each other may have it"
CANCEL = "no share: the advances in company and alone are not both forward"


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `chaperones` and `chaperone_advance`, for each pair of species."""
    interval = fast_interval_ps(trials)
    gap = gap_frames(options.pair_gap_ps, interval)
    contacts, advances = [], []
    for pair in ion_pairs(trials.first, options):
        key_columns = pair.columns(gap, interval)
        by_trial, full, common = [], [], []
        for store in trials.stores:
            contact = contact_of(store, pair)
            by_trial.append(passages(store, pair, contact, trials.faces, gap, options))
            end = frame_at(store, trials.common_ns) + 1
            full.append(advances_of(store, pair, contact, len(contact)))
            common.append(
                full[-1] if end == len(contact) else advances_of(store, pair, contact, end)
            )
        contacts += [row | key_columns for row in contact_rows(trials, pair, by_trial, options)]
        advances += [
            row | key_columns for row in advance_rows(trials, pair, full, common, options.level)
        ]
    return {
        "chaperones": stacked(contacts, CONTACT_COLUMNS),
        "chaperone_advance": stacked(advances, ADVANCE_COLUMNS),
    }


def passages(
    store: Store, pair: IonPair, contact: np.ndarray, faces, gap: int, options: AnalysisOptions
) -> pd.DataFrame:
    """Return the contacts of one trial, each chaperoned or retreated or not, inside or not."""
    own = [columns_of(store, name) for name in (pair.cation, pair.anion)]
    z, paths = ([one[:, at] for at in own] for one in (store.z_angstrom, store.z_path_angstrom))
    threshold = options.chaperone_advance_angstrom
    events = chaperoned(contact_events(contact, gap), paths[0], paths[1], threshold)
    back = np.maximum(events.ion_advance, events.partner_advance)
    touches = np.zeros(len(events), dtype=bool)
    for frame in (events.start, events.end - 1):
        both = z[0][frame, events.ion], z[1][frame, events.partner]
        middle = store.middle_angstrom(*both)
        touches |= between(middle, faces)
    return events.assign(retreated=back <= -threshold, membrane=touches)


def contact_rows(
    trials: Trials, pair: IonPair, by_trial: list[pd.DataFrame], options: AnalysisOptions
) -> list[dict]:
    """Return rows of `chaperones` of each trial and of all."""
    advance = options.chaperone_advance_angstrom
    labels = [*(str(store.trial) for store in trials.stores), POOLED]
    caution = TURNING if advance <= pair.cutoff_angstrom else ""
    rows = []
    for place in (ANYWHERE, MEMBRANE):
        chosen = [one if place == ANYWHERE else one[one.membrane] for one in by_trial]
        counted = np.array([[len(o), o.chaperoned.sum(), o.retreated.sum()] for o in chosen])
        for trial, each in zip(labels, [*counted, counted.sum(axis=0)], strict=True):
            contacts, forth, back = map(int, each)
            rows.append(
                {"definition": CHAPERONED, "place": place, "trial": trial}
                | shares(contacts, forth, back, options.level, caution)
                | {"advance_angstrom": advance}
            )
    return rows


def shares(contacts: int, forth: int, back: int, level: float, caution: str) -> dict:
    """Return numbers and shares of contacts with their exact binomial intervals."""
    row = {"contacts": contacts, "chaperoned": forth, "retreated": back, "note": caution}
    if contacts == 0:
        return row | {"interval": "none", "note": "no contacts"}
    for name, edges, count in (
        ("chaperoned_share", ("low_share", "high_share"), forth),
        ("retreated_share", ("low_retreated_share", "high_retreated_share"), back),
    ):
        limits = map(float, clopper_pearson(count, contacts, level))
        row |= {name: count / contacts, **dict(zip(edges, limits, strict=True))}
    return row | {"interval": f"{percent(level)} Clopper-Pearson of {contacts} contacts"}


def advances_of(
    store: Store, pair: IonPair, contact: np.ndarray, end: int
) -> dict[str, np.ndarray]:
    """Return advance in company, advance alone and share of steps in company, means over ions."""
    advances = {}
    for species, partners in ((pair.cation, 2), (pair.anion, 1)):
        z = store.z_path_angstrom[:end, columns_of(store, species)]
        near = contact[:end].any(axis=partners)
        company, alone = advance_in_company(z, near)
        steps = (near[1:] & near[:-1]).mean()
        advances[species] = np.array([company.mean(), alone.mean(), steps])
    return advances


def advance_rows(
    trials: Trials, pair: IonPair, full: list[dict], common: list[dict], level: float
) -> list[dict]:
    """Return rows of `chaperone_advance` of each trial and of all."""
    rows = []
    for species in (pair.cation, pair.anion):
        number = len(columns_of(trials.first, species))
        key_columns = {"definition": ADVANCE, "species": species}
        for store, one in zip(trials.stores, full, strict=True):
            rows.append(
                key_columns
                | {"trial": str(store.trial), "n": number, "until_ns": store.analysed_ns}
                | {"interval": "none"}
                | columns_of_advance(one[species])
            )
        band = over_trials([one[species] for one in common], level)
        number *= len(trials.stores)
        edges = {
            f"{side}_{name}": float(value)
            for side, values in (("low", band.low), ("high", band.high))
            for name, value in zip(PARTS, values, strict=True)
        }
        edges["low_steps_share"] = np.maximum(edges["low_steps_share"], 0.0)
        edges["high_steps_share"] = np.minimum(edges["high_steps_share"], 1.0)
        rows.append(
            key_columns
            | {"trial": POOLED, "n": number, "until_ns": trials.common_ns, "interval": band.kind}
            | columns_of_advance(band.value)
            | edges
        )
    return rows


def columns_of_advance(values: np.ndarray) -> dict:
    """Return the columns of both advances and, if both are forward, the share in company."""
    company, alone, steps = map(float, values)
    forward = company >= 0 and alone >= 0 and company + alone > 0
    return {
        "company_angstrom": company,
        "alone_angstrom": alone,
        "steps_share": steps,
        "company_share": company / (company + alone) if forward else np.nan,
        "note": "" if forward else CANCEL,
    }
