"""Spans in the words people type in Slack."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import Refused, Unclear
from incidents.model.spans import Span, day_of, parts, span

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin


def utc(*parts_: int) -> datetime:
    return datetime(*parts_, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("typed", "who", "target", "start", "end"),
    [
        ("@bo for payments until friday 9:00", "@bo", "payments", NOW, utc(2026, 11, 20, 8)),
        ("@bo until friday", "@bo", "", NOW, utc(2026, 11, 20, 23)),
        ("@bo saturday", "@bo", "", utc(2026, 11, 20, 23), utc(2026, 11, 21, 23)),
        (
            "@bo on saturday for payments",
            "@bo",
            "payments",
            utc(2026, 11, 20, 23),
            utc(2026, 11, 21, 23),
        ),
        ("@bo today", "@bo", "", NOW, utc(2026, 11, 18, 23)),
        ("@bo for 4h", "@bo", "", NOW, utc(2026, 11, 18, 13)),
        ("@bo for payments for two hours", "@bo", "payments", NOW, utc(2026, 11, 18, 11)),
        (
            "@bo from friday 18:00 to monday 9:00",
            "@bo",
            "",
            utc(2026, 11, 20, 17),
            utc(2026, 11, 23, 8),
        ),
        ("@bo from now until tomorrow noon", "@bo", "", NOW, utc(2026, 11, 19, 11)),
        ("@bo from saturday", "@bo", "", utc(2026, 11, 20, 23), utc(2026, 11, 21, 23)),
        (
            "@bo from 2026-11-20 18:00 until 2026-11-21 06:00Z",
            "@bo",
            "",
            utc(2026, 11, 20, 17),
            utc(2026, 11, 21, 6),
        ),
    ],
)
def test_what_people_type(
    typed: str, who: str, target: str, start: datetime, end: datetime
) -> None:
    phrases = parts(typed)

    assert (phrases.who, phrases.target) == (who, target)
    assert span(phrases, NOW, BERLIN) == Span(start, end)


def test_what_follows_because_is_never_read_as_a_date() -> None:
    phrases = parts("@bo until friday because on holiday from monday")

    assert phrases.end == "friday"
    assert phrases.because.startswith("on")
    assert phrases.because.endswith("holiday from monday")


def test_a_swap_may_name_what_is_taken_in_return() -> None:
    phrases = parts("@bo saturday for payments take sunday")

    assert (phrases.day, phrases.target, phrases.take) == ("saturday", "payments", "sunday")
    assert day_of(phrases.take, NOW, BERLIN) == Span(utc(2026, 11, 21, 23), utc(2026, 11, 22, 23))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("@bo", "That says no end."),
        ("@bo from 2026-11-20 18:00 until 2026-11-20 12:00", "That ends before it begins."),
        ("@bo until yesterday", "is in the past"),
        ("@bo until the cows come home", "is not a date I know"),
    ],
)
def test_what_makes_no_span_is_refused_with_examples(typed: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        span(parts(typed), NOW, BERLIN)

    assert why in str(refused.value)


def test_a_date_with_two_readings_is_asked_about() -> None:
    with pytest.raises(Unclear):
        span(parts("@bo until 1/12"), NOW, BERLIN)


@given(st.text(max_size=60), st.sampled_from(["Australia/Lord_Howe", "Africa/Casablanca", "UTC"]))
def test_whatever_is_typed_is_a_span_to_come_or_refused(typed: str, zone: str) -> None:
    try:
        found = span(parts(f"@bo {typed}"), NOW, ZoneInfo(zone))
    except Refused:
        return

    assert NOW <= found.start < found.end
