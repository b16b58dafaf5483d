"""``fields:`` in ``warroom.yaml``: what an organisation wants to know of every incident."""

from typing import Annotated

from pydantic import Field as Limits

from incidents.catalog.files import Document, Strict, problem_at
from incidents.catalog.values import Line, Word
from incidents.errors import Problem
from incidents.model.fields import Field, FieldType
from incidents.model.severity import Severity


class FieldFile(Strict):
    """One field as it is written."""

    name: Annotated[Word, Limits(max_length=40)]
    label: Line
    type: FieldType = FieldType.TEXT
    choices: Annotated[
        tuple[Annotated[Line, Limits(max_length=75)], ...], Limits(max_length=100)
    ] = ()
    required_for: tuple[Severity, ...] = ()


FieldsFile = Annotated[tuple[FieldFile, ...], Limits(max_length=20)]


def fields_of(written: tuple[FieldFile, ...]) -> tuple[Field, ...]:
    """The fields, in the order they are written."""
    return tuple(
        Field(one.name, one.label, one.type, one.choices, frozenset(one.required_for))
        for one in written
    )


def faults_of(document: Document, file: str, written: tuple[FieldFile, ...]) -> list[Problem]:
    """What only a comparison shows."""
    found: list[Problem] = []
    names = [one.name for one in written]
    for place, one in enumerate(written):
        if one.name in names[:place]:
            what = f"{one.name} is a field already"
            found.append(problem_at(document, file, ("fields", place, "name"), what, "other name"))
        if bool(one.choices) is not (one.type is FieldType.CHOICE):
            what = f"{one.name} is a {one.type}" + (" with choices" if one.choices else "")
            expected = "type: choice, with choices"
            found.append(problem_at(document, file, ("fields", place), what, expected))
    return found
