"""Files of other SLO tools, read so that nothing in them is dropped in silence.

A reader takes what it understands. Everything that nobody took is told afterwards, with its place
and its path, and with the reason where we know one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from incidents.catalog import files
from incidents.catalog.files import Document
from incidents.catalog.nodes import Map, Seq
from incidents.errors import Problem

Path = tuple[str | int, ...]
Reasons = Mapping[str, str]
"""Why something cannot be carried over, by its path without numbers: ``slos.alerting.name``."""

_NOTHING: tuple[object, ...] = (None, "", {}, [])
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")


@dataclass(slots=True)
class Source:
    """One document, what was taken from it, and what stood in the way."""

    file: str
    document: Document
    taken: set[Path] = field(default_factory=set)
    faults: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, what: str, expected: str = "") -> Problem:
        """A `Problem` at ``path``, which is part of what it says."""
        dotted = ".".join(str(step) for step in path)
        said = f"{dotted}: {what}" if dotted else what
        return files.problem_at(self.document, self.file, path, said, expected)


@dataclass(frozen=True, slots=True)
class Part:
    """A mapping in a document. Whatever is taken from it is not told as left behind."""

    source: Source
    path: Path
    node: Mapping[str, object]

    def fault(self, what: str, expected: str = "", *steps: str | int) -> None:
        """Say why the SLO that this belongs to cannot be carried over."""
        self.source.faults.append(self.source.problem((*self.path, *steps), what, expected))

    def note(self, what: str, *steps: str | int) -> None:
        """Say what is carried over differently."""
        found = self.source.problem((*self.path, *steps), what)
        self.source.notes.append(replace(found, is_warning=True))

    def has(self, key: str) -> bool:
        """Whether something stands there."""
        return self.node.get(key) not in _NOTHING

    def spelt(self, *keys: str) -> str:
        """Which of some spellings of a key is used; the first if none is."""
        return next((key for key in keys if self.has(key)), keys[0])

    def take(self, *keys: str) -> None:
        """These are understood, all that is in them."""
        self.source.taken.update((*self.path, key) for key in keys)

    def text(self, key: str, *, needed: bool = False) -> str:
        """A text or a number as it is written; empty, and a fault if ``needed``, without one."""
        self.take(key)
        value = self.node.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            if str(value).strip():
                return str(value)
        elif value is not None:
            self.fault("this is not text", "text", key)
            return ""
        if needed:
            self.fault("this key is missing", "", key)
        return ""

    def number(self, key: str) -> Fraction | None:
        """A number, exactly as it is written; a fault without one."""
        written = self.text(key, needed=True)
        if not written:
            return None
        if _NUMBER.fullmatch(written):
            return Fraction(written)
        self.fault(f"{written} is not a number", "one like 99.9", key)
        return None

    def texts(self, key: str) -> dict[str, str]:
        """A mapping of texts; what is not text in it is told as left behind."""
        node = self.node.get(key)
        if not isinstance(node, Map):
            return {}
        found = {
            str(name): str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in node.items()
            if isinstance(value, str | int | float)
        }
        self.source.taken.update((*self.path, key, name) for name in found)
        return found

    def listed(self, key: str) -> list[str]:
        """The texts of a list; what is not text in it is told as left behind."""
        node = self.node.get(key)
        found = list(enumerate(node)) if isinstance(node, Seq) else []
        self.source.taken.update(
            (*self.path, key, index) for index, one in found if isinstance(one, str)
        )
        return [one for _, one in found if isinstance(one, str)]

    def part(self, key: str) -> "Part":
        """What is inside; nothing where there is no mapping."""
        node = self.node.get(key)
        if node is not None and not isinstance(node, Map):
            self.fault("this is not a mapping", "keys and values", key)
        return Part(self.source, (*self.path, key), node if isinstance(node, Map) else {})

    def parts(self, key: str) -> list["Part"]:
        """The mappings of a list; whatever else is in it is told as left behind."""
        node = self.node.get(key)
        listed = node if isinstance(node, Seq) else []
        return [
            Part(self.source, (*self.path, key, index), one)
            for index, one in enumerate(listed)
            if isinstance(one, Map)
        ]

    def left(self, reasons: Reasons) -> Iterator[Problem]:
        """Everything in here that nobody took, with the reason, as warnings."""
        taken = self.source.taken
        above = {path[:steps] for path in taken for steps in range(len(path))}
        for path in _untaken(_Marks(taken, above, reasons), self.path, self.node):
            why = _reason(reasons, _plain(path)) or "nothing here is like it"
            found = self.source.problem(path, f"not carried over: {why}")
            yield replace(found, is_warning=True)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What was taken, everything above that, and reasons that are worth going deeper for."""

    taken: set[Path]
    above: set[Path]
    reasons: Reasons

    def is_whole(self, path: Path) -> bool:
        """Whether nothing inside has a story of its own."""
        inside = f"{_plain(path)}."
        return path not in self.above and not any(one.startswith(inside) for one in self.reasons)


def _untaken(marks: _Marks, at: Path, node: object) -> Iterator[Path]:
    if at in marks.taken or node in _NOTHING:
        return
    inside = list(node.items()) if isinstance(node, Map) else []
    inside += list(enumerate(node)) if isinstance(node, Seq) else []
    if not inside or (at and marks.is_whole(at)):
        yield at
        return
    for key, value in inside:
        yield from _untaken(marks, (*at, key), value)


def _reason(reasons: Reasons, plain: str) -> str:
    """The nearest reason: its own, or that of what it stands in."""
    while plain:
        if plain in reasons:
            return reasons[plain]
        plain = plain.rpartition(".")[0]
    return ""


def _plain(path: Path) -> str:
    return ".".join(str(step) for step in path if not isinstance(step, int))
