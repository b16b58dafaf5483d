"""Slices of time and calendars in OpenSLO files: what they become, what is refused, and where."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from incidents.model.slicing import Slicing
from tests.catalog.test_openslo import GOOD, problems, read

PLAIN = GOOD.replace('    warroom.dev/min-failures: "20"\n', "")
SLICED = """\
  budgetingMethod: Timeslices
  objectives:
    - target: 0.99
      timeSliceTarget: 0.95
      timeSliceWindow: 5
"""
RATIOS = SLICED.replace("Timeslices", "RatioTimeslices").replace(
    "      timeSliceTarget: 0.95\n", ""
)
CALENDAR = """\
    - duration: 1M
      calendar:
        startTime: 2026-01-01 12:30:00
        timeZone: Europe/Berlin
"""
METHOD = PLAIN[PLAIN.index("  budgetingMethod") :]
ROLLING = "    - duration: 28d\n      isRolling: true\n"
NOVEMBER = datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_slices_are_good_by_their_own_target(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, PLAIN.replace(METHOD, SLICED))

    assert found == ()
    assert objective.slicing == Slicing(timedelta(minutes=5), Fraction(95, 100))
    assert objective.min_failures == 5
    assert objective.series.startswith("checkout/availability#")


def test_shares_of_slices_have_no_target_of_their_own(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, PLAIN.replace(METHOD, RATIOS))

    assert found == ()
    assert objective.slicing == Slicing(timedelta(minutes=5), None)
    assert objective.min_failures == 5


def test_a_slice_without_events_may_be_a_good_one(tmp_path: Path) -> None:
    silent = PLAIN.replace(METHOD, SLICED).replace(
        "warroom.dev/tier: 1", "warroom.dev/silent-slices: good"
    )

    (objective,), found = read(tmp_path, silent)

    assert found == ()
    assert objective.slicing is not None
    assert objective.slicing.is_silence_good


def test_another_length_or_target_of_slices_is_another_promise_with_counts_of_its_own(
    tmp_path: Path,
) -> None:
    written = PLAIN.replace(METHOD, SLICED)
    others = [
        PLAIN,
        written,
        written.replace("Window: 5", "Window: 1m"),
        written.replace("0.95", "0.9"),
    ]

    made = [read(tmp_path, one)[0][0] for one in others]

    assert len({one.series for one in made}) == len(others)
    assert len({one.generation for one in made}) == len(others)


def test_a_window_begins_on_a_calendar(tmp_path: Path) -> None:
    (objective,), found = read(tmp_path, PLAIN.replace(ROLLING, CALENDAR))

    assert found == ()
    assert objective.calendar is not None
    assert objective.calendar.window(NOVEMBER) == (
        datetime(2026, 11, 1, 11, 30, tzinfo=UTC),
        datetime(2026, 12, 1, 11, 30, tzinfo=UTC),
    )
    assert objective.window == timedelta(days=30)
    assert objective.over == "calendar month"


def test_a_calendar_in_another_zone_is_another_promise(tmp_path: Path) -> None:
    ours = PLAIN.replace(ROLLING, CALENDAR)
    theirs = ours.replace("Europe/Berlin", "Europe/London")

    made = [read(tmp_path, one)[0][0].generation for one in (PLAIN, ours, theirs)]

    assert len(set(made)) == 3


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            METHOD,
            SLICED.replace("      timeSliceTarget: 0.95\n", ""),
            ["33:7: spec.objectives.0.timeSliceTarget: Timeslices needs it"],
        ),
        (
            METHOD,
            SLICED.replace("Timeslices", "RatioTimeslices"),
            [
                (
                    "34:7: spec.objectives.0.timeSliceTarget: timeSliceTarget belongs to "
                    "Timeslices, not to RatioTimeslices"
                )
            ],
        ),
        (
            METHOD,
            SLICED.replace("timeSliceWindow: 5", "timeSliceWindow: soon"),
            [
                (
                    "35:7: spec.objectives.0.timeSliceWindow: “soon” is not a length of time, "
                    "expected a whole number and one of m (minutes), h, d, w, M (months), Q, Y, "
                    "like 28d"
                )
            ],
        ),
        (
            METHOD,
            SLICED.replace("timeSliceWindow: 5", "timeSliceWindow: 7m"),
            [
                (
                    "35:7: spec.objectives.0.timeSliceWindow: 7m: an hour is not a whole "
                    "number of such slices, "
                    "expected one like 1m, 5m or 1h"
                )
            ],
        ),
        (
            METHOD,
            SLICED.replace("timeSliceWindow: 5", "timeSliceWindow: 2d"),
            [
                (
                    "35:7: spec.objectives.0.timeSliceWindow: 2d: a slice is at most a day, "
                    "expected one like 1m, 5m or 1h"
                )
            ],
        ),
        (
            "tier: 1",
            'silent-slices: "good"',
            [
                (
                    "7:5: metadata.annotations.warroom.dev/silent-slices: silent slices belong to "
                    "time slices, not to Occurrences"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR.replace("1M", "1m"),
            [
                (
                    "29:7: spec.timeWindow.0.duration: 1m is minutes, and a calendar has none, "
                    "expected 1M for months"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR.replace("1M", "12h"),
            [
                (
                    "29:7: spec.timeWindow.0.duration: 12h is hours, and a calendar has none, "
                    "expected one of d, w, M, Q, Y"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR.replace("1M", "2Y"),
            ["29:7: spec.timeWindow.0.duration: 2Y is too long, expected at most 1Y"],
        ),
        (
            ROLLING,
            CALENDAR.replace("12:30:00", "12:31:00"),
            [
                (
                    "31:9: spec.timeWindow.0.calendar.startTime: a window of 1M cannot begin "
                    "within 5 minutes, "
                    "expected a time that is a multiple of 5 min, in UTC too"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR.replace("12:30:00", "00:00:00")
            .replace("Europe/Berlin", "Asia/Kolkata")
            .replace("1M", "1Y"),
            [
                (
                    "31:9: spec.timeWindow.0.calendar.startTime: a window of 1Y cannot begin "
                    "within an hour of UTC, since counts of a year are kept by the hour, "
                    "expected a time that is a multiple of 1 h, in UTC too"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR.replace("Europe/Berlin", "Berlin"),
            [
                (
                    "32:9: spec.timeWindow.0.calendar.timeZone: “Berlin” is not a time zone, "
                    "expected an IANA name like Europe/Berlin or UTC"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR.replace("12:30:00", "12:30:00+01:00"),
            [
                (
                    "31:9: spec.timeWindow.0.calendar.startTime: 2026-01-01 12:30:00+01:00 has a "
                    "zone, expected a time without one, beside timeZone"
                )
            ],
        ),
        (
            ROLLING,
            CALENDAR + "      isRolling: true\n",
            ["30:7: spec.timeWindow.0.calendar: a rolling window has no calendar"],
        ),
        (
            ROLLING,
            ROLLING + CALENDAR,
            ["28:3: spec.timeWindow: List should have at most 1 item after validation, not 2"],
        ),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(
    tmp_path: Path, before: str, after: str, expected: list[str]
) -> None:
    assert before in PLAIN

    assert problems(tmp_path, PLAIN.replace(before, after)) == [
        f"slos/0.yaml:{one}" for one in expected
    ]


def test_an_empty_slice_is_good_or_ignored(tmp_path: Path) -> None:
    text = PLAIN.replace(METHOD, SLICED).replace("tier: 1", "silent-slices: bad")

    assert problems(tmp_path, text) == [
        (
            "slos/0.yaml:7:5: metadata.annotations.warroom.dev/silent-slices: bad is not what "
            "a silent slice can be, expected good or ignored"
        )
    ]


def test_a_window_is_whole_slices(tmp_path: Path) -> None:
    text = PLAIN.replace(METHOD, SLICED.replace("Window: 5", "Window: 1d")).replace("28d", "36h")

    assert problems(tmp_path, text) == [
        (
            "slos/0.yaml:35:7: spec.objectives.0.timeSliceWindow: 36h is not a whole number of "
            "slices of 1d"
        )
    ]
