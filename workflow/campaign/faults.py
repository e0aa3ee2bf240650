"""Faults of a campaign file, one line each: where, what, and what is allowed."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Self, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from mdtools.errors import MisplacedError, SettingsError
from mdtools.roles import formula_and_charge

UNITS = (
    "kcal_mol_angstrom2",
    "kcal_mol_angstrom",
    "per_ps",
    "angstrom",
    "percent",
    "V_nm",
    "MPa",
    "ns",
    "ps",
    "fs",
    "nm",
    "K",
)
"""Units that end a key, longest first."""

LONGEST_VALUE = 60

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """A fault is one thing that is wrong: its place in the file, and what is allowed there."""

    location: Location
    remedy: str


def unit_of(key: str | int) -> str | None:
    """Return the unit at the end of a key, None where there is none.

    >>> unit_of("duration_ns")
    'ns'
    """
    return next((unit for unit in UNITS if str(key).endswith(f"_{unit}")), None)


def stem_of(key: str) -> str:
    """Return a key without its unit.

    >>> stem_of("duration_ns")
    'duration'
    """
    unit = unit_of(key)
    return key.removesuffix(f"_{unit}") if unit else key


def nearest(word: str, allowed) -> str | None:
    """Return the allowed word that was probably meant; a key with another unit comes first.

    An ion of another charge is another ion, and was not meant.

    >>> nearest("SO42-", ["SO4--"]), nearest("Fe3+", ["Fe2+"])
    ('SO4--', None)
    """
    allowed = [str(name) for name in allowed]
    if ion := _ion(word):
        ions = {name: _ion(name) for name in allowed}
        if {known[0] for known in ions.values() if known and known != ion} & {ion[0]}:
            return None
        allowed = [name for name, known in ions.items() if known is None or known[1] == ion[1]]
    same_quantity = [name for name in allowed if stem_of(name) == stem_of(word)]
    lower = {name.lower(): name for name in allowed}
    close = get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    begun = [name for name in lower if word and name.startswith(word.lower())]
    return next(iter(same_quantity + [lower[name] for name in close + begun]), None)


def _ion(word: str) -> tuple[str, int] | None:
    """Return formula and charge of a word that ends in a charge."""
    try:
        return formula_and_charge(word)
    except ValueError:
        return None


def hint(word: str, allowed) -> str:
    """Return ``" (did you mean ...?)"`` with the unit of the nearest allowed key, or nothing."""
    suggestion = nearest(word, allowed)
    if suggestion is None:
        return ""
    unit = unit_of(suggestion)
    return f" (did you mean {suggestion}{f', in {unit}' if unit else ''}?)"


def choices(allowed) -> str:
    """Join allowed words for a sentence."""
    return ", ".join(str(name) for name in allowed)


def annotation_at(model: type[BaseModel], location: Location):
    """Return the type that a model has at a location of pydantic's; None for an unknown one.

    Of a block that may be left out it is the block.
    """
    annotation = _walk(model, location)[0]
    kinds = _kinds(annotation)
    return kinds[0] if len(kinds) == 1 else annotation


def place_in_file(model: type[BaseModel], location: Location) -> Location:
    """Return a location of pydantic's without the tags that tell which block of several it is."""
    return _walk(model, location)[1]


def _walk(model: type[BaseModel], location: Location):
    """Return the type at a location and the steps that lead there in a file."""
    annotation, steps = model, []
    for step in location:
        kinds = _kinds(annotation)
        tagged = {tag: kind for kind in kinds if (tag := _tag(kind)) is not None}
        if len(kinds) > 1 and step in tagged:
            annotation = tagged[step]
            continue
        steps.append(step)
        annotation = next(iter(kinds), None)
        if _is_block(annotation):
            field = annotation.model_fields.get(str(step))
            annotation = field.annotation if field else None
        else:
            inner = get_args(annotation)
            mapping = get_origin(annotation) is dict
            annotation = (inner[1] if mapping else inner[0]) if inner else None
    return annotation, tuple(steps)


