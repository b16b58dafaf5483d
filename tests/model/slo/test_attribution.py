"""Whose failures are whose: every moment of an outage belongs to one incident, or to nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.attribution import Claim, Stretch, divided, pauses, together, without
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.timeline import Entry, Kind

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ONE, TWO, THREE = IncidentNumber(1), IncidentNumber(2), IncidentNumber(3)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def during(start: int, end: int) -> Stretch:
    return Stretch(at(start), at(end))


def entry(kind: Kind, minute: int, **body: Any) -> Entry:
    moment = at(minute)
    return Entry(
        ONE, minute, f"id-{minute}", moment, moment, PersonId("U1"), "slack", kind, body,
        None, None, "", "",
    )  # fmt: skip


def test_an_incident_that_this_slo_opened_comes_before_an_older_one() -> None:
    older = Claim(ONE, (during(0, 60),))
    its_own = Claim(TWO, (during(20, 40),), is_its_own=True)

    assert divided([older, its_own]) == {
        ONE: (during(0, 20), during(40, 60)),
        TWO: (during(20, 40),),
    }


def test_among_equals_the_one_that_began_first_comes_first_and_then_the_lower_number() -> None:
    claims = [
        Claim(THREE, (during(0, 30),)),
        Claim(TWO, (during(0, 30),)),
        Claim(ONE, (during(10, 50),)),
    ]

    assert divided(claims) == {TWO: (during(0, 30),), ONE: (during(30, 50),), THREE: ()}


def test_while_a_reopened_incident_was_over_it_takes_nothing() -> None:
    entries = [
        entry(Kind.RESOLVED, 31, impact_end=at(30).isoformat()),
        entry(Kind.REOPENED, 50),
        entry(Kind.RESOLVED, 71, impact_end=at(70).isoformat()),
    ]

    gaps = pauses(entries)

    assert gaps == (during(30, 50),)
    assert without(during(0, 70), gaps) == (during(0, 30), during(50, 70))


def test_a_reopening_that_was_undone_and_done_again_is_one_pause() -> None:
    entries = [
        entry(Kind.RESOLVED, 31, impact_end=at(30).isoformat()),
        entry(Kind.REOPENED, 40),
        entry(Kind.UNDONE, 41),
        entry(Kind.REOPENED, 60),
    ]

    assert without(during(0, 70), pauses(entries)) == (during(0, 30), during(60, 70))


def test_what_was_called_off_and_taken_up_again_pauses_from_then_on() -> None:
    assert pauses([entry(Kind.CANCELLED, 10), entry(Kind.REOPENED, 12)]) == (during(10, 12),)


minutes = st.integers(0, 40)
stretches = st.builds(lambda a, b: during(min(a, b), max(a, b)), minutes, minutes)
claims = st.lists(
    st.tuples(st.lists(stretches, max_size=4), st.booleans()), max_size=5
).map(
    lambda drawn: [
        Claim(IncidentNumber(place), together(some), is_its_own)
        for place, (some, is_its_own) in enumerate(drawn)
    ]
)  # fmt: skip


@given(claims, st.lists(st.integers(0, 9), min_size=41, max_size=41))
def test_what_incidents_took_and_the_rest_are_all_failures(
    some: list[Claim], failures: list[int]
) -> None:
    shares = divided(some)

    taken = {
        number: sum(
            failures[minute]
            for minute in range(41)
            for piece in pieces
            if piece.start <= at(minute) < piece.end
        )
        for number, pieces in shares.items()
    }
    claimed = [
        any(piece.start <= at(minute) < piece.end for one in some for piece in one.stretches)
        for minute in range(41)
    ]
    rest = sum(failures[minute] for minute in range(41) if not claimed[minute])
    assert sum(taken.values()) + rest == sum(failures)


@given(claims)
def test_nobody_gets_more_than_they_claim(some: list[Claim]) -> None:
    shares = divided(some)

    for claim in some:
        for piece in shares[claim.incident]:
            assert any(one.start <= piece.start and piece.end <= one.end for one in claim.stretches)
