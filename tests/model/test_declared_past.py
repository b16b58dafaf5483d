"""Times in the words that declare."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.errors import Refused
from incidents.model.declaring import Wish, parse_declaration
from incidents.model.past import read_past
from incidents.model.severity import Severity

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 18, 9, 40, tzinfo=UTC)


def parsed(text: str) -> Wish:
    zone = ZoneInfo("UTC")
    return parse_declaration(text, lambda _: None, lambda typed: read_past(typed, NOW, zone))


@pytest.mark.parametrize(
    "text",
    [
        "checkout 5xx sev2 at 09:40",
        "checkout 5xx at 09:40 sev2",
        "--started 09:40 checkout 5xx sev2",
        "checkout 5xx --started=09:40 sev2",
        "checkout 5xx since 2026-11-18 09:40 sev2",
    ],
)
def test_a_start_is_taken_out_of_the_title(text: str) -> None:
    wish = parsed(text)

    assert (wish.title.raw, wish.started_at) == ("checkout 5xx", MORNING)
    assert wish.severity is Severity.SEV2


@pytest.mark.parametrize(
    "title", ["the job at 03:00 fails", "stuck at 100 percent", "look at 25:99", "at the bank"]
)
def test_a_title_with_a_time_in_it_stays_whole(title: str) -> None:
    assert (parsed(title).title.raw, parsed(title).started_at) == (title, None)


def test_what_is_over_has_a_start_and_an_end() -> None:
    wish = parsed("dns was away --started yesterday 22:10 --ended 09:40 --retrospective sev3")

    assert wish.title.raw == "dns was away"
    assert wish.started_at == datetime(2026, 11, 17, 22, 10, tzinfo=UTC)
    assert wish.ended_at == MORNING


@pytest.mark.parametrize("text", ["x --retrospective", "x --ended 09:40", "x --started soon"])
def test_what_is_missing_is_asked_for(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parsed(text)

    assert refusal.value.instead


def test_ago_counts_from_now() -> None:
    assert parsed("x --started 20 min ago sev1").started_at == NOW - timedelta(minutes=20)
