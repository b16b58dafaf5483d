"""Dates in plain words, said on Wednesday 18 November 2026 at 14:00 in Berlin."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import Refused, Unclear
from incidents.model.dates import Due, echo, parse_due, split_due
from incidents.model.workdays import WorkingHours

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 18, 13, tzinfo=UTC)


def said(text: str, now: datetime = NOW) -> str:
    return parse_due(text, now, BERLIN).echo


def test_a_date_is_an_instant_and_is_said_back() -> None:
    found = parse_due("next friday", NOW, BERLIN)

    assert found == Due(
        datetime(2026, 11, 27, 16, tzinfo=UTC), "Fri 27 Nov 2026 17:00 CET (in 9 d)"
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "Wed 18 Nov"),
        ("tomorrow", "Thu 19 Nov"),
        ("day after tomorrow", "Fri 20 Nov"),
        ("friday", "Fri 20 Nov"),
        ("by Friday.", "Fri 20 Nov"),
        ("due by fri", "Fri 20 Nov"),
        ("this friday", "Fri 20 Nov"),
        ("next friday", "Fri 27 Nov"),
        ("friday week", "Fri 27 Nov"),
        ("wednesday", "Wed 25 Nov"),
        ("monday", "Mon 23 Nov"),
        ("+3d", "Sat 21 Nov"),
        ("3 days", "Sat 21 Nov"),
        ("2w", "Wed 2 Dec"),
        ("in a week", "Wed 25 Nov"),
        ("in two weeks", "Wed 2 Dec"),
        ("1mo", "Fri 18 Dec"),
        ("in 3 business days", "Mon 23 Nov"),
        ("3 working days from now", "Mon 23 Nov"),
        ("3bd", "Mon 23 Nov"),
        ("eod", "Wed 18 Nov"),
        ("cob", "Wed 18 Nov"),
        ("eow", "Fri 20 Nov"),
        ("end of next week", "Fri 27 Nov"),
        ("eom", "Mon 30 Nov"),
        ("end of the month", "Mon 30 Nov"),
        ("eoq", "Thu 31 Dec"),
        ("eoy", "Thu 31 Dec"),
        ("q4", "Thu 31 Dec"),
        ("2026-11-27", "Fri 27 Nov"),
        ("2026/11/27", "Fri 27 Nov"),
        ("27 nov", "Fri 27 Nov"),
        ("27th of November", "Fri 27 Nov"),
        ("Nov 27, 2026", "Fri 27 Nov"),
        ("the 27th", "Fri 27 Nov"),
        ("the 18th", "Wed 18 Nov"),
        ("27.11.", "Fri 27 Nov"),
        ("27.11.26", "Fri 27 Nov"),
        ("27/11", "Fri 27 Nov"),
        ("11/27", "Fri 27 Nov"),
        ("12/12", "Sat 12 Dec"),
    ],
)
def test_a_day_means_the_end_of_work_on_it(text: str, day: str) -> None:
    assert said(text).startswith(f"{day} 2026 17:00 CET")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("17:00", "Wed 18 Nov 2026 17:00 CET (in 3 h)"),
        ("09:00", "Thu 19 Nov 2026 09:00 CET (in 19 h)"),
        ("at 5pm", "Wed 18 Nov 2026 17:00 CET (in 3 h)"),
        ("friday 9am", "Fri 20 Nov 2026 09:00 CET (in 1 d)"),
        ("friday at noon", "Fri 20 Nov 2026 12:00 CET (in 1 d)"),
        ("tomorrow 12am", "Thu 19 Nov 2026 00:00 CET (in 10 h)"),
        ("next friday at 5pm CET", "Fri 27 Nov 2026 17:00 CET (in 9 d)"),
        ("friday 17:00 utc", "Fri 20 Nov 2026 18:00 CET (in 2 d)"),
        ("friday 17:00 america/new_york", "Fri 20 Nov 2026 23:00 CET (in 2 d)"),
        ("2026-11-27T09:30", "Fri 27 Nov 2026 09:30 CET (in 8 d)"),
        ("2026-11-27 09:30", "Fri 27 Nov 2026 09:30 CET (in 8 d)"),
        ("2026-11-27T09:30Z", "Fri 27 Nov 2026 10:30 CET (in 8 d)"),
        ("2026-11-27T09:30:00-05:00", "Fri 27 Nov 2026 15:30 CET (in 9 d)"),
        ("in 2 hours", "Wed 18 Nov 2026 16:00 CET (in 2 h)"),
        ("90min", "Wed 18 Nov 2026 15:30 CET (in 1 h)"),
        ("q1", "Wed 31 Mar 2027 17:00 CEST (in 133 d)"),
        ("29 feb", "Tue 29 Feb 2028 17:00 CET (in 468 d)"),
        ("the 17th", "Thu 17 Dec 2026 17:00 CET (in 29 d)"),
        ("1 nov", "Mon 1 Nov 2027 17:00 CET (in 348 d)"),
    ],
)
def test_a_time_of_day_and_an_exact_span_are_kept(text: str, moment: str) -> None:
    assert said(text) == moment


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1/12", ["2026-12-01", "2027-01-12"]),
        ("1/12/2027", ["2027-01-12", "2027-12-01"]),
        ("5m", ["5min", "5mo"]),
        ("friday at 5", ["friday 05:00", "friday 17:00"]),
        ("friday midnight", ["friday 23:59", "friday 00:00"]),
        ("next week", ["2026-11-27", "2026-11-23"]),
        ("next month", ["2026-12-31", "2026-12-01"]),
        ("friday 17:00 cst", ["friday 17:00 America/Chicago", "friday 17:00 Asia/Shanghai"]),
    ],
)
def test_what_has_two_readings_is_refused_with_both(text: str, readings: list[str]) -> None:
    with pytest.raises(Unclear) as refusal:
        parse_due(text, NOW, BERLIN)

    assert [typed for typed, _ in refusal.value.readings] == readings
    assert all(parse_due(typed, NOW, BERLIN).at > NOW for typed in readings)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "There is no date."),
        ("banana", "“banana” is not a date I know."),
        ("asap", "“asap” is not a date I know."),
        ("yesterday", "“yesterday” is in the past."),
        ("2026-11-17", "Tue 17 Nov 2026 is in the past."),
        ("this monday", "Mon 16 Nov 2026 is in the past."),
        ("today 09:00", "Wed 18 Nov 2026 09:00 CET (5 h ago) is in the past."),
        ("2026-02-30", "“2026-02-30” is not on any calendar."),
        ("31 feb", "“31 feb” is not on any calendar."),
        ("13/13", "“13/13” is not on any calendar."),
        ("the 32nd", "“the 32nd” is not on any calendar."),
        ("friday 17:00 xyz", "“friday 17:00 xyz” is not a date I know."),
        ("0/5", "“0/5” is not on any calendar."),
        ("friday 25:00", "There is no 25:00 on a clock."),
        ("friday 13pm", "There is no 13 pm."),
        ("friday 17:00 mars/olympus", "I do not know the time zone “mars/olympus”."),
        ("in 2 hours 17:00", "“in 2 hours 17:00” gives both a span and a time of day."),
        ("9999-12-31", "Fri 31 Dec 9999 is more than 5 years away."),
        ("0001-01-01T00:00+14:00", "Tue 2 Jan 1 is in the past."),
        ("2026-13-01 10:00", "“2026-13-01 10:00” is not on any calendar."),
        ("in 999 years", "Fri 18 Nov 3025 is more than 5 years away."),
    ],
)
def test_nonsense_and_the_past_are_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_due(text, NOW, BERLIN)

    assert refusal.value.why == why
    assert refusal.value.instead


def test_after_work_today_means_its_last_minute() -> None:
    evening = datetime(2026, 11, 18, 19, tzinfo=UTC)

    assert said("today", evening).startswith("Wed 18 Nov 2026 23:59 CET")
    assert said("eod", evening).startswith("Wed 18 Nov 2026 23:59 CET")


def test_on_a_weekend_the_end_of_the_week_is_next_friday() -> None:
    saturday = datetime(2026, 11, 21, 10, tzinfo=UTC)

    assert said("eow", saturday).startswith("Fri 27 Nov 2026")


def test_in_the_zone_that_uses_it_an_ambiguous_abbreviation_is_clear() -> None:
    found = parse_due("friday 17:00 ist", NOW, ZoneInfo("Asia/Kolkata"))

    assert found.echo == "Fri 20 Nov 2026 17:00 IST (in 1 d)"


def test_the_asker_s_own_working_hours_decide_what_a_day_means() -> None:
    early = WorkingHours(time(6), time(14), frozenset({6, 0, 1, 2, 3}))

    assert parse_due("tomorrow", NOW, BERLIN, early).echo.startswith("Thu 19 Nov 2026 14:00")
    assert parse_due("in 3 bd", NOW, BERLIN, early).echo.startswith("Mon 23 Nov 2026 14:00")


def test_a_month_after_the_31st_is_the_last_of_the_shorter_month() -> None:
    end_of_january = datetime(2027, 1, 31, 9, tzinfo=UTC)

    assert said("1mo", end_of_january).startswith("Sun 28 Feb 2027")


@pytest.mark.parametrize(
    ("sentence", "task", "due"),
    [
        ("rotate certs by friday", "rotate certs", "friday"),
        ("rotate certs by Friday.", "rotate certs", "friday"),
        ("rotate certs, due next friday at 5pm cet", "rotate certs", "next friday at 5pm cet"),
        ("ship the fix by 1/12", "ship the fix", "1/12"),
        ("fix it in 3 days", "fix it", "in 3 days"),
        ("fix it tomorrow 17:00", "fix it", "tomorrow 17:00"),
        ("add an alert eow", "add an alert", "eow"),
        ("add an alert 2026-12-01", "add an alert", "2026-12-01"),
        ("use TLS 1.3 by the end of next week", "use TLS 1.3", "the end of next week"),
        ("review the docs by Ana", "review the docs by Ana", ""),
        ("raise retention to 30d", "raise retention to 30d", ""),
        ("write it by hand", "write it by hand", ""),
        ("check the monday report", "check the monday report", ""),
        ("sync with the sun team", "sync with the sun team", ""),
        ("friday", "friday", ""),
        ("", "", ""),
    ],
)
def test_a_date_at_the_end_of_a_task_is_split_off(sentence: str, task: str, due: str) -> None:
    assert split_due(sentence) == (task, due)


MOMENTS = st.integers(0, 189216000).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Apia"])
ALWAYS_AHEAD = st.sampled_from(
    ["friday", "next monday", "tomorrow", "today", "eod", "eow", "eom", "eoq", "2w", "+1d", "17:00",
     "the 31st", "29 feb", "q2", "in 5 business days", "in 2 hours", "sunday 23:59"]
)  # fmt: skip


@given(text=ALWAYS_AHEAD, now=MOMENTS, zone=ZONES.map(ZoneInfo))
def test_what_names_a_time_to_come_is_always_ahead(
    text: str, now: datetime, zone: ZoneInfo
) -> None:
    if now.astimezone(zone).time() >= time(23, 59):
        return  # the day's last minute is all that is left of today

    assert parse_due(text, now, zone).at > now


@given(day=st.dates(date(2026, 11, 19), date(2031, 12, 31)), clock=st.times())
def test_a_date_written_out_is_read_as_written(day: date, clock: time) -> None:
    minute = clock.replace(second=0, microsecond=0)

    found = parse_due(f"{day} {minute:%H:%M}", NOW, ZoneInfo("UTC"))

    assert found.at == datetime.combine(day, minute, UTC)


@given(text=st.text(max_size=60))
def test_no_text_at_all_breaks_the_grammar(text: str) -> None:
    with suppress(Refused):
        assert parse_due(text, NOW, BERLIN).at > NOW
    task, due = split_due(text)
    assert due or task == " ".join(text.split())


def test_an_echo_says_day_clock_zone_and_distance() -> None:
    at = NOW + timedelta(days=9, hours=3)

    assert echo(at, NOW, BERLIN) == "Fri 27 Nov 2026 17:00 CET (in 9 d)"
