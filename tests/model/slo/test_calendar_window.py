"""Windows on a calendar, as Nobl9 and Kibana publish theirs, and where the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.calendar_window import Calendar, Unit

NEW_YORK, BERLIN, ZULU = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("calendar", "at", "begins", "ends"),
    [
        pytest.param(
            Calendar(Unit.QUARTER, wall("2004-01-02T12:00"), NEW_YORK),
            "2006-01-04T15:04:05",
            "2006-01-02T17:00",
            "2006-04-02T16:00",
            id="Nobl9: a quarter in New York over the change to summer time",
        ),
        pytest.param(
            Calendar(Unit.WEEK, wall("2026-01-05"), ZULU),
            "2026-11-21T10:00",
            "2026-11-16",
            "2026-11-23",
            id="Kibana: a week from Monday, until just before the next",
        ),
        pytest.param(
            Calendar(Unit.MONTH, wall("2025-01-31"), ZULU),
            "2025-03-01",
            "2025-02-28",
            "2025-03-31",
            id="from the 31st, February begins on its last day; Nobl9 says 3 March",
        ),
        pytest.param(
            Calendar(Unit.MONTH, wall("2024-01-31"), ZULU),
            "2024-02-29",
            "2024-02-29",
            "2024-03-31",
            id="a leap year has a day more",
        ),
        pytest.param(
            Calendar(Unit.YEAR, wall("2024-02-29"), ZULU),
            "2026-01-01",
            "2025-02-28",
            "2026-02-28",
            id="a year from 29 February",
        ),
        pytest.param(
            Calendar(Unit.DAY, wall("2026-01-01"), BERLIN),
            "2026-10-25T12:00",
            "2026-10-24T22:00",
            "2026-10-25T23:00",
            id="a day of 25 hours",
        ),
        pytest.param(
            Calendar(Unit.MONTH, wall("2026-01-01"), BERLIN),
            "2023-07-15",
            "2023-06-30T22:00",
            "2023-07-31T22:00",
            id="before its anchor too",
        ),
        pytest.param(
            Calendar(Unit.WEEK, wall("2026-01-05"), ZULU, count=2),
            "2026-01-18T23:59:59",
            "2026-01-05",
            "2026-01-19",
            id="every two weeks",
        ),
    ],
)
def test_the_window_that_holds_a_moment(
    calendar: Calendar, at: str, begins: str, ends: str
) -> None:
    assert calendar.window(utc(at)) == (utc(begins), utc(ends))


@given(
    unit=st.sampled_from(list(Unit)),
    count=st.integers(1, 4),
    anchor=st.datetimes(datetime(2000, 1, 1), datetime(2030, 12, 31)),  # noqa: DTZ001 (on the wall)
    at=st.datetimes(datetime(1995, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from([NEW_YORK, BERLIN, ZULU, ZoneInfo("Australia/Lord_Howe")]),
)
def test_windows_follow_each_other_without_a_gap(
    unit: Unit, count: int, anchor: datetime, at: datetime, zone: ZoneInfo
) -> None:
    calendar = Calendar(unit, anchor, zone, count)

    begins, ends = calendar.window(at)

    assert begins <= at < ends
    assert calendar.window(ends)[0] == ends
    assert calendar.window(ends - timedelta(microseconds=1)) == (begins, ends)
