"""The campaign file: one typed block for each stage, composed from what the packages own."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from analysis.options import AnalysisOptions, ComparisonOptions
from mdtools.errors import SettingsError
from mdtools.options import (
    CellOptions,
    HydrationOptions,
    NonbondedOptions,
    Options,
    PlatformOptions,
    SaltOptions,
    TransportOptions,
    UmbrellaOptions,
)
from membranes.layouts.options import LayoutOptions
from membranes.recipes.membrane import Membrane
from workflow.campaign import checks, membrane_block
from workflow.campaign.faults import Fault, YamlSource, as_json, errors, from_pydantic
from workflow.campaign.membranes import membrane_of, name_of

WORD = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
"""Names that become directories and Snakemake wildcards."""

LONGEST_NAME = 100
"""It becomes part of file names, of which file systems allow 255 bytes."""
Word = Annotated[str, Field(pattern=WORD, max_length=LONGEST_NAME)]

EXIT_CAMPAIGN = 78
"""Exit code of a wrong campaign file (EX_CONFIG of sysexits.h)."""


class CampaignError(ValueError):
    """A campaign file that cannot be run; ``faults`` holds one line for each thing wrong."""

    def __init__(self, faults: list[str]):
        super().__init__("\n".join(faults))
        self.faults = faults


class Campaign(Options):
    """Everything that a campaign file may say; config/README.md explains every key."""

    name: Word
    seed: Annotated[int, Field(ge=0)]
    stamp: str | None = None
    membrane: Membrane
    membranes: tuple[Word | Annotated[int, Field(ge=0)], ...] = ()
    layouts: Annotated[tuple[Word, ...], Field(min_length=1)]
    layout_options: LayoutOptions = LayoutOptions()
    salts: Annotated[dict[Word, SaltOptions], Field(min_length=1)]
    trials: Annotated[int, Field(ge=1)]
    nonbonded: NonbondedOptions = NonbondedOptions()
    hydration: HydrationOptions = HydrationOptions()
    cell: CellOptions
    transport: TransportOptions
    umbrella: UmbrellaOptions | None = None
    analysis: AnalysisOptions = AnalysisOptions()
    comparison: ComparisonOptions = ComparisonOptions()
    platform: PlatformOptions = PlatformOptions()

    @classmethod
    def read(cls, path: str | Path) -> "Campaign":
        """Read the campaign of a YAML file, checked as far as possible before any job.

        Raises
        ------
        CampaignError
            With a line for each fault of the file, in the file's order.
        """
        try:
            source = YamlSource.open(Path(path))
        except SettingsError as error:
            raise CampaignError([str(error)]) from error
        membrane = membrane_block.read(source.data)
        data = membrane.data
        found = [from_pydantic(cls, error) for error in errors(cls, data)]
        faults = source.repeated_keys() + membrane.told(found)
        blocks = _sound_blocks(cls, data, faults)
        faults += membrane.told(checks.faults(blocks))
        if faults:
            raise CampaignError(source.messages(faults))
        return cls(**blocks)

    def layout_options_of(self, layout: str) -> LayoutOptions:
        """Return the layout options without the entries of other layouts."""
        blocks = ("counts", "profiles", "titrations")
        own = {
            block: {
                name: n for name, n in getattr(self.layout_options, block).items() if name == layout
            }
            for block in blocks
        }
        return self.layout_options.model_copy(update=own)

    @property
    def membrane_names(self) -> tuple[str, ...]:
        """Names of its membranes where it has several, none otherwise."""
        return tuple(map(name_of, self.membranes))

    def of_membrane(self, name: str) -> "Campaign":
        """Return the campaign of one of several membranes, which is one as any other.

        Parameters
        ----------
        name : str
            One of ``membrane_names``; empty for a campaign that has one membrane.

        Raises
        ------
        SettingsError
            If it has no such membrane.
        """
        names = self.membrane_names
        if name == "" and not names:
            return self
        if name not in names:
            wrong = f"membrane is {name}, it" if name else "it"
            has = f"has {', '.join(names)}: give one of them" if names else "has one without a name"
            raise SettingsError(f"campaign {self.name}: {wrong} {has}")
        entry = self.membranes[names.index(name)]
        changed = {
            "membrane": membrane_of(entry, self.membrane),
            "membranes": (),
            "seed": membrane_block.seed_of(self.seed, entry),
        }
        return self.model_copy(update=changed)

    def chunk_end_ps(self, chunk: int) -> float:
        """Return the simulated time at which a chunk of a transport run ends; counted from 0."""
        segments = min((chunk + 1) * self.transport.segments_per_chunk, self.transport.segments)
        return segments * self.transport.segment_ps


def plain(block: Options, **options) -> dict:
    """Return a block as sorted plain data, so that two equal blocks compare equal as text.

    >>> list(plain(SaltOptions(ions={"Na+": 1, "Cl-": 1}))["ions"])
    ['Cl-', 'Na+']
    """
    return json.loads(json.dumps(block.model_dump(mode="json", **options), sort_keys=True))


def _sound_blocks(model: type[Options], data, faults: list[Fault]) -> dict:
    """Return the validated blocks (top-level keys) without a fault, defaults included."""
    if not isinstance(data, dict):
        return {}
    wrong = {fault.location[0] for fault in faults if fault.location}
    blocks = {}
    for name, field in model.model_fields.items():
        if name in wrong:
            continue
        if name in data:
            adapter = TypeAdapter(field.annotation)
            blocks[name] = adapter.validate_json(as_json(data[name]), strict=True)
        elif not field.is_required():
            blocks[name] = field.default
    return blocks
