"""The lock files hold every dependency of pyproject.toml, pinned with hashes and no address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
TESTED = [extra for extra, lines in EXTRAS.items() if set(lines) <= set(EXTRAS["dev"])]
"""Extras of which the tests need every package: the main lock has them."""
LOCKS = {"requirements.lock": ("dev",)} | {
    f"requirements-{extra}.lock": ("dev", extra) for extra in EXTRAS if extra not in TESTED
}
ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.*?))? \\\n((?:    --hash=.*\n?)+)", re.MULTILINE
)


def entries(lock: str) -> dict[str, str]:
    """Pinned version by name."""
    found = ENTRY.findall((ROOT / lock).read_text())
    return {canonicalize_name(name): version for name, version, *_ in found}


def wanted(lock: str) -> list[Requirement]:
    project = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    extras = [line for extra in LOCKS[lock] for line in EXTRAS[extra]]
    return [Requirement(line) for line in project + extras]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_satisfies_every_dependency(lock):
    pinned = entries(lock)
    for requirement in wanted(lock):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock}: run make lock"
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_has_nothing_but_pins_with_hashes(lock):
    text = (ROOT / lock).read_text()
    rest = ENTRY.sub("", text)
    assert all(not line or line.startswith("#") for line in rest.splitlines())
    hashes = re.findall(r"--hash=(\S+)", text)
    assert hashes
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_no_address_and_no_path(lock):
    assert not re.search(r"://|file:|index|find-links| /\w", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", [name for name in LOCKS if name != "requirements.lock"])
def test_extras_pin_the_same_versions_as_the_main_lock(lock):
    main = entries("requirements.lock")
    assert {name: entries(lock)[name] for name in main} == main


def test_markers_of_the_lock_hold_on_this_machine_for_every_dependency():
    markers = {
        canonicalize_name(name): marker
        for name, _, marker, _ in ENTRY.findall((ROOT / "requirements.lock").read_text())
    }
    for requirement in wanted("requirements.lock"):
        marker = markers[canonicalize_name(requirement.name)]
        line = f"x ; {marker}" if marker else "x"
        parsed = Requirement(line).marker
        assert parsed is None or parsed.evaluate(default_environment())
