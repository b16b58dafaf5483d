"""What an organisation wants to know of every incident, beyond what every incident has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from incidents.model.severity import Severity
from incidents.model.text import clean_line


class FieldType(StrEnum):
    """What is a value of it."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    USER = "user"
    DATE = "date"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to know. ``required_for`` are the severities that cannot be declared without it.

    ``choices`` are those of a choice, as they are shown and kept.
    """

    name: str
    label: str
    type: FieldType = FieldType.TEXT
    choices: tuple[str, ...] = ()
    required_for: frozenset[Severity] = frozenset()


FACT = "fields"
"""Among an incident's facts: the values by the names of their fields."""


def read(field: Field, typed: str) -> str:
    """The value as it is kept. Raises ValueError, saying what would be one."""
    value = clean_line(typed, limit=500).raw
    if not value:
        return ""
    try:
        return _READ[field.type](field, value)
    except ValueError:
        raise ValueError(f"{field.label}: {_EXPECTS[field.type]}{_among(field)}") from None


def faults(fields: Sequence[Field], given: Mapping[str, str], severity: Severity) -> dict[str, str]:
    """What is wrong with the values, by the name of the field; empty if nothing is."""
    known = {field.name: field for field in fields}
    found = {
        name: f"There is no field called {name}."
        + (f" There are: {', '.join(known)}." if known else "")
        for name in given.keys() - known.keys()
    }
    for field in fields:
        try:
            value = read(field, given.get(field.name, ""))
        except ValueError as error:
            found[field.name] = str(error)
            continue
        if not value and severity in field.required_for:
            found[field.name] = f"{field.label} is required for {severity}."
    return found


def values(fields: Sequence[Field], given: Mapping[str, str]) -> dict[str, str]:
    """What is kept, in the order of the configuration; what is empty is left out."""
    read_ones = {field.name: read(field, given.get(field.name, "")) for field in fields}
    return {name: value for name, value in read_ones.items() if value}


def shown(fields: Sequence[Field], kept: Mapping[str, str]) -> tuple[tuple[Field, str], ...]:
    """Each known value with its field. One whose field was taken out of the configuration stays."""
    known = {field.name: field for field in fields}
    return tuple((known.get(name, Field(name, name)), value) for name, value in kept.items())


def _choice(field: Field, value: str) -> str:
    found = next((one for one in field.choices if one.lower() == value.lower()), None)
    if found is None:
        raise ValueError(value)
    return found


def _number(_: Field, value: str) -> str:
    number = float(value)
    if not abs(number) < float("inf"):
        raise ValueError(value)
    return value


def _url(_: Field, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or " " in value:
        raise ValueError(value)
    return value


def _among(field: Field) -> str:
    return f" {', '.join(field.choices)}." if field.type is FieldType.CHOICE else ""


_READ: Mapping[FieldType, Callable[[Field, str], str]] = {
    FieldType.TEXT: lambda _, value: value,
    FieldType.CHOICE: _choice,
    FieldType.NUMBER: _number,
    FieldType.USER: lambda _, value: value.strip("@"),
    FieldType.DATE: lambda _, value: date.fromisoformat(value).isoformat(),
    FieldType.URL: _url,
}
_EXPECTS = {
    FieldType.TEXT: "text.",
    FieldType.CHOICE: "choose one of",
    FieldType.NUMBER: "a number, like 12 or 3.5.",
    FieldType.USER: "somebody.",
    FieldType.DATE: "a day, like 2026-11-27.",
    FieldType.URL: "an address that begins with https://.",
}
