"""Calendars as others write them, read as plans of who is on call."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.catalog.calendars import Calendar, Unreadable, plan_of, read_calendar
from incidents.model.oncall import Planned

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = {
    "ana": "ana", "ana duarte": "ana", "ana@example.com": "ana",
    "bo": "bo", "bo lindqvist": "bo", "bo@example.com": "bo", "chen": "chen",
}  # fmt: skip
START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 5, 1, tzinfo=UTC)


def event(summary: str, begins: str, ends: str, *more: str, uid: str = "") -> str:
    lines = ("BEGIN:VEVENT", f"UID:{uid or summary + begins}", begins, ends, f"SUMMARY:{summary}")
    return "\n".join((*lines, *more, "END:VEVENT"))


def calendar(*parts: str) -> str:
    return "\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *parts, "END:VCALENDAR", ""))


def read(*parts: str, start: datetime = START, end: datetime = END) -> Calendar:
    return plan_of(calendar(*parts), NAMES, start, end, zone=BERLIN)


def who(found: Calendar, *at: int) -> tuple[str, ...]:
    moment = datetime(2026, *at, tzinfo=UTC)  # type: ignore[misc, arg-type]
    return next((one.people for one in found.plan if one.start <= moment < one.end), ())


def weekly(summary: str, first: str, *more: str) -> str:
    zone = "TZID=Europe/Berlin"
    return event(
        summary,
        f"DTSTART;{zone}:{first}T090000",
        f"DTEND;{zone}:{int(first) + 7}T090000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2",
        *more,
    )


def test_turns_by_the_week_leave_no_gap_when_the_clocks_change() -> None:
    found = read(weekly("Ana on call", "20260302"), weekly("Bo Lindqvist", "20260309"))

    assert all(one.end == other.start for one, other in pairwise(found.plan))
    assert found.plan[3:5] == (
        Planned(
            datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC), ("bo",)
        ),
        Planned(
            datetime(2026, 3, 30, 7, tzinfo=UTC), datetime(2026, 4, 6, 7, tzinfo=UTC), ("ana",)
        ),
    )
    assert found.troubles == ()


def test_an_occurrence_that_is_left_out_or_moved_is_not_where_it_was() -> None:
    series = weekly("Ana", "20260302", "EXDATE;TZID=Europe/Berlin:20260316T090000")
    moved = event(
        "Chen for Ana",
        "DTSTART;TZID=Europe/Berlin:20260401T090000",
        "DTEND;TZID=Europe/Berlin:20260402T090000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000",
        uid="Ana" + "DTSTART;TZID=Europe/Berlin:20260302T090000",
    )

    found = read(series, moved)

    assert who(found, 3, 3) == ("ana",)
    assert who(found, 3, 17) == ()
    assert who(found, 3, 31) == ()
    assert who(found, 4, 1, 12) == ("chen", "ana")
    assert who(found, 4, 14) == ("ana",)


def test_a_cancelled_occurrence_is_off_and_the_newest_version_counts() -> None:
    cancelled = event(
        "Ana",
        "DTSTART;TZID=Europe/Berlin:20260316T090000",
        "DTEND;TZID=Europe/Berlin:20260323T090000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000",
        "STATUS:CANCELLED",
        uid="s",
    )
    old = weekly("Bo", "20260302").replace("UID:Bo", "UID:s\nX-OLD:Bo")
    new = weekly("Ana", "20260302", "SEQUENCE:2").replace("UID:Ana", "UID:s\nX-OLD:Ana")

    found = read(new, old, cancelled)

    assert who(found, 3, 3) == ("ana",)
    assert who(found, 3, 17) == ()


def test_a_shorter_event_on_top_stands_in() -> None:
    found = read(
        event("Ana", "DTSTART:20260302T090000Z", "DTEND:20260309T090000Z"),
        event("@bo dentist cover", "DTSTART:20260304T120000Z", "DTEND:20260304T140000Z"),
    )

    assert [one.people for one in found.plan] == [("ana",), ("bo",), ("ana",)]
    assert found.troubles == ()


def test_events_of_the_same_span_are_on_call_together() -> None:
    span = ("DTSTART:20260302T090000Z", "DTEND:20260309T090000Z")

    assert who(read(event("Ana", *span), event("Bo", *span)), 3, 3) == ("ana", "bo")


def test_events_that_overlap_in_part_are_reported_at_their_line() -> None:
    found = read(
        event("Ana", "DTSTART:20260302T090000Z", "DTEND:20260309T090000Z"),
        event("Bo", "DTSTART:20260309T080000Z", "DTEND:20260316T090000Z"),
    )

    (trouble,) = found.troubles
    assert trouble.line == 10
    assert trouble.what == "ana and bo overlap from 2026-03-09 08:00 UTC: the later counts"


def test_whole_days_are_days_of_the_calendars_own_zone() -> None:
    day = event("Ana", "DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330")

    (berlin,) = read(day).plan
    (tokyo,) = read("X-WR-TIMEZONE:Asia/Tokyo", day).plan

    assert berlin.end - berlin.start == timedelta(hours=23)
    assert tokyo.start == datetime(2026, 3, 28, 15, tzinfo=UTC)


def test_a_zone_of_the_calendars_own_making_is_followed() -> None:
    zone = """BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:20201025T030000
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20200329T020000
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
    daily = event(
        "Ana",
        "DTSTART;TZID=Office:20260328T090000",
        "DURATION:PT8H",
        "RRULE:FREQ=DAILY;COUNT=3",
    )

    found = read(zone, daily)

    assert [one.start.hour for one in found.plan] == [7, 6, 6]


