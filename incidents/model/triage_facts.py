"""What a decision tree may know by itself, and what it may conclude from that.

A fact is a typed value that a check finds out: from the affected SLO, from the list of changes,
or by probing a URL. Checks fail at 3 a.m. too, so "not known" is a value with a reason, and logic
over facts has three values: it holds, it does not, nobody can tell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

Value = timedelta | float | int | bool | str


class FactType(StrEnum):
    """What kind of value a fact has. A ratio is 0.05 and is written ``5%``."""

    DURATION = "duration"
    RATIO = "ratio"
    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"


class CheckKind(StrEnum):
    """Who is asked: the SLO engine, the list of changes, or a URL."""

    SLO = "slo"
    CHANGES = "changes"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Source:
    """Something a check can find out: the type of its value, and the parameters it understands."""

    type: FactType
    kind: CheckKind
    params: frozenset[str]
    says: str


_WINDOW = frozenset({"window"})
_PROBE = frozenset({"url", "link"})

# What ``from:`` may name. ``says`` completes "… is 12m"; it is what people read.
SOURCES: dict[str, Source] = {
    "slo.burn": Source(FactType.NUMBER, CheckKind.SLO, _WINDOW, "the burn rate"),
    "slo.error_ratio": Source(FactType.RATIO, CheckKind.SLO, _WINDOW, "the share of bad events"),
    "slo.budget.remaining": Source(
        FactType.RATIO, CheckKind.SLO, frozenset(), "the error budget left"
    ),
    "changes.latest.age": Source(
        FactType.DURATION, CheckKind.CHANGES, frozenset(), "the age of the latest change"
    ),
    "changes.suspect.gap": Source(
        FactType.DURATION,
        CheckKind.CHANGES,
        frozenset(),
        "the time from the likeliest change to the onset",
    ),
    "changes.count": Source(
        FactType.NUMBER, CheckKind.CHANGES, _WINDOW, "the number of recent changes"
    ),
    "http.status": Source(FactType.NUMBER, CheckKind.HTTP, _PROBE, "the HTTP status"),
    "http.latency": Source(FactType.DURATION, CheckKind.HTTP, _PROBE, "the response time"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """Something to find out, as data; who runs it lives elsewhere.

    ``reads`` is a key of `SOURCES`. Params, all text: ``window`` a duration; ``url`` an address, or
    ``link`` the name of a link of the affected service in the catalogue. ``timeout`` bounds the
    whole check; past it the finding is `Unknown`.
    """

    kind: CheckKind
    reads: str
    params: tuple[tuple[str, str], ...] = ()
    timeout: timedelta = timedelta(seconds=3)

    def param(self, name: str, default: str = "") -> str:
        """The parameter called ``name``."""
        return dict(self.params).get(name, default)


@dataclass(frozen=True, slots=True)
class Fact:
    """A named, typed input of a tree, and the check that finds it out."""

    name: str
    type: FactType
    check: Check


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody could tell. ``reason`` completes "… is not known: "."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check came back with. ``detail`` adds what a person wants to see beside the value.

    For example the title of the latest change, or the address that was probed.
    """

    value: Value | Unknown
    detail: str = ""


NOT_LOOKED = Finding(Unknown("nothing has looked yet"))

Findings = Mapping[str, Finding]


class Comparison(StrEnum):
    """How a condition compares a fact with its bound."""

    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    EQ = "eq"
    IN = "in"


ORDERED = frozenset({Comparison.LT, Comparison.LTE, Comparison.GT, Comparison.GTE})
_HAS_ORDER = frozenset({FactType.DURATION, FactType.RATIO, FactType.NUMBER})