def _kinds(annotation) -> list:
    """Return the types of a union, without none; one that is no union by itself."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) not in (Union, UnionType):
        return [annotation]
    parts = [kind for kind in get_args(annotation) if kind is not type(None)]
    return [kind for part in parts for kind in _kinds(part)]


def _tag(kind) -> str | None:
    """Return what tells a step of a recipe from others: its own name."""
    field = kind.model_fields.get("step") if _is_block(kind) else None
    return field.default if field is not None else None


def _is_block(kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _homes(model: type[BaseModel], key: str) -> list[str]:
    """Return the blocks of the campaign that have a key."""
    homes = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            homes += [name] if key in kind.model_fields else []
            homes += [f"{name}.{inner}" for inner in _homes(kind, key)]
    return homes


def _unknown_key(model: type[BaseModel], location: Location) -> str:
    allowed = list(annotation_at(model, location[:-1]).model_fields)
    key = str(location[-1])
    homes = _homes(model, key)
    suggestion = hint(key, allowed)
    if homes and not any(stem_of(name) == stem_of(key) for name in allowed):
        suggestion = f" (it belongs to {' or '.join(homes)})"
    return f"no such key, allowed are {choices(allowed)}{suggestion}"


def _in_unit(location: Location) -> str:
    keys = [step for step in location if isinstance(step, str)]
    unit = unit_of(keys[-1]) if keys else None
    return f" {unit.replace('_', '/')}" if unit else ""


def _number(kind: str, location: Location, value) -> str:
    unit = _in_unit(location)
    remedy = f"allowed is a {kind}" + (f", in{unit}" if unit else "")
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[.\d]+([eE][-+]?\d+)?\s*", value):
        remedy += " (write it without quotes)"
    elif isinstance(value, str) and re.match(r"\s*[-+.\d]", value):
        remedy += " (write it without a unit)"
    return remedy


def as_json(data) -> str:
    """Return data of a YAML file as JSON; what JSON has no word for becomes text."""
    return json.dumps(data, default=str)


def errors(model: type[BaseModel], data) -> list[dict]:
    """Validate data by a model with JSON's rules: a list is a tuple, but text is no number."""
    try:
        model.model_validate_json(as_json(data), strict=True)
    except ValidationError as error:
        found = error.errors()
        # A list of which every entry is wrong counts as empty, too.
        within = {known["loc"][:length] for known in found for length in range(len(known["loc"]))}
        return [
            known for known in found if known["type"] != "too_short" or known["loc"] not in within
        ]
    return []


_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
    "too_short": ("at least", "min_length"),
    "too_long": ("at most", "max_length"),
}
_KINDS = {
    "string_type": "allowed is text",
    "bool_type": "allowed is true or false",
    "dict_type": "allowed is a block of keys and values",
    "model_type": "allowed is a block of keys and values",
    "tuple_type": "allowed is a list",
    "list_type": "allowed is a list",
    "finite_number": "allowed is a finite number",
}


def from_pydantic(model: type[BaseModel], error: dict) -> Fault:
    """Translate one error, as pydantic lists it for a model, to a fault."""
    told = tuple(step for step in error["loc"] if step != "[key]")
    location = place_in_file(model, told)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        remedy = _unknown_key(model, told)
    elif kind == "missing":
        remedy = "required, but not given"
    elif kind in _BOUNDS:
        word, bound = _BOUNDS[kind]
        what = _in_unit(location)
        if kind.startswith("too_"):
            what = " entry" if context[bound] == 1 else " entries"
        remedy = f"allowed is {word} {context[bound]:g}{what}"
    elif kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        remedy = f"allowed is {choices(allowed)}{hint(str(error['input']), allowed)}"
    elif kind in ("float_type", "float_parsing"):
        remedy = _number("number", location, error["input"])
    elif kind in ("int_type", "int_parsing", "int_from_float"):
        remedy = _number("whole number", location, error["input"])
    elif kind == "string_too_long":
        remedy = f"allowed are at most {context['max_length']} characters"
    elif kind == "string_pattern_mismatch":
        dots = "'.', " if "._" in context["pattern"] else ""
        remedy = f"allowed are letters, digits, {dots}'-' and '_'"
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        location, remedy = _of_tag(location, context)
    elif kind == "value_error" and isinstance(context["error"], MisplacedError):
        location, remedy = (*location, *context["error"].place), str(context["error"])
    elif kind == "value_error":
        place, remedy = _of_validator(model, told, str(context["error"]))
        location = place_in_file(model, place)
    else:
        remedy = _KINDS.get(kind, error["msg"])
    return Fault(location, remedy)


def _of_tag(location: Location, context: dict) -> tuple[Location, str]:
    """Return place and remedy of a block that says none of the words that tell it from others."""
    key = context["discriminator"].strip("'")
    allowed = re.findall(r"'([^']*)'", context.get("expected_tags", ""))
    if not allowed:
        return location, f"required is {key}, which tells what it is"
    return (*location, key), f"allowed is {choices(allowed)}{hint(str(context['tag']), allowed)}"


def _of_validator(model: type[BaseModel], location: Location, message: str):
    """Split a message of a block's validator, whose first word is the key at fault."""
    block = annotation_at(model, location)
    key, _, rest = message.partition(" ")
    if isinstance(block, type) and issubclass(block, BaseModel) and key in block.model_fields:
        allowed = re.search(r"(allowed is|must be) .*", rest)
        return (*location, key), allowed.group(0) if allowed else rest
    return location, message


LARGEST_TEXT = 1_000_000
MOST_NODES = 100_000
"""Of a campaign file: a thousand times what the longest of them has."""


