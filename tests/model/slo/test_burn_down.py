"""The course of a budget for a picture: worked out by hand, and against brute force."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.model.burn_down import (
    POINTS,
    BurnDown,
    Grid,
    Mark,
    MarkKind,
    Point,
    grid,
    marks_of,
    points_of,
    sampled,
)
from incidents.model.ids import IncidentNumber, PersonId, ServiceName
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.objective import NOTHING, Counts, Objective, SLOName
from incidents.model.severity import Severity
from incidents.model.text import clean

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHECKOUT = Objective(
    slo=SLOName("checkout/availability"),
    service=ServiceName("checkout"),
    target=Fraction(9, 10),
    window=4 * HOUR,
)
FOUR_HOURS = Grid(NOON - 4 * HOUR, NOON, HOUR)


def incident(number: int, started: datetime, resolved: datetime | None = None) -> Incident:
    return Incident(
        number=IncidentNumber(number), title=clean("5xx"), severity=Severity.SEV2,
        status=Status.RESOLVED if resolved else Status.INVESTIGATING, services=("checkout",),
        source="cli", declared_by=PersonId("U1"), declared_at=started, started_at=started,
        detected_at=started, detected_by="a person", room_name="inc", version=1,
        resolved_at=resolved,
    )  # fmt: skip


def test_failures_take_the_budget_and_give_it_back_when_they_leave_the_window() -> None:
    # 400 events in the window allow 40 failures. Before: 20 of them, all in its first hour.
    before = Counts(380, 20)
    leaving = [(NOON - 8 * HOUR, Counts(80, 20))]
    leaving += [(NOON - HOUR * hour, Counts(100, 0)) for hour in (7, 6, 5)]
    entering = [
        (NOON - 4 * HOUR, Counts(70, 30)),
        (NOON - 3 * HOUR, Counts(100, 0)),
        (NOON - HOUR, Counts(95, 5)),
    ]

    points = points_of(CHECKOUT, FOUR_HOURS, before=before, entering=entering, leaving=leaving)

    # At 9:00 the hour from 4:00, with its 20 failures, has left: of 400 events 30 failed.
    assert points == (
        Point(NOON - 4 * HOUR, Fraction(1, 2), None, NOTHING),
        Point(NOON - 3 * HOUR, Fraction(1, 4), Fraction(3), Counts(70, 30)),
        Point(NOON - 2 * HOUR, Fraction(1, 4), Fraction(0), Counts(100, 0)),
        # 10:00 to 11:00 had no events: 300 are left in the window, of which 30 failed: spent.
        Point(NOON - HOUR, Fraction(0), None, NOTHING),
        Point(NOON, Fraction(-1, 6), Fraction(1, 2), Counts(95, 5)),
    )


def test_a_window_without_events_is_a_gap_and_no_promise_kept() -> None:
    points = points_of(CHECKOUT, FOUR_HOURS, before=NOTHING, entering=[], leaving=[])

    assert {one.left for one in points} == {None}
    assert {one.burn for one in points} == {None}


def test_the_last_stretch_may_be_shorter() -> None:
    until = NOON + timedelta(minutes=20)

    assert Grid(NOON - HOUR, until, HOUR).moments == (NOON, until)
    assert Grid(NOON - HOUR, NOON, HOUR).moments == (NOON,)


@pytest.mark.parametrize(
    ("over", "step"),
    [
        (timedelta(minutes=30), timedelta(seconds=10)),
        (6 * HOUR, timedelta(minutes=2)),
        (DAY, timedelta(minutes=10)),
        (7 * DAY, HOUR),
        (28 * DAY, 4 * HOUR),
        (90 * DAY, 12 * HOUR),
        (372 * DAY, 48 * HOUR),
    ],
)
def test_the_finest_step_that_a_screen_can_show(over: timedelta, step: timedelta) -> None:
    found = grid(NOON + timedelta(seconds=50), over)

    assert found.step == step
    assert over <= found.until - found.since < over + step
    assert len(found.moments) <= POINTS


def test_marks_are_incidents_that_ran_the_windows_edge_and_when_nothing_was_left() -> None:
    shown = Grid(NOON - 8 * HOUR, NOON, HOUR)
    left = [Fraction(1), Fraction(1, 2), Fraction(0), Fraction(-1), Fraction(1), Fraction(-1, 9)]
    points = [
        Point(NOON - HOUR * (len(left) - place), share, None, NOTHING)
        for place, share in enumerate(left)
    ]
    ran = [
        incident(1, NOON - 20 * HOUR, NOON - 9 * HOUR),  # over before
        incident(2, NOON - 9 * HOUR, NOON - 7 * HOUR),
        incident(3, NOON - HOUR),
        incident(4, NOON),  # not begun
    ]

    assert marks_of(CHECKOUT, points, ran, shown) == (
        Mark(MarkKind.INCIDENT, NOON - 8 * HOUR, NOON - 7 * HOUR, "INC-2", IncidentNumber(2)),
        Mark(MarkKind.SPENT, NOON - 4 * HOUR),
        Mark(MarkKind.WINDOW, NOON - 4 * HOUR),
        Mark(MarkKind.INCIDENT, NOON - HOUR, None, "INC-3", IncidentNumber(3)),
        Mark(MarkKind.SPENT, NOON - HOUR),
    )


def test_a_picture_of_the_window_alone_has_no_edge_within() -> None:
    assert marks_of(CHECKOUT, [], [], FOUR_HOURS) == ()


counts = st.builds(Counts, st.integers(0, 50), st.integers(0, 50))


@given(past=st.lists(counts, min_size=12, max_size=12), most=st.integers(2, 9))
def test_every_point_is_what_a_fresh_look_at_its_window_would_say(
    past: list[Counts], most: int
) -> None:
    buckets = [(NOON - HOUR * (12 - place), each) for place, each in enumerate(past)]
    shown = Grid(NOON - 8 * HOUR, NOON, 2 * HOUR)

    def held(at: datetime) -> Counts:
        inside = [each for began, each in buckets if at - 4 * HOUR <= began < at]
        return sum(inside, NOTHING)

    points = points_of(
        CHECKOUT,
        shown,
        before=held(shown.since),
        entering=[one for one in buckets if one[0] >= shown.since],
        leaving=[one for one in buckets if one[0] < NOON - 4 * HOUR],
    )

    for point in points:
        counted = held(point.at)
        share = Fraction(counted.bad, counted.total) / Fraction(1, 10) if counted.total else None
        assert point.left == (None if share is None else 1 - share)
    course = BurnDown(CHECKOUT, shown, points, ())
    fewer = sampled(course, most)
    assert (fewer[0], fewer[-1].at) == (points[0], points[-1].at)
    assert len(fewer) == min(most, len(points))
    assert sum((one.during for one in fewer), NOTHING) == course.whole
