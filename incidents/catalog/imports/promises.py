"""What the readers of other SLO tools share: their SLOs as OpenSLO documents, and what is lost.

An imported query keeps the words of its tool. Where it holds ``{{.window}}`` (sloth's way to write
it), it answers with the events of a window of that length, and is not a counter that only grows.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from incidents.catalog import files
from incidents.catalog.imports.entries import files_in
from incidents.catalog.imports.told import Part, Reasons, Source
from incidents.errors import Misconfigured, Problem, Refused

WINDOW = "{{.window}}"
_LONGEST_NAME = 63  # characters (OpenSLO: as in RFC 1123)
_LONGEST_TEXT = 1050
_MOST_DOCUMENTS = 100_000
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class Options:
    """What does not stand in the files: a window where they have none, and whose SLOs they are."""

    window: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One SLO of another tool. ``sides`` are two of good, bad and total, as metric sources."""

    service: str
    name: str
    target: Fraction
    window: str
    sides: Mapping[str, Mapping[str, Any]]
    title: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def slo(self) -> str:
        """What it is called here: the service, a slash, and what is promised."""
        return f"{self.service}/{self.name.removeprefix(f'{self.service}-')}"


@dataclass(slots=True)
class Carried:
    """What was read: promises by name, and what could not be carried over, in file order."""

    promises: dict[str, Promise] = field(default_factory=dict)
    lost: list[Problem] = field(default_factory=list)

    def add(self, promise: Promise, part: Part) -> bool:
        """Take over a promise, unless there is one of that name. Whether it was taken."""
        if promise.slo in self.promises:
            part.fault(f"there is another {promise.slo}", "another name")
            return False
        self.promises[promise.slo] = promise
        return True


Reader = Callable[[Part, Options], Iterator[tuple[Part, Promise | None]]]
"""Yields each SLO of a document and what became of it; raises `Foreign` for another document."""


class Foreign(Exception):
    """A document that does not belong to the tool."""


def carry(paths: Iterable[Path], reader: Reader, options: Options, reasons: Reasons) -> Carried:
    """Everything in some files and folders. Raises `Refused` if there is nothing to read at all."""
    carried = Carried()
    count = 0
    for part in documents(paths, carried):
        count += 1
        if count > _MOST_DOCUMENTS:
            raise Refused(f"There are more than {_MOST_DOCUMENTS} documents.")
        for one in _items(part):
            _carry_document(one, reader, options, reasons, carried)
    if not count and not carried.lost:
        raise Refused("There is nothing to import.", instead="Name a YAML file with SLOs in it.")
    carried.lost.sort()
    return carried


def _carry_document(
    part: Part, reader: Reader, options: Options, reasons: Reasons, carried: Carried
) -> None:
    source = part.source
    try:
        for one, promise in reader(part, options):
            is_in = promise is not None and not source.faults and carried.add(promise, one)
            if not is_in:  # the fault says it all
                source.taken.add(one.path)
            carried.lost += source.faults
            source.faults.clear()
    except Foreign as error:
        found = source.problem(part.path, "")
        carried.lost.append(replace(found, what=f"{error}: left out", is_warning=True))
        return
    carried.lost += [*source.faults, *source.notes, *part.left(reasons)]
    source.faults.clear()
    source.notes.clear()


def documents(paths: Iterable[Path], carried: Carried) -> Iterator[Part]:
    """Every document; a file that cannot be read is told as lost."""
    for root in paths:
        for path in files_in(root, lambda name: name.endswith((".yaml", ".yml"))):
            try:
                read = files.load(path, str(path))
            except Misconfigured as error:
                carried.lost += error.problems
                continue
            except OSError as error:
                what = f"the file cannot be read: {error.strerror}"
                carried.lost.append(Problem(str(path), 1, 1, what))
                continue
            for document in read:
                yield Part(Source(str(path), document), (), document)


def _items(part: Part) -> list[Part]:
    """The documents in a list of Kubernetes', or the document itself."""
    kind = str(part.node.get("kind", ""))
    return part.parts("items") if kind.endswith("List") else [part]


