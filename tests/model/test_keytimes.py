"""The five key times: what is missing, what contradicts what, whose word they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.errors import Refused
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.keytimes import KeyTime, blockers, conflicts, measures, missing, told
from incidents.model.lifecycle import Status
from incidents.model.past import read_past
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.model.timeline import Entry, Kind

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ANA, BO = PersonId("U0ANA"), PersonId("U0BO")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def incident(**times: datetime | None) -> Incident:
    return replace(
        Incident(
            number=IncidentNumber(1),
            title=UserText("checkout 5xx"),
            severity=Severity.SEV2,
            status=Status.RESOLVED,
            services=("checkout",),
            source="slack",
            declared_by=ANA,
            declared_at=at(3),
            started_at=at(0),
            detected_at=at(3),
            detected_by="person",
            room_name="inc-1",
            version=1,
            acknowledged_at=at(5),
            mitigated_at=at(30),
            resolved_at=at(58),
        ),
        **times,  # type: ignore[arg-type]  # any of the times
    )


def entry(seq: int, kind: Kind, body: dict[str, Any], minute: int, by: PersonId = ANA) -> Entry:
    when = at(minute)
    return Entry(
        IncidentNumber(1), seq, f"id-{seq}", when, when, by, "slack", kind, body,
        None, None, "0" * 64, "1" * 64,
    )  # fmt: skip


def test_five_times_in_order_stand_in_nobodys_way() -> None:
    assert blockers(incident()) == ()


def test_what_is_missing_is_named_all_at_once() -> None:
    (blocker,) = blockers(incident(acknowledged_at=None, mitigated_at=None))

    assert blocker.say == "It is not known when INC-1 was acknowledged or mitigated."
    assert blocker.fix == "times"
    assert missing(incident(mitigated_at=None)) == (KeyTime.MITIGATED,)


def test_times_the_wrong_way_round_are_said_in_clear_words() -> None:
    (found,) = conflicts(incident(mitigated_at=at(70)))

    assert found.say == (
        "Resolved (2026-11-18 09:58 UTC) is before mitigated (2026-11-18 10:10 UTC). "
        "What is over does not have to be mitigated any more."
    )


def test_it_may_be_over_before_anybody_noticed() -> None:
    late = incident(detected_at=at(90), acknowledged_at=at(95))

    assert conflicts(late) == ()


def test_seconds_do_not_contradict_a_picker_that_knows_minutes() -> None:
    assert conflicts(incident(detected_at=at(3.5), acknowledged_at=at(3))) == ()


@given(minutes=st.lists(st.integers(0, 10_000), min_size=5, max_size=5))
def test_in_order_means_no_conflict_and_no_length_below_zero(minutes: list[int]) -> None:
    ordered = dict(zip((one.column for one in KeyTime), map(at, sorted(minutes)), strict=True))
    shuffled = dict(zip((one.column for one in KeyTime), map(at, minutes), strict=True))

    assert conflicts(incident(**ordered)) == ()
    assert all(one.length is None or one.length >= timedelta(0)
               for one in measures(incident(**shuffled)))  # fmt: skip


def test_whose_word_a_time_is_comes_from_the_record() -> None:
    record = (
        entry(1, Kind.DECLARED, {"title": "x", "severity": "sev2"}, 3),
        entry(2, Kind.TAKEN, {"role": "commander", "person": BO}, 5, BO),
        entry(3, Kind.STATUS, {"from": "investigating", "to": "monitoring"}, 30, BO),
        entry(4, Kind.KEY_TIME, {"time": "detected", "from": None, "to": at(1).isoformat()}, 40),
    )

    found = told(record)

    assert found[KeyTime.DETECTED].by == ANA
    assert found[KeyTime.DETECTED].because == ""
    assert found[KeyTime.STARTED].because == "as it was declared"
    assert found[KeyTime.ACKNOWLEDGED].by == BO
    assert found[KeyTime.MITIGATED].because == "the status became monitoring"


@pytest.mark.parametrize(("ended", "because"), [
    (58, "the status became monitoring"),
    (20, "at the latest as it was over"),
])  # fmt: skip
def test_what_is_over_was_mitigated_at_the_latest_then(ended: int, because: str) -> None:
    end = {"impact_end": at(ended).isoformat(), "fix": "x"}
    record = (
        entry(1, Kind.STATUS, {"from": "investigating", "to": "monitoring"}, 30, BO),
        entry(2, Kind.RESOLVED, end, 60),
    )

    assert told(record)[KeyTime.MITIGATED].because == because


@pytest.mark.parametrize(
    ("typed", "minutes", "rest"),
    [
        ("09:42 payments is back", -18, "payments is back"),
        ("09:42: payments is back", -18, "payments is back"),
        ("09:42:30 x", -17.5, "x"),
        ("9:42am x", -18, "x"),
        ("08:42 UTC x", -18, "x"),
        ("11:42 x", -22 * 60 - 18, "x"),  # today it is yet to come
        ("yesterday 22:10 x", -11 * 60 - 50, "x"),
        ("2026-11-18 09:10 x", -50, "x"),
        ("2026-11-18T09:10 x", -50, "x"),
        ("20 min ago x", -20, "x"),
        ("2h ago", -120, ""),
    ],
)
def test_a_time_that_is_past_is_read_as_people_mean_it(
    typed: str, minutes: float, rest: str
) -> None:
    found = read_past(typed, START, BERLIN)  # 10:00 in Berlin

    assert found is not None
    assert (found.at - START, found.rest) == (timedelta(minutes=minutes), rest)


@pytest.mark.parametrize("typed", ["payments is back", "10 of 12 pods", "west 10:42", ""])
def test_words_that_begin_with_no_time_have_none(typed: str) -> None:
    assert read_past(typed, START, BERLIN) is None


@pytest.mark.parametrize("typed", ["today 23:10 x", "2026-13-01 10:00", "25:10 x", "10:42:99 x"])
def test_what_is_yet_to_come_or_never_was_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        read_past(typed, START, BERLIN)


@given(st.text(max_size=60), st.integers(0, 5_000_000))
def test_what_is_read_is_never_in_the_future(typed: str, minutes: int) -> None:
    now = at(minutes)
    try:
        found = read_past(typed, now, BERLIN)
    except Refused:
        return

    assert found is None or found.at <= now
