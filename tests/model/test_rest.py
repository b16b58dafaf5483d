"""How rested somebody is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.rest import Rest, last_night, rest_of

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-18 02:00", ("2026-11-17 21:00", "2026-11-18 07:00")),  # in the middle of it
        ("2026-11-18 09:00", ("2026-11-17 21:00", "2026-11-18 07:00")),
        ("2026-11-18 20:59", ("2026-11-17 21:00", "2026-11-18 07:00")),
        ("2026-11-18 21:00", ("2026-11-18 21:00", "2026-11-19 07:00")),  # the next one begins
        ("2026-10-25 12:00", ("2026-10-24 20:00", "2026-10-25 07:00")),  # an hour longer
    ],
)
def test_last_night_is_on_the_persons_own_clock(now: str, night: tuple[str, str]) -> None:
    assert last_night(utc(now), BERLIN) == (utc(night[0]), utc(night[1]))


def test_who_was_woken_at_three_is_told_so_at_noon() -> None:
    pages = [utc("2026-11-18 02:10"), utc("2026-11-17 15:00"), utc("2026-11-01 02:00")]

    found = rest_of(pages, utc("2026-11-18 11:00"), BERLIN)

    assert found == Rest(nights=1, week=2, last=utc("2026-11-18 02:10"))


def test_whoever_was_not_paged_is_rested() -> None:
    assert rest_of([], utc("2026-11-18 11:00"), BERLIN) == Rest()


@given(
    hours=st.lists(st.integers(-400, 10), max_size=20),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Auckland"]),
)
def test_a_night_is_part_of_the_week_and_what_is_to_come_counts_for_nothing(
    hours: list[int], zone: str
) -> None:
    now = utc("2026-11-18 11:00")

    found = rest_of([now + timedelta(hours=one) for one in hours], now, ZoneInfo(zone))

    assert found.nights <= found.week == sum(1 for one in hours if -168 <= one <= 0)
    assert (found.last is None) == (found.week == 0)