def openslo(promise: Promise) -> dict[str, Any]:
    """The promise as an OpenSLO v1 document of kind SLO."""
    name = qualified(promise)
    about: dict[str, Any] = {"name": name, "displayName": promise.title}
    about |= {"labels": dict(promise.labels), "annotations": dict(promise.annotations)}
    is_counter = not any(WINDOW in str(one) for one in promise.sides.values())
    sides = {side: {"metricSource": dict(one)} for side, one in promise.sides.items()}
    indicator = {
        "metadata": {"name": name},
        "spec": {"ratioMetric": {"counter": is_counter, **sides}},
    }
    spec: dict[str, Any] = {"description": promise.description, "service": promise.service}
    spec |= {
        "indicator": indicator,
        "timeWindow": [{"duration": promise.window, "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"targetPercent": as_written(promise.target * 100)}],
    }
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {key: value for key, value in about.items() if value},
        "spec": {key: value for key, value in spec.items() if value},
    }


def qualified(promise: Promise) -> str:
    """A name that no SLO of another service has, if it is short enough."""
    whole = promise.slo.replace("/", "-")
    return whole if len(whole) <= _LONGEST_NAME else promise.name


def as_written(number: Fraction) -> int | float:
    """A number that YAML shows with the digits it was written with."""
    return int(number) if number.denominator == 1 else float(number)


def of_object(
    about: Part,
    spec: Part,
    *,
    service: str,
    target: Fraction,
    window: str,
    sides: Mapping[str, Mapping[str, Any]],
) -> Promise | None:
    """The SLO of an object of Kubernetes; nothing if anything in its file is wrong.

    ``about`` is its metadata. What is given must have been read before.
    """
    name, description = name_of(about, "name"), description_of(spec)
    labels, annotations = about.texts("labels"), about.texts("annotations")
    if spec.source.faults:
        return None
    return Promise(
        service=service,
        name=name,
        target=target,
        window=window,
        sides=sides,
        description=description,
        labels=labels,
        annotations=annotations,
    )


def name_of(part: Part, key: str, written: str = "") -> str:
    """A name as OpenSLO allows it; a note if it had to be changed, and a fault without one."""
    text = written or part.text(key, needed=True)
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if text and not name:
        part.fault(f"{text} has no letters or digits", "a name", key)
    elif len(name) > _LONGEST_NAME:
        part.fault(f"{name} is too long", f"at most {_LONGEST_NAME} characters", key)
    elif name != text:
        part.note(f"{text} is called {name} here, as OpenSLO has it", key)
    return name


def target_of(part: Part, key: str, whole: int) -> Fraction:
    """The share of good events, where ``whole`` stands for all of them: 100, or 1."""
    number = part.number(key)
    if number is None:
        return Fraction(0)
    share = number / whole
    if not 0 < share < 1:
        why = "leaves no budget to count" if share == 1 else "is no share of good events"
        part.fault(f"{as_written(number)} {why}", f"more than 0 and less than {whole}", key)
    elif Fraction(repr(as_written(share * 100))) != share * 100:
        part.fault("this has more digits than a number can hold", "a shorter one", key)
    return share


def service_of(part: Part, key: str, options: Options) -> str:
    """The service that is named there, or else by whoever imports; a fault without one."""
    if part.has(key):
        return name_of(part, key)
    if not options.service:
        part.fault("no service is named", "--service NAME", key)
    return options.service


def shorthand(length: timedelta) -> str:
    """A length as OpenSLO writes it, empty if it cannot: ``28d``, ``36h``, ``90m``."""
    for unit, size in _UNITS.items():
        if length and not length % size:
            return f"{length // size}{unit}"
    return ""


def description_of(part: Part, key: str = "description") -> str:
    """What it says of itself, so far as OpenSLO lets it."""
    text = part.text(key)
    if len(text) > _LONGEST_TEXT:
        part.note(f"only the first {_LONGEST_TEXT} characters are carried over", key)
    return text[:_LONGEST_TEXT].strip()


def promql(query: str) -> dict[str, Any]:
    """A metric source that is a query to Prometheus."""
    return {"type": "Prometheus", "spec": {"query": query}}