@dataclass(frozen=True, slots=True)
class Condition:
    """``fact`` compared with ``bound``; for `Comparison.IN`, with any of several bounds."""

    fact: str
    comparison: Comparison
    bound: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether something holds; None if nobody can tell. ``because`` is half a sentence."""

    holds: bool | None
    because: str


def may_compare(fact_type: FactType, comparison: Comparison) -> bool:
    """Whether the comparison means anything for that type: there is no less-than for a flag."""
    return comparison not in ORDERED or fact_type in _HAS_ORDER


def judge(condition: Condition, facts: Mapping[str, Fact], found: Findings) -> Ruling:
    """Whether one condition holds, in words a person can check.

    A value of another type than the fact's is treated as not known: a broken check decides nothing.
    """
    fact = facts[condition.fact]
    finding = found.get(condition.fact, NOT_LOOKED)
    says = SOURCES[fact.check.reads].says
    if isinstance(finding.value, Unknown):
        return Ruling(None, f"{says} is not known: {finding.value.reason}")
    if not fits(finding.value, fact.type):
        return Ruling(None, f"{says} is not known: the check answered something else")
    detail = f" ({finding.detail})" if finding.detail else ""
    because = f"{says} is {words(finding.value, fact.type)}{detail}"
    return Ruling(_compare(finding.value, condition), because)


def judge_all(
    conditions: Sequence[Condition], facts: Mapping[str, Fact], found: Findings
) -> Ruling:
    """Whether all hold. One that does not hold settles it, even beside one nobody can tell."""
    rulings = [judge(condition, facts, found) for condition in conditions]
    for wanted in (False, None):
        settled = next((ruling for ruling in rulings if ruling.holds is wanted), None)
        if settled is not None:
            return settled
    because = ", ".join(dict.fromkeys(ruling.because for ruling in rulings))
    return Ruling(holds=True, because=because)


def fits(value: Value, fact_type: FactType) -> bool:
    """Whether ``value`` is of the type; not a number (NaN) is not a number."""
    if fact_type in {FactType.RATIO, FactType.NUMBER}:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and value == value  # noqa: PLR0124 (only NaN differs from itself)
    return isinstance(value, _PYTHON_TYPES[fact_type])


_PYTHON_TYPES: dict[FactType, type] = {
    FactType.DURATION: timedelta,
    FactType.FLAG: bool,
    FactType.TEXT: str,
}


def _compare(value: Value, condition: Condition) -> bool:
    first = condition.bound[0]
    match condition.comparison:
        case Comparison.LT:
            return value < first  # type: ignore[operator]  # `fits` made both the same type
        case Comparison.LTE:
            return value <= first  # type: ignore[operator]  # as above
        case Comparison.GT:
            return value > first  # type: ignore[operator]  # as above
        case Comparison.GTE:
            return value >= first  # type: ignore[operator]  # as above
        case _:
            return value in condition.bound


_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(r"(?:\d{1,9}(?:ms|[smhdw]))+")
_PART = re.compile(r"(\d+)(ms|[smhdw])")
_PERCENT = re.compile(r"(-?\d+(?:\.\d+)?)\s*%")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}

EXPECTED: dict[FactType, str] = {
    FactType.DURATION: "a duration such as 30m, 1h30m or 250ms",
    FactType.RATIO: "a ratio such as 5% or 0.05",
    FactType.NUMBER: "a number",
    FactType.FLAG: "true or false",
    FactType.TEXT: "text",
}


def parse_duration(written: str) -> timedelta | None:
    """``30m``, ``1h30m``, ``250ms``; None if it is nothing like that."""
    text = written.strip()
    if not _DURATION.fullmatch(text):
        return None
    try:
        return sum((int(n) * _UNITS[unit] for n, unit in _PART.findall(text)), timedelta())
    except OverflowError:
        return None


def parse_value(written: object, fact_type: FactType) -> Value | None:
    """The value that a file or a person wrote for a fact of that type; None if it is not one."""
    if isinstance(written, str):
        return _parse_text(written.strip(), fact_type)
    if isinstance(written, bool | int | float) and fact_type is not FactType.TEXT:
        return written if fits(written, fact_type) else None
    return None


def _parse_text(text: str, fact_type: FactType) -> Value | None:
    match fact_type:
        case FactType.TEXT:
            return text
        case FactType.FLAG:
            return _FLAGS.get(text.lower())
        case FactType.DURATION:
            return parse_duration(text)
        case _:
            return _number(text)


def _number(text: str) -> float | None:
    if percent := _PERCENT.fullmatch(text):
        return float(percent.group(1)) / 100
    return float(text) if _NUMBER.fullmatch(text) else None


def words(value: Value, fact_type: FactType) -> str:
    """The value as people say it: ``12m``, ``5 %``, ``14.4``."""
    if isinstance(value, timedelta):
        return duration_words(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return f"{value * 100:.4g} %" if fact_type is FactType.RATIO else f"{value:.4g}"


def duration_words(span: timedelta) -> str:
    """The two largest units that say something: ``1d 3h``, ``12m``, ``340ms``."""
    if span < timedelta():
        return f"-{duration_words(-span)}"
    if span < timedelta(seconds=1):
        return f"{span // _UNITS['ms']}ms"
    parts, rest = [], span
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break
    return " ".join(parts[:2])
