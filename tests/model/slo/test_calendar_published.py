"""The periods that Nobl9 publishes for windows on a calendar, and where ours begin otherwise.

The moments and periods are the facts of nobl9-go (``manifest/v1alpha/twindow``), a line each: what
is counted, when it is asked, and when its window begins and ends, in UTC. A period that would begin
on the 31st of a shorter month slips into the next one there; ours begins on the last day.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.model.calendar_window import Calendar, Unit


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def calendar(what: str, anchor: str, zone: str) -> Calendar:
    count, unit = what.split()
    return Calendar(Unit(unit), datetime.fromisoformat(anchor), ZoneInfo(zone), int(count))


# From 2 January 2004, noon in New York: 17:00 UTC in winter, 16:00 in summer.
NOON = [
    ("1 year", "2006-01-04T15:04:05", "2006-01-02T17:00", "2007-01-02T17:00"),
    ("1 year", "2006-01-02T11:04:05", "2005-01-02T17:00", "2006-01-02T17:00"),
    ("1 year", "2004-01-02T11:04:05", "2003-01-02T17:00", "2004-01-02T17:00"),
    ("1 year", "2003-01-02T11:04:05", "2002-01-02T17:00", "2003-01-02T17:00"),
    ("3 year", "2006-01-04T15:04:05", "2004-01-02T17:00", "2007-01-02T17:00"),
    ("1 quarter", "2006-01-04T15:04:05", "2006-01-02T17:00", "2006-04-02T16:00"),
    ("1 quarter", "2006-01-02T11:04:05", "2005-10-02T16:00", "2006-01-02T17:00"),
    ("1 quarter", "2004-01-02T11:04:05", "2003-10-02T16:00", "2004-01-02T17:00"),
    ("3 quarter", "2006-01-04T15:04:05", "2005-07-02T16:00", "2006-04-02T16:00"),
    ("1 month", "2006-01-04T15:04:05", "2006-01-02T17:00", "2006-02-02T17:00"),
    ("1 month", "2006-01-02T11:04:05", "2005-12-02T17:00", "2006-01-02T17:00"),
    ("1 month", "2004-01-02T11:04:05", "2003-12-02T17:00", "2004-01-02T17:00"),
    ("1 month", "2003-12-02T16:55:05", "2003-11-02T17:00", "2003-12-02T17:00"),
    ("2 month", "2006-01-04T15:04:05", "2006-01-02T17:00", "2006-03-02T17:00"),
    ("1 week", "2006-01-04T15:04:05", "2005-12-30T17:00", "2006-01-06T17:00"),
    ("1 week", "2006-01-02T11:04:05", "2005-12-30T17:00", "2006-01-06T17:00"),
    ("1 week", "2004-01-02T11:04:05", "2003-12-26T17:00", "2004-01-02T17:00"),
    ("3 week", "2004-01-04T15:04:05", "2004-01-02T17:00", "2004-01-23T17:00"),
    ("1 day", "2006-01-02T17:05:05", "2006-01-02T17:00", "2006-01-03T17:00"),
    ("1 day", "2006-01-02T16:55:05", "2006-01-01T17:00", "2006-01-02T17:00"),
    ("1 day", "2004-01-02T16:55:05", "2004-01-01T17:00", "2004-01-02T17:00"),
    ("1 day", "2004-01-01T16:55:05", "2003-12-31T17:00", "2004-01-01T17:00"),
]

# From 2 January 2004, 17:00 UTC: each side of where a period turns, and each side of its anchor.
EVENING = [
    ("1 day", "2004-01-02T16:55", "2004-01-01T17:00", "2004-01-02T17:00"),
    ("1 day", "2004-01-01T23:55:05", "2004-01-01T17:00", "2004-01-02T17:00"),
    ("1 day", "2004-01-01T14:00", "2003-12-31T17:00", "2004-01-01T17:00"),
    ("2 day", "2004-01-04T17:00", "2004-01-04T17:00", "2004-01-06T17:00"),
    ("2 day", "2004-01-04T16:55", "2004-01-02T17:00", "2004-01-04T17:00"),
    ("2 day", "2004-01-03T17:05", "2004-01-02T17:00", "2004-01-04T17:00"),
    ("2 day", "2004-01-03T17:00", "2004-01-02T17:00", "2004-01-04T17:00"),
    ("2 day", "2004-01-03T16:55", "2004-01-02T17:00", "2004-01-04T17:00"),
    ("2 day", "2004-01-02T17:05", "2004-01-02T17:00", "2004-01-04T17:00"),
    ("2 day", "2004-01-02T17:00", "2004-01-02T17:00", "2004-01-04T17:00"),
    ("2 day", "2004-01-02T16:55", "2003-12-31T17:00", "2004-01-02T17:00"),
    ("2 day", "2004-01-01T17:05", "2003-12-31T17:00", "2004-01-02T17:00"),
    ("2 day", "2004-01-01T17:00", "2003-12-31T17:00", "2004-01-02T17:00"),
    ("2 day", "2004-01-01T16:55", "2003-12-31T17:00", "2004-01-02T17:00"),
    ("2 day", "2003-12-31T17:05", "2003-12-31T17:00", "2004-01-02T17:00"),
    ("2 day", "2003-12-31T17:00", "2003-12-31T17:00", "2004-01-02T17:00"),
    ("2 day", "2003-12-31T16:55", "2003-12-29T17:00", "2003-12-31T17:00"),
]

NEW_YORK, WARSAW, ANCHORAGE = "America/New_York", "Europe/Warsaw", "America/Anchorage"
ELSEWHERE = [
    (
        "1 day",
        "2020-11-04T11:10",
        WARSAW,
        "2020-11-05T11:08:40+01:00",
        "2020-11-04T10:10",
        "2020-11-05T10:10",
    ),
    (
        "1 day",
        "1939-09-03T05:45",
        WARSAW,
        "1939-09-03T09:00+01:00",
        "1939-09-03T04:45",
        "1939-09-04T04:45",
    ),
    ("1 week", "2021-06-06", "UTC", "2021-06-04", "2021-05-30", "2021-06-06"),
    # 22:00 in Alaska is the next day in UTC; the moment is the same day, or the one before.
    (
        "3 day",
        "2022-01-03T22:00",
        ANCHORAGE,
        "2021-12-23T01:00",
        "2021-12-20T07:00",
        "2021-12-23T07:00",
    ),
    (
        "3 day",
        "2022-01-03T22:00",
        ANCHORAGE,
        "2021-12-23T06:00+05:00",
        "2021-12-20T07:00",
        "2021-12-23T07:00",
    ),
    (
        "3 day",
        "2022-01-03T22:00",
        ANCHORAGE,
        "2021-12-22T22:00-08:00",
        "2021-12-20T07:00",
        "2021-12-23T07:00",
    ),
]
ALL = [
    *((what, "2004-01-02T12:00", NEW_YORK, *rest) for what, *rest in NOON),
    *((what, "2004-01-02T17:00", "UTC", *rest) for what, *rest in EVENING),
    *ELSEWHERE,
]


@pytest.mark.parametrize(("what", "anchor", "zone", "at", "begins", "ends"), ALL)
def test_a_period_is_the_one_that_is_published(
    what: str, anchor: str, zone: str, at: str, begins: str, ends: str
) -> None:
    found = calendar(what, anchor, zone).window(moment(at))

    assert found == (moment(begins), moment(ends))


# Every month from the 31st: asked when, where ours begins and ends, where theirs does.
LAST = [
    ("2025-01-31", "2025-03-02T23:59:59", "2025-02-28", "2025-03-31", "2025-01-31", "2025-03-03"),
    ("2025-03-31", "2024-11-30T23:59:59", "2024-11-30", "2024-12-31", "2024-10-31", "2024-12-01"),
    ("2025-03-31", "2024-12-01", "2024-11-30", "2024-12-31", "2024-12-01", "2024-12-31"),
    ("2025-03-31", "2025-03-02T23:59:59", "2025-02-28", "2025-03-31", "2025-01-31", "2025-03-03"),
    ("2025-03-31", "2025-03-03", "2025-02-28", "2025-03-31", "2025-03-03", "2025-03-31"),
    ("2025-03-31", "2025-04-30T23:59:59", "2025-04-30", "2025-05-31", "2025-03-31", "2025-05-01"),
    ("2025-03-31", "2025-05-01T00:00:01", "2025-04-30", "2025-05-31", "2025-05-01", "2025-05-31"),
    ("2025-03-31", "2025-05-31T00:00:01", "2025-05-31", "2025-06-30", "2025-05-31", "2025-07-01"),
    ("2025-03-31", "2025-07-01T00:00:01", "2025-06-30", "2025-07-31", "2025-07-01", "2025-07-31"),
]


@pytest.mark.parametrize(("anchor", "at", "begins", "ends", "begins_there", "ends_there"), LAST)
def test_a_month_from_the_31st_begins_on_the_last_day_of_a_shorter_one(
    anchor: str, at: str, begins: str, ends: str, begins_there: str, ends_there: str
) -> None:
    found = calendar("1 month", anchor, "UTC").window(moment(at))

    assert found == (moment(begins), moment(ends))
    assert found != (moment(begins_there), moment(ends_there))
