"""What the readers of other catalogues share: our words for theirs, and what they have to say.

Entries are written as our files have them (`services/*.yaml`), so that a reader fills in what its
format knows and leaves out the rest.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from incidents.catalog.files import Document, load
from incidents.errors import Misconfigured, Refused
from incidents.model.services import Lifecycle

Entry = dict[str, Any]
"""A service, a team or a person as it stands in a file of ours."""

_LONGEST_NAME = 80  # characters, as in `values.Word`
_LONGEST_LINE = 150
_MOST_DOCUMENTS = 100_000
_PASSED_OVER = {".git", "node_modules", ".venv", "vendor"}
_SLASHED_URL = re.compile(r"https?://[^\s|<>]+")

_LIFECYCLES = {
    Lifecycle.EXPERIMENTAL: (
        "experiment",
        "alpha",
        "beta",
        "develop",
        "incubat",
        "pre_prod",
        "poc",
    ),
    Lifecycle.RETIRED: ("retired", "end_of_life", "eol", "decommission", "removed", "archived"),
    Lifecycle.DEPRECATED: ("deprecat", "sunset", "legacy", "maintenance"),
}
_TIERS = {
    1: ("critical", "mission_critical", "highest", "platinum", "p0"),
    2: ("high", "important", "gold"),
    3: ("medium", "moderate", "normal", "silver"),
    4: ("low", "lowest", "bronze", "none"),
}


@dataclass(slots=True)
class Imported:
    """What one source says: entries by name, and what could not be taken over, in words.

    ``needs`` are dependencies by the source's own names, resolved once everything is read.
    """

    services: dict[str, Entry] = field(default_factory=dict)
    teams: dict[str, Entry] = field(default_factory=dict)
    people: dict[str, Entry] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, entry: Entry, where: str) -> bool:
        """Take over a service, unless there is one of that name. Whether it was taken."""
        name = entry["name"]
        if not name:
            self.remarks.append(f"{where}: a name without letters or digits, left out")
            return False
        if name in self.services:
            self.remarks.append(f"{where}: there is another {name}, left out")
            return False
        self.services[name] = entry
        return True


def slug(name: object) -> str:
    """``Order Processor`` as ``order-processor``; empty if nothing is left."""
    text = re.sub(r"[^a-z0-9._-]+", "-", str(name or "").strip().lower())
    return text[:_LONGEST_NAME].strip("._-")


def line(text: object) -> str:
    """One line of text that fits into a title; empty for what is no text."""
    return (
        " ".join(str(text).split())[:_LONGEST_LINE] if isinstance(text, str | int | float) else ""
    )


def words(value: object) -> list[str]:
    """The texts in a list, or a text alone; anything else is none."""
    listed = value if isinstance(value, list) else [value]
    return [str(one).strip() for one in listed if isinstance(one, str | int) and str(one).strip()]


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The mappings in a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def lifecycle_of(word: object) -> str:
    """Our word for a stage of theirs: what is not clearly otherwise is in production."""
    text = re.sub(r"[\s-]+", "_", str(word or "").strip().lower())
    for ours, theirs in _LIFECYCLES.items():
        if any(one in text for one in theirs):
            return ours.value
    return Lifecycle.PRODUCTION.value


def tier_of(word: object) -> int | None:
    """1 to 4 for ``1``, ``tier_1``, ``Tier 1`` or ``critical``; None for what says nothing.

    Where they count from 0, 0 and 1 are our 1; what they count beyond 4 is our 4.
    """
    text = re.sub(r"[\s-]+", "_", str(word if word is not None else "").strip().lower())
    if found := re.fullmatch(r"(?:tier_?|t|p)?(\d)", text):
        return min(max(int(found[1]), 1), 4)
    return next((tier for tier, theirs in _TIERS.items() if text in theirs), None)


def links_of(
    listed: Iterable[Mapping[str, Any]], *, name: str, kind: str
) -> dict[str, list[dict[str, str]]]:
    """Runbooks and dashboards among links; ``name`` and ``kind`` are the keys that say which."""
    found: dict[str, list[dict[str, str]]] = {}
    for one in listed:
        url = str(one.get("url") or "").strip()
        told = f"{one.get(kind) or ''} {one.get(name) or ''} {one.get('icon') or ''}".lower()
        section = "runbooks" if "runbook" in told or "playbook" in told else ""
        section = section or ("dashboards" if "dashboard" in told or "grafana" in told else "")
        if section and _SLASHED_URL.fullmatch(url):
            title = line(one.get(name)) or section.removesuffix("s").capitalize()
            found.setdefault(section, []).append({"name": title, "url": url})
    return found


def put(entry: Entry, **values: object) -> Entry:
    """``entry`` with those ``values`` that say something, in the order of our files."""
    return {**entry, **{key: value for key, value in values.items() if value not in ("", None, [])}}


def documents(
    root: Path, names: Iterable[str], imported: Imported
) -> Iterator[tuple[str, Document]]:
    """Every document of every file in ``root`` that is called like one of ``names``.

    ``root`` may be a file. What cannot be read is left out, with a remark. Raises `Refused` if
    there is no such file at all.
    """
    found = list(files_in(root, lambda name: any(fnmatchcase(name, one) for one in names)))
    if not found:
        raise Refused(
            f"There is nothing to import in {root}.", instead=f"Looked for {', '.join(names)}."
        )
    count = 0
    for path in found:
        shown = path.relative_to(root).as_posix() if root.is_dir() else path.name
        try:
            read = load(path, shown)
        except Misconfigured as error:
            imported.remarks.append(f"{error.problems[0]}: left out")
            continue
        for document in read:
            count += 1
            if count > _MOST_DOCUMENTS:
                raise Refused(f"{root} has more than {_MOST_DOCUMENTS} documents.")
            yield shown, document


def files_in(root: Path, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    """Files below ``root``, in order, links not followed; ``root`` itself if it is a file."""
    if root.is_file():
        yield root
        return
    if not root.is_dir():
        raise Refused(f"There is no {root}.")
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(one for one in inner if one not in _PASSED_OVER)
        yield from (Path(folder) / name for name in sorted(names) if is_wanted(name.lower()))
