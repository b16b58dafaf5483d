"""A refusal names each field, what was given there, and what was expected."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.api.answers import ProblemOut
from bot.api.bodies import BatchIn, DeclareIn, LinkIn, NoteIn, fields_at
from bot.problems import invalid

A_MOMENT = "a moment with its offset, such as 2026-11-21T10:00:00Z"
USUAL = {"title": "checkout 5xx"}


def refusal(body: dict[str, Any], model: type[BaseModel] = DeclareIn) -> dict[str, Any]:
    """What is answered to a body."""
    with pytest.raises(ValidationError) as wrong:
        model.model_validate(body)
    found = wrong.value.errors(include_url=False, include_context=False)
    answer = invalid(list(found), partial(fields_at, model))
    assert answer.media_type == "application/problem+json"
    return ProblemOut.model_validate_json(bytes(answer.body)).model_dump()


def faults(body: dict[str, Any], model: type[BaseModel] = DeclareIn) -> list[dict[str, Any]]:
    """Everything that is wrong with it."""
    return list(refusal(body, model)["errors"])


@pytest.mark.parametrize(
    ("wrong", "field", "was", "expected"),
    [
        ({"severity": "bad"}, "severity", '"bad"', "'sev1', 'sev2', 'sev3' or 'sev4'"),
        ({"services": "checkout"}, "services", '"checkout"', "a valid list"),
        ({"services": ["a"] * 51}, "services", "a list of 51", "at most 50 items"),
        ({"services": ["a\nb"]}, "services.0", '"a\\nb"',
         "one line without control characters"),
        ({"drill": "maybe"}, "drill", '"maybe"', "true or false"),
        ({"started_at": "noon"}, "started_at", '"noon"', A_MOMENT),
        ({"started_at": "2026-11-18T09:00:00"}, "started_at", '"2026-11-18T09:00:00"', A_MOMENT),
        ({"fields": {"region": 5}}, "fields.region", "5", "text"),
        ({"fields": 7}, "fields", "7", "an object"),
        ({"title": None}, "title", "null", "text"),
        ({"title": {}}, "title", "an object", "text"),
        ({"title": ""}, "title", '""', "at least 1 character"),
        ({"titel": "x"}, "titel", None, "no field of that name, but title"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body(
    wrong: dict[str, Any], field: str, was: str | None, expected: str
) -> None:
    (fault,) = faults({**USUAL, **wrong})

    assert (fault["field"], fault["given"], fault["expected"]) == (field, was, expected)


def test_what_is_missing_is_said_to_be() -> None:
    (fault,) = faults({})

    assert (fault["field"], fault["given"]) == ("title", None)
    assert fault["expected"] == "a value: it is missing"


def test_a_field_that_resembles_none_is_told_which_there_are() -> None:
    (fault,) = faults({"text": "seen it", "qqqq": 1}, NoteIn)

    assert fault["expected"] == "no field of that name, but text"


def test_a_field_deep_in_a_batch_is_told_which_there_are() -> None:
    sample = {"slo": "checkout/availability", "at": "2026-11-18T08:59:50Z", "good": 1, "bad": 0,
              "source": "edge", "seqq": 1}  # fmt: skip

    missing, extra = faults({"samples": [sample]}, BatchIn)

    assert (missing["index"], missing["field"]) == (0, "samples.0.seq")
    assert (extra["index"], extra["expected"]) == (0, "no field of that name, but seq")


def test_the_first_few_are_said_in_words_and_all_are_listed(call: Any) -> None:
    answer = call("POST", "/incidents", json={"severity": 9, "titel": "x", "drill": [], "page": 7})

    said = ProblemOut.model_validate(answer.json()).model_dump()
    assert answer.status_code == 400

    assert said["detail"].startswith(
        "Not what is expected here. title: expected a value: it is missing. "
        "severity: expected 'sev1', 'sev2', 'sev3' or 'sev4', not 9. "
    )
    assert said["detail"].endswith("And 2 more: see errors.")
    assert len(said["errors"]) == 5


def test_what_is_wrong_with_a_query(call: Any) -> None:
    wrong = {
        "/incidents?limit=many": ("query.limit", '"many"', "a valid integer"),
        "/incidents?limit=0": ("query.limit", '"0"', "at least 1"),
        "/incidents?limit=999": ("query.limit", '"999"', "at most 200"),
        "/oncall?at=noon": ("query.at", '"noon"', A_MOMENT),
        f"/oncall?of={'x' * 300}": ("query.of", f'"{"x" * 98}…', "at most 80 characters"),
    }

    answers = {path: call("GET", path).json() for path in wrong}

    found = {path: answer["errors"] for path, answer in answers.items()}
    assert {
        path: (one["field"], one["given"], one["expected"]) for path, (one,) in found.items()
    } == wrong
    assert {path: answer["detail"] for path, answer in answers.items()} == {
        path: f"Not what is expected here. {field}: expected {expected}, not {was}."
        for path, (field, was, expected) in wrong.items()
    }


@pytest.mark.parametrize(
    "body",
    [
        {"severity": "wrt_Abcdefghijklmnop"},
        {"severity": "Bearer Abcdefghijklmnop"},
        {"severity": "xoxb-Abcdefghijklmnop"},
        {"wrt_Abcdefghijklmnop": 1},
        {"password": "Abcdefghijklmnop"},
        {"fields": {"api_key": ["Abcdefghijklmnop"]}},
        {"fields": {"token": 5, "x": {"y": "Abcdefghijklmnop"}}},
    ],
)
def test_what_may_be_secret_is_not_sent_back(body: dict[str, Any]) -> None:
    assert "Abcdefghijklmnop" not in str(refusal({**USUAL, **body}))


def test_a_webhook_is_told_what_was_expected_and_its_words_are_not_repeated(call: Any) -> None:
    answer = call(
        "POST", "/../../hooks/v1/generic", json={"alerts": [{"name": ["Abcdefghijklmnop"]}]}
    )

    assert answer.status_code == 400
    assert "alerts.0.name: expected text." in answer.json()["detail"]
    assert "Abcdefghijklmnop" not in answer.text


def test_a_number_of_too_many_digits_is_not_repeated() -> None:
    (fault,) = faults({"title": 10**4000})

    assert fault["given"] == "a number of very many digits"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(body=st.dictionaries(st.sampled_from([*DeclareIn.model_fields, "x"]), ANYTHING))
def test_whatever_was_given_each_fault_is_short_and_whole(body: dict[str, Any]) -> None:
    for fault in faults({**body, "title": 7}):
        assert fault["expected"]
        assert len(fault["given"] or "") <= 100


def test_the_fields_of_a_place_are_those_of_its_part() -> None:
    assert fields_at(LinkIn, ()) == ("to", "because")
    assert fields_at(BatchIn, ("samples", 4))[:2] == ("slo", "at")
    assert fields_at(DeclareIn, ("fields",)) == ()
