"""An organisation's own fields."""

import pytest

from incidents.model.declaring import parse_declaration
from incidents.model.fields import Field, FieldType, faults, values
from incidents.model.severity import Severity

FIELDS = (
    Field("region", "Region", FieldType.CHOICE, ("Europe", "Asia"), frozenset({Severity.SEV1})),
    Field("shops", "Closed shops", FieldType.NUMBER),
    Field("since", "Day", FieldType.DATE),
    Field("ticket", "Ticket", FieldType.URL),
)


def test_good_values_are_kept_as_the_configuration_writes_them() -> None:
    given = {"region": "europe", "shops": "12", "since": "2026-11-18", "ticket": "https://x.y/1"}

    assert faults(FIELDS, given, Severity.SEV1) == {}
    assert values(FIELDS, given) == {**given, "region": "Europe"}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("region", "Mars", "Region: choose one of Europe, Asia."),
        ("shops", "many", "Closed shops: a number, like 12 or 3.5."),
        ("shops", "nan", "Closed shops: a number, like 12 or 3.5."),
        ("since", "soon", "Day: a day, like 2026-11-27."),
        ("ticket", "javascript:x", "Ticket: an address that begins with https://."),
        (
            "colour",
            "red",
            "There is no field called colour. There are: region, shops, since, ticket.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(name: str, value: str, says: str) -> None:
    assert faults(FIELDS, {name: value}, Severity.SEV2) == {name: says}


def test_what_is_required_is_required_for_its_severities() -> None:
    assert faults(FIELDS, {}, Severity.SEV1) == {"region": "Region is required for sev1."}
    assert faults(FIELDS, {}, Severity.SEV2) == {}


def test_fields_are_taken_out_of_the_words() -> None:
    wish = parse_declaration(
        'x is down --field region=Asia --field note="two words"', lambda _: None
    )

    assert wish.title.raw == "x is down"
    assert wish.fields == {"region": "Asia", "note": "two words"}
