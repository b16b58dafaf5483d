"""OpenSLO files (``slos/*.yaml``) into objectives; every fault with file, line and column.

Our own settings stand in the annotations of an SLO: ``warroom.dev/tier``,
``warroom.dev/min-failures`` and ``warroom.dev/silent-slices``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

from incidents.catalog import (
    files,
    openslo_alerts,
    openslo_composite,
    openslo_life,
    openslo_time,
    openslo_v2,
)
from incidents.catalog.files import Document
from incidents.catalog.openslo_refs import Kinds, Place, references
from incidents.catalog.openslo_time import duration
from incidents.catalog.openslo_v1 import (
    API_VERSION,
    KINDS,
    InlineSLI,
    Known,
    OneObjective,
    SLIDocument,
    SLISpec,
    SLODocument,
)
from incidents.errors import Misconfigured, Problem
from incidents.model.ids import ServiceName
from incidents.model.objective import FEWEST_FAILURES, Objective, Part, SLIKind, SLOName, percent

TIER, MIN_FAILURES = "warroom.dev/tier", "warroom.dev/min-failures"
SILENT_SLICES = "warroom.dev/silent-slices"
_OURS = "warroom.dev/"
_SETTINGS = (TIER, MIN_FAILURES, SILENT_SLICES, *openslo_life.SETTINGS)


@dataclass(frozen=True, slots=True)
class _Read:
    """A document, what it says, and where it stands."""

    file: str
    document: Document
    says: Known

    def fault(self, path: Place, what: str, expected: str = "") -> Problem:
        if self.document["apiVersion"] == openslo_v2.API_VERSION:
            path = openslo_v2.place_of(path)
            what, expected = openslo_v2.words_of(what), openslo_v2.words_of(expected)
        said = f"{files.dotted(path)}: {what}" if what else ""
        return files.problem_at(self.document, self.file, path, said, expected)


@dataclass(frozen=True, slots=True)
class Placed:
    """An objective, where it is promised, and where its target stands."""

    objective: Objective
    at: Problem
    target_at: Problem


def read_objectives(
    source: Path | Sequence[Path],
) -> tuple[tuple[Objective, ...], tuple[Problem, ...]]:
    """The objectives of a folder, or of some files, in order of name; and everything wrong in them.

    A folder that is not there holds nothing. Files are shown as they are below the folder's parent.
    """
    paths, root = _files_in(source)
    outcomes = (
        outcome
        for path in paths
        for outcome in _read_file(path, path.relative_to(root).as_posix() if root else str(path))
    )
    placed, problems = _promised(outcomes)
    return tuple(one.objective for one in placed), problems


def objectives_with(
    folder: Path, instead: Mapping[str, bytes]
) -> tuple[tuple[Placed, ...], tuple[Problem, ...]]:
    """What `read_objectives` would read in ``folder / "slos"`` if these files were in it.

    The keys of ``instead`` are names like ``slos/a.yaml``; an empty file holds nothing.
    """
    paths, root = _files_in(folder / "slos")
    on_disk = ((path, path.relative_to(root or folder).as_posix()) for path in paths)
    outcomes = [
        outcome
        for path, shown in on_disk
        if shown not in instead
        for outcome in _read_file(path, shown)
    ]
    for shown, content in instead.items():
        outcomes += _read_content(content, shown)
    return _promised(outcomes)


def _promised(
    outcomes: Iterable["_Read | tuple[Problem, ...]"],
) -> tuple[tuple[Placed, ...], tuple[Problem, ...]]:
    reads: list[_Read] = []
    problems: list[Problem] = []
    for outcome in outcomes:
        if isinstance(outcome, _Read):
            reads.append(outcome)
        else:
            problems += outcome
    kinds, repeated = _by_kind(reads)
    problems += repeated
    placed: dict[SLOName, Placed] = {}
    for read in reads:
        problems += [read.fault(*fault) for fault in references(read.says, kinds)]
        problems += _remarks(read, openslo_alerts.remarks(read.says))
        if not isinstance(read.says, SLODocument):
            continue
        made, faults = _objectives(read, read.says, kinds)
        problems += [*faults, *_remarks(read, openslo_alerts.unheeded(read.says, kinds))]
        for index, objective in made:
            problems += _remarks(read, openslo_alerts.impossible(read.says, objective, kinds))
            place: Place = ("spec", "objectives", index)
            if objective.slo in placed:
                problems.append(read.fault(place, f"{objective.slo} is promised already"))
            written = read.says.spec.objectives[index].target
            target: Place = (*place, "targetPercent" if written is None else "target")
            found = Placed(objective, read.fault(place, ""), read.fault(target, ""))
            placed.setdefault(objective.slo, found)
    in_order = sorted(placed.values(), key=lambda one: one.objective.slo)
    return tuple(in_order), tuple(sorted(set(problems)))


def _files_in(source: Path | Sequence[Path]) -> tuple[list[Path], Path | None]:
    if not isinstance(source, Path):
        return list(source), None
    if source.is_file():
        return [source], source.parent
    found = [path for path in source.rglob("*") if path.suffix in {".yaml", ".yml"}]
    return sorted(path for path in found if path.is_file()), source.parent


def _read_file(path: Path, shown: str) -> Iterator[_Read | tuple[Problem, ...]]:
    try:
        content = files.contents(path)
    except OSError as error:
        yield (Problem(shown, 1, 1, f"the file cannot be read: {error.strerror}"),)
        return
    yield from _read_content(content, shown)


def _read_content(content: bytes, shown: str) -> Iterator[_Read | tuple[Problem, ...]]:
    try:
        documents = files.parse_listed(content, shown)
    except Misconfigured as error:
        yield error.problems
        return
    for document in documents:
        strange = _strange(document, shown)
        if strange:
            yield strange
            continue
        try:
            yield _Read(shown, document, _says(document, shown))
        except Misconfigured as error:
            yield error.problems


def _says(document: Document, shown: str) -> Known:
    """Raises `Misconfigured`. What is said in v2alpha is read on as v1."""
    kind = document["kind"]
    if document["apiVersion"] == openslo_v2.API_VERSION:
        files.read_as(document, shown, openslo_v2.KINDS[kind])
        return openslo_v2.as_v1(document)
    return files.read_as(document, shown, KINDS[kind])


def _strange(document: Document, shown: str) -> tuple[Problem, ...]:
    """An apiVersion or kind that we cannot read: nothing else in the document means anything."""
    found: list[Problem] = []
    known = {"apiVersion": (API_VERSION, openslo_v2.API_VERSION), "kind": tuple(KINDS)}
    for key, allowed in known.items():
        value = document.get(key)
        if not isinstance(value, str) or value not in allowed:
            what = f"{key}: {value!r} is not known" if key in document else f"{key} is missing"
            found.append(files.problem_at(document, shown, (key,), what, " or ".join(allowed)))
    return tuple(found)


def _by_kind(reads: Sequence[_Read]) -> tuple[Kinds, list[Problem]]:
    kinds: dict[str, dict[str, Known]] = {kind: {} for kind in KINDS}
    repeated: list[Problem] = []
    for read in reads:
        name = read.says.metadata.name
        if name in kinds[read.says.kind]:
            what = f"there is another {read.says.kind} called {name}"
            repeated.append(read.fault(("metadata", "name"), what))
        kinds[read.says.kind].setdefault(name, read.says)
    return kinds, repeated


def _objectives(
    read: _Read, slo: SLODocument, kinds: Kinds
) -> tuple[list[tuple[int, Objective]], list[Problem]]:
    """The objectives of one SLO with their places in it, or what stands in the way of them."""
    faults = list(_unsupported(read, slo)) + list(_wrong_annotations(read, slo))
    indicators, missing = _indicators(read, slo, kinds)
    faults += missing
    for index, found in enumerate(indicators):
        faults += _misplaced(read, slo, index, found) if found else ()
    if not all(indicators) or not all(fault.is_warning for fault in faults):
        return [], faults
    named = [(index, one, indicators[index]) for index, one in enumerate(slo.spec.objectives)]
    alerting, notes = openslo_alerts.alerting_of(slo, kinds), slo.metadata.annotations
    return [
        (index, openslo_life.lived(replace(_objective(slo, one, found), alerting=alerting), notes))
        for index, one, found in named
        if found is not None
    ], faults


def _remarks(read: _Read, found: Iterable[openslo_alerts.Remark]) -> Iterator[Problem]:
    for one in found:
        yield replace(read.fault(one.at, one.what, one.expected), is_warning=one.is_warning)


def _unsupported(read: _Read, slo: SLODocument) -> Iterator[Problem]:
    spec = slo.spec
    for index, one in enumerate(spec.objectives):
        yield from openslo_time.wrong_slices(read.fault, spec, one, ("spec", "objectives", index))
    yield from openslo_time.wrong_window(read.fault, spec.timeWindow[0], ("spec", "timeWindow", 0))


def _wrong_annotations(read: _Read, slo: SLODocument) -> Iterator[Problem]:
    for key, value in slo.metadata.annotations.items():
        if not key.startswith(_OURS):
            continue
        place = ("metadata", "annotations", key)
        if key not in _SETTINGS:
            near = get_close_matches(key, _SETTINGS, n=1)
            yield read.fault(place, f"{key} is not known", f"{near[0]}, perhaps" if near else "")
        elif key in openslo_life.SETTINGS:
            for fault in openslo_life.wrong(slo, key, value, place):
                yield read.fault(*fault)
        elif key == TIER and value not in {"1", "2", "3", "4"}:
            yield read.fault(place, f"{value} is not a tier", "1, 2, 3 or 4")
        elif key == SILENT_SLICES:
            yield from _wrong_silence(read, slo, value, place)
        elif not re.fullmatch(r"[0-9]{1,9}", value):
            yield read.fault(place, f"{value} is not a number of failures", "0 or more")


def _wrong_silence(read: _Read, slo: SLODocument, value: str, place: Place) -> Iterator[Problem]:
    if slo.spec.budgetingMethod == "Occurrences":
        yield read.fault(place, "silent slices belong to time slices, not to Occurrences")
    elif value not in {"good", "ignored"}:
        yield read.fault(place, f"{value} is not what a silent slice can be", "good or ignored")


def _indicators(
    read: _Read, slo: SLODocument, kinds: Kinds
) -> tuple[list[SLISpec | None], list[Problem]]:
    """The SLI of each objective, in line or by name; `references` tells which are not there."""
    spec = slo.spec
    if openslo_composite.is_composite(spec):
        faults = list(openslo_composite.faults(read.fault, spec))
        return [_found(one.indicator, one.indicatorRef, kinds) for one in spec.objectives], faults
    faults = list(openslo_composite.weights(read.fault, spec))
    if (spec.indicator is None) == (spec.indicatorRef is None):
        what = "exactly one of indicator and indicatorRef is needed"
        return [], [*faults, read.fault(("spec",), what)]
    one = _found(spec.indicator, spec.indicatorRef, kinds)
    return [one] * len(spec.objectives), faults


def _found(inline: InlineSLI | None, ref: str | None, kinds: Kinds) -> SLISpec | None:
    if inline is not None:
        return inline.spec
    found = kinds["SLI"].get(ref or "")
    return found.spec if isinstance(found, SLIDocument) else None


def _misplaced(read: _Read, slo: SLODocument, index: int, sli: SLISpec) -> Iterator[Problem]:
    """Keys that belong to another kind of indicator."""
    place: Place = ("spec", "objectives", index)
    one = slo.spec.objectives[index]
    given = {"op": one.op, "value": one.value}
    for key, value in given.items():
        if sli.thresholdMetric is not None and value is None:
            yield read.fault((*place, key), "a threshold indicator needs it")
        if sli.ratioMetric is not None and value is not None:
            # OpenSLO's own examples compare a ratio with nothing: ``op: gt``, and no value.
            what = f"{key} belongs to a threshold indicator"
            yield replace(read.fault((*place, key), what), is_warning=key == "op")


def _objective(slo: SLODocument, one: OneObjective, sli: SLISpec) -> Objective:
    service = slo.spec.service
    is_part = openslo_composite.is_composite(slo.spec)
    suffix = _suffix(one) if is_part or len(slo.spec.objectives) > 1 else ""
    notes = slo.metadata.annotations
    what = slo.metadata.name.removeprefix(f"{service}-")
    slicing = openslo_time.slicing_of(slo.spec, one, silence=notes.get(SILENT_SLICES, ""))
    titles = (slo.metadata.displayName or slo.metadata.name, one.displayName if suffix else "")
    return Objective(
        slo=SLOName(f"{service}/{what}{suffix}"),
        service=ServiceName(service),
        target=_target(one),
        window=duration(slo.spec.timeWindow[0].duration),
        title=" · ".join(title for title in titles if title),
        describes=slo.spec.description,
        kind=SLIKind.THRESHOLD if sli.thresholdMetric else SLIKind.RATIO,
        indicator=_canonical(sli, one),
        tier=int(notes[TIER]) if TIER in notes else None,
        min_failures=int(notes.get(MIN_FAILURES, FEWEST_FAILURES)),
        slicing=slicing,
        calendar=openslo_time.calendar_of(slo.spec.timeWindow[0]),
        part_of=Part(SLOName(f"{service}/{what}"), titles[0], openslo_composite.weight_of(one))
        if is_part
        else None,
        annotations=dict(notes),
    )


def _target(one: OneObjective) -> Fraction:
    """Exactly what is written: 99.9 is 999 thousandths, whatever a float makes of it."""
    if one.target is not None:
        return Fraction(repr(one.target))
    return Fraction(repr(one.targetPercent)) / 100


def _suffix(one: OneObjective) -> str:
    """Tells apart several objectives of one SLO: by their name, their indicator or their target."""
    indicator = one.indicator.metadata.name if one.indicator else one.indicatorRef
    target = percent(_target(one), digits=6).removesuffix(" %")
    name = one.displayName or indicator or target
    return "-" + re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def _canonical(sli: SLISpec, one: OneObjective) -> str:
    """What tells good from bad, in one spelling: when it changes, so does the generation."""
    says = sli.model_dump(exclude={"description"}, exclude_none=True)
    return json.dumps([says, one.op, one.value], sort_keys=True, separators=(",", ":"), default=str)