@pytest.mark.parametrize(
    ("summary", "more", "people"),
    [
        ("On call: Ana Duarte", (), ("ana",)),
        ("On Call - Bo Lindqvist - Payments", (), ("bo",)),
        ("ana & bo", (), ("ana", "bo")),
        ("Banana rotation", ("ATTENDEE:mailto:Bo@example.com",), ("bo",)),
        ("Payments", ("ATTENDEE;PARTSTAT=DECLINED:mailto:bo@example.com",), ()),
        ("Payments", ("ATTENDEE;CUTYPE=ROOM:mailto:room@example.com",), ()),
        ("Payments", ("ATTENDEE:mailto:new@example.com",), ("new@example.com",)),
        ("zoe@example.com on call", (), ("zoe@example.com",)),
        ("@ana instead", (), ("ana",)),
    ],
)
def test_whom_an_event_names(summary: str, more: tuple[str, ...], people: tuple[str, ...]) -> None:
    found = read(event(summary, "DTSTART:20260302T090000Z", "DTEND:20260303T090000Z", *more))

    assert who(found, 3, 2, 12) == people
    assert bool(found.troubles) is not bool(people)


def often(rule: str) -> str:
    return calendar(event("Ana", "DTSTART:20260302T090000Z", "DURATION:PT1H", rule))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html>Sign in</html>", "that is no calendar"),
        (often("RRULE:FREQ=SECONDLY"), "repeats secondly"),
        ("BEGIN:VCALENDAR" + " " * 2_100_000, "larger than 2 MB"),
    ],
)
def test_what_is_no_calendar_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_calendar(text, NAMES, START, END, zone=BERLIN)


def test_an_event_that_makes_no_sense_is_passed_over() -> None:
    found = read("BEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT")

    assert found.plan == ()
    assert found.troubles[0].line == 4


def test_a_rule_that_never_matches_is_given_up_in_time() -> None:
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    slow = [
        event("Ana", "DTSTART:20200101T000000Z", "DURATION:P1D", never, uid=f"u{n}")
        for n in range(200)
    ]

    with pytest.raises(Unreadable, match="could not be read in 2 s"):
        read_calendar(calendar(*slow), NAMES, START, END, zone=BERLIN, seconds=2)


def test_the_child_process_reads_as_this_one_does() -> None:
    parts = (weekly("Ana", "20260302"), weekly("Bo", "20260309"), weekly("Nobody", "20260303"))

    there = read_calendar(calendar(*parts), NAMES, START, END, zone=BERLIN)

    assert there == read(*parts)
    assert there.plan


ZONES = st.sampled_from(
    ["Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "UTC"]
)


@given(
    zone=ZONES,
    people=st.lists(st.sampled_from(["ana", "bo", "chen"]), min_size=1, max_size=4),
    days=st.integers(1, 9),
    hour=st.integers(0, 23),
    year=st.integers(2015, 2030),
)
@settings(max_examples=60)
def test_turns_of_any_length_tile_time_in_any_zone(
    zone: str, people: list[str], days: int, hour: int, year: int
) -> None:
    first = datetime(year, 1, 1, hour)  # noqa: DTZ001 (a clock on a wall)
    parts = []
    for number, person in enumerate(people):
        begin = first + timedelta(days=days * number)
        edges = (begin, begin + timedelta(days=days))
        begins, ends = (f";TZID={zone}:{at:%Y%m%dT%H%M%S}" for at in edges)
        rule = f"RRULE:FREQ=DAILY;INTERVAL={days * len(people)}"
        parts.append(event(person, f"DTSTART{begins}", f"DTEND{ends}", rule, uid=f"{number}"))
    start = datetime(year, 3, 1, tzinfo=UTC)
    end = start + timedelta(days=300)

    found = plan_of(calendar(*parts), NAMES, start, end, zone=BERLIN)

    assert (found.plan[0].start, found.plan[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(found.plan))
    assert found.troubles == ()