class YamlSource:
    """The text of a YAML file gives its data and the line of each key.

    ``kind`` is what the whole of it is called.
    """

    def __init__(self, path, text: str, kind: str = "campaign"):
        self.path, self.kind = path, kind
        if len(text) > LARGEST_TEXT:
            raise yaml.YAMLError(f"longer than {LARGEST_TEXT:,} characters")
        try:
            self._root = yaml.compose(text, Loader=_Loader)
            if self._root is not None:
                _refuse_unbounded(self._root)
            self.data = yaml.load(text, Loader=_Loader)
        except RecursionError:
            raise yaml.YAMLError("nested too deeply") from None
        except ValueError as error:  # a number of thousands of digits
            raise yaml.YAMLError(str(error)) from None

    @classmethod
    def open(cls, path: Path, kind: str = "campaign") -> Self:
        """Read a file; SettingsError with one line, and where it is, for one that is no YAML."""
        try:
            return cls(path, path.read_text(encoding="utf-8"), kind)
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}: allowed is a YAML file") from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"{path}: not UTF-8 text: allowed is a YAML file") from error
        except yaml.YAMLError as error:
            mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
            where = f"{path}:{mark.line + 1}" if mark else f"{path}"
            reason = problem or getattr(error, "reason", None) or str(error)
            raise SettingsError(f"{where}: not YAML: {reason}") from error

    def _nodes(self, location: Location):
        node = self._root
        yield node.start_mark.line if node else 0, node
        for step in location:
            if isinstance(node, yaml.MappingNode):
                pairs = {key.value: (key, value) for key, value in node.value}
                if str(step) not in pairs:
                    return
                key, node = pairs[str(step)]
                yield key.start_mark.line, node
            elif isinstance(node, yaml.SequenceNode) and int(step) < len(node.value):
                node = node.value[int(step)]
                yield node.start_mark.line, node
            else:
                return

    def line(self, location: Location) -> int:
        """Return the line of a key, or of the innermost block around it that exists; from 1."""
        return list(self._nodes(location))[-1][0] + 1

    def value(self, location: Location) -> str:
        """Return the text at a location, shortened; ``none`` where nothing stands."""
        data = self.data
        for step in location:
            if isinstance(data, dict):
                # Keys that are numbers in YAML are text in JSON, where faults are found.
                data, step = {str(key): value for key, value in data.items()}, str(step)
            elif step == 0 and not isinstance(data, list):
                continue  # a lone value that stands for a list of it
            try:
                data = data[step]
            except (KeyError, IndexError, TypeError):
                return "none"
        text = data if isinstance(data, str) and data else json.dumps(data, default=str)
        return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."

    def repeated_keys(self) -> list[Fault]:
        """Return a fault for each key given twice in one block, of which YAML keeps the last."""
        faults = []

        def visit(node, location):
            if isinstance(node, yaml.MappingNode):
                seen = set()
                for key, value in node.value:
                    inner = (*location, key.value)
                    if key.value in seen:
                        faults.append(Fault(inner, "given twice, allowed is once"))
                    seen.add(key.value)
                    visit(value, inner)
            elif isinstance(node, yaml.SequenceNode):
                for index, value in enumerate(node.value):
                    visit(value, (*location, index))

        visit(self._root, ())
        return faults

    def messages(self, faults: Iterable[Fault]) -> list[str]:
        """Return a line for each fault, none twice, in the order of the file."""
        ordered = sorted(dict.fromkeys(faults), key=lambda fault: self.line(fault.location))
        return [self.message(fault) for fault in ordered]

    def message(self, fault: Fault) -> str:
        """Return a fault in one line: file, line, key, value, what is allowed."""
        key = ".".join(str(step) for step in fault.location) or self.kind
        where = f"{self.path}:{self.line(fault.location)}"
        return f"{where}: {key}: value {self.value(fault.location)}: {fault.remedy}"


def _refuse_unbounded(root: yaml.Node) -> None:
    """Raise YAMLError if aliases make a document hold itself, or grow without bound."""
    sizes: dict[int, int] = {}
    begun: set[int] = set()

    def size(node: yaml.Node) -> int:
        mark = id(node)
        if mark in sizes:
            return sizes[mark]
        if mark in begun:
            raise yaml.YAMLError("an alias that stands inside of what it repeats")
        begun.add(mark)
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        inner = [part for pair in parts for part in (pair if isinstance(pair, tuple) else (pair,))]
        sizes[mark] = 1 + sum(size(part) for part in inner)
        return sizes[mark]

    if size(root) > MOST_NODES:
        raise yaml.YAMLError(f"aliases that stand for more than {MOST_NODES:,} values")


class _Loader(yaml.SafeLoader):
    """A loader of YAML with the scalars of 1.2: ``1e-3`` is a number, ``no`` and ``on`` text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":float", ":bool"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN)$"
    ),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
