"""Rooms out: judged each tick, one incident for each outage."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from actions.traffic import (
    BY_ANA,
    CHECKOUT,
    HOUR,
    MINUTE,
    OBJECTIVES,
    SEARCH,
    START,
    TICK,
    Traffic,
    all_incidents,
    desk_on,
    kinds,
    resolve,
    steps,
    told,
)
from sqlalchemy import func, select

from incidents.actions import lifecycle
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import evaluate, tidy
from incidents.actions.watching import watch
from incidents.model.burn import Loudness
from incidents.model.episode import Step
from incidents.model.ids import IncidentNumber, ServiceName
from incidents.model.objective import SLOName
from incidents.model.severity import Severity
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.store import episodes
from incidents.store.engine import Store
from incidents.store.slo_tables import sli_batch_seen


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_on(store)


def test_an_outage_opens_one_room_with_severity_from_burn_and_tier(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)

    found = traffic.passes(10, CHECKOUT, good=3000, bad=3000)

    (incident,) = all_incidents(desk)
    assert incident.title.raw == "checkout/availability has spent its error budget"
    assert incident.severity is Severity.SEV1
    assert incident.services == ("checkout",)
    assert incident.open_key == "slo/checkout/availability"
    assert incident.started_at == START
    assert incident.detected_by == "slo"
    assert incident.facts["slo"] == CHECKOUT
    assert steps(found).count(Step.OPEN) == 1
    assert told(desk, "open_room") == ["INC-1/room"]
    assert Kind.SLO_BURN in kinds(desk, 1)
    assert Kind.SLO_NOTICE in kinds(desk, 1)


def test_a_calm_service_writes_nothing(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)

    found = traffic.passes(5, CHECKOUT)

    assert [tick.judged for tick in found] == [0] * 5
    assert all_incidents(desk) == ()


def test_a_total_outage_is_found_within_a_minute(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    now = START
    for tick in range(1, 8):
        ingest(desk, [traffic.reading(CHECKOUT, now, 0, 1000)], now)
        now += TICK
        evaluate(desk, traffic.watch, now)
        if all_incidents(desk):
            assert tick <= 6
            return
    pytest.fail("no incident after 70 seconds")


def test_two_slos_that_burn_get_a_room_each(desk: Desk) -> None:
    traffic = Traffic(desk)

    traffic.passes(3, CHECKOUT, good=0, bad=6000)
    traffic.passes(3, SEARCH, good=0, bad=6000)

    assert {one.open_key for one in all_incidents(desk)} == {
        "slo/checkout/availability",
        "slo/search/latency",
    }
    search = next(one for one in all_incidents(desk) if "search" in one.title.raw)
    assert search.severity is Severity.SEV3


def test_it_grows_worse_in_place(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.weeks(CHECKOUT, per_hour=60_000)
    late = [traffic.reading(CHECKOUT, START - MINUTE * m, 991, 9) for m in range(1, 356)]
    ingest(desk, late, START)
    traffic.passes(2, CHECKOUT, good=991, bad=9)
    (before,) = all_incidents(desk)

    traffic.passes(20, CHECKOUT, good=500, bad=500)

    (after,) = all_incidents(desk)
    assert before.title.raw == "checkout/availability is burning its error budget"
    assert (before.severity, after.severity) == (Severity.SEV2, Severity.SEV1)
    assert Kind.SEVERITY in kinds(desk, 1)


def test_a_severity_that_people_lowered_is_not_raised_again_and_again(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    lifecycle.set_severity(
        desk, IncidentNumber(1), Severity.SEV3, why="a test shop", by=BY_ANA, now=traffic.now
    )

    traffic.passes(10, CHECKOUT, good=0, bad=6000)

    assert all_incidents(desk)[0].severity is Severity.SEV3


def test_when_it_stops_the_record_says_so_and_people_decide(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)

    found = traffic.passes(45, CHECKOUT)

    (incident,) = all_incidents(desk)
    assert Step.CLOSE in steps(found)
    assert Kind.SLO_RECOVERED in kinds(desk, 1)
    assert incident.is_open


def test_a_second_burst_after_a_quiet_minute_is_the_same_episode(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    traffic.passes(35, CHECKOUT)

    traffic.passes(5, CHECKOUT, good=0, bad=6000)

    assert len(all_incidents(desk)) == 1


def test_silence_freezes_and_never_ends_an_incident(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)

    found = traffic.passes(120)

    assert Step.CLOSE not in steps(found)
    assert found[-1].frozen == (CHECKOUT,)
    with desk.look() as connection:
        assert CHECKOUT in episodes.running(connection)
    assert all_incidents(desk)[0].is_open


def test_what_is_resolved_and_burns_on_is_the_next_incident(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    resolve(desk, 1, traffic.now)

    traffic.passes(30, CHECKOUT, good=0, bad=6000)
    assert len(all_incidents(desk)) == 1
    traffic.passes(20, CHECKOUT, good=0, bad=6000)

    assert [one.number for one in all_incidents(desk)] == [2, 1]


def test_a_new_outage_after_the_end_of_the_last_is_a_new_incident(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    traffic.passes(10, CHECKOUT)
    resolve(desk, 1, traffic.now)
    traffic.passes(45, CHECKOUT)

    traffic.passes(5, CHECKOUT, good=0, bad=6000)

    assert len(all_incidents(desk)) == 2


def test_an_outage_that_returns_while_people_work_stays_in_their_room(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    traffic.passes(60, CHECKOUT)

    found = traffic.passes(5, CHECKOUT, good=0, bad=6000)

    assert Step.OPEN in steps(found)
    assert len(all_incidents(desk)) == 1
    assert kinds(desk, 1).count(Kind.SLO_BURN) >= 2


def test_few_failures_wake_nobody_and_tell_the_owner(desk: Desk) -> None:
    traffic = Traffic(desk)

    found = traffic.passes(1, CHECKOUT, good=10, bad=2)

    assert [outcome.loudness for tick in found for outcome in tick.outcomes] == [Loudness.TICKET]
    assert all_incidents(desk) == ()
    assert len(told(desk, "direct")) == 1


def test_a_ticket_that_turns_into_a_page_opens_the_room(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(1, CHECKOUT, good=10, bad=2)

    found = traffic.passes(1, CHECKOUT, good=10, bad=200)

    assert Step.LOUDER in steps(found)
    assert len(all_incidents(desk)) == 1


def test_each_notice_is_given_once(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(SEARCH, per_minute=60_000)

    found = traffic.passes(40, SEARCH, good=58_400, bad=1600)

    given = [notice for tick in found for one in tick.outcomes for notice in one.notices]
    assert given == [25]
    assert len(told(desk, "direct")) == 0  # nobody owns search


def test_after_a_restart_the_rings_are_what_they_were(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, hours=2)
    traffic.passes(7, CHECKOUT, good=6000, bad=3)
    ingest(desk, [traffic.reading(CHECKOUT, traffic.now + TICK, 5, 5)], traffic.now)
    lived = traffic.watch
    evaluate(desk, lived, traffic.now)

    traffic.restarts()

    assert traffic.watch.position == lived.position
    for later in (0, 10, 20, 300):
        for rings in (lived.rings, traffic.watch.rings):
            rings.advance(traffic.now + timedelta(seconds=later))
        for window in lived.rings.windows:
            assert np.array_equal(lived.rings.sums(window), traffic.watch.rings.sums(window))


def test_a_restart_in_an_outage_opens_no_second_room_and_says_nothing_twice(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    before = kinds(desk, 1)

    traffic.restarts()
    found = evaluate(desk, traffic.watch, traffic.now)

    assert found.outcomes == ()
    assert kinds(desk, 1) == before


def test_two_processes_that_watch_open_one_room(desk: Desk) -> None:
    one, other = Traffic(desk), Traffic(desk)
    ingest(desk, [one.reading(CHECKOUT, START, 0, 6000)], START)

    evaluate(desk, one.watch, START + MINUTE)
    evaluate(desk, other.watch, START + MINUTE)

    assert len(all_incidents(desk)) == 1


def test_one_slo_that_cannot_be_settled_does_not_stop_the_others(desk: Desk) -> None:
    with desk.store.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER poison BEFORE INSERT ON episode WHEN NEW.slo LIKE 'checkout%' "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
            if desk.store.is_sqlite
            else f"ALTER TABLE episode ADD CONSTRAINT poison CHECK (slo <> '{CHECKOUT}')"
        )
    traffic = Traffic(desk)
    ingest(desk, [traffic.reading(CHECKOUT, START, 0, 6000)], START)
    ingest(desk, [traffic.reading(SEARCH, START, 0, 6000)], START)

    with pytest.raises(ExceptionGroup, match="some budgets could not be settled") as raised:
        evaluate(desk, traffic.watch, START + MINUTE)

    (error,) = raised.value.exceptions
    assert error.__notes__ == ["while settling checkout/availability"]
    assert [one.open_key for one in all_incidents(desk)] == ["slo/search/latency"]


def test_a_watch_that_slept_past_the_journal_rebuilds_from_the_buckets(desk: Desk) -> None:
    traffic = Traffic(desk)
    ingest(desk, [traffic.reading(CHECKOUT, START, 100, 0)], START)
    later = START + timedelta(days=2)
    tidy(desk, later)
    ingest(desk, [traffic.reading(CHECKOUT, later - MINUTE, 100, 0)], later)

    evaluate(desk, traffic.watch, later)

    good, _ = traffic.watch.rings.sums(timedelta(days=28))
    assert int(good[traffic.watch.rings.column[CHECKOUT]]) == 200


def test_tidying_forgets_nothing_that_could_be_counted_twice(desk: Desk) -> None:
    reading = Reading(CHECKOUT, START, 100, 0, "edge-1", 1)
    ingest(desk, [reading], START)

    for hours in (1, 5, 6, 7, 8, 24, 100):
        now = START + hours * HOUR
        tidy(desk, now)
        assert ingest(desk, [reading], now).accepted == 0

    with desk.look() as connection:
        seen = connection.execute(select(func.count()).select_from(sli_batch_seen)).scalar()
        assert seen == 0


def test_a_changed_definition_starts_with_a_clean_slate(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(SEARCH, per_minute=60_000)
    traffic.passes(40, SEARCH, good=58_400, bad=1600)
    changed = replace(desk, objectives=(replace(OBJECTIVES[1], target=Fraction(995, 1000)),))

    found = evaluate(changed, watch(changed, traffic.now), traffic.now)

    assert [one.notices[0] for one in found.outcomes] == [25]


def test_an_slo_of_a_service_that_is_not_in_the_catalogue_still_opens_a_room(desk: Desk) -> None:
    ghost = replace(OBJECTIVES[0], slo=SLOName("ghost/up"), service=ServiceName("ghost"))
    haunted = replace(desk, objectives=(ghost,))
    traffic = Traffic(haunted)

    traffic.passes(5, ghost.slo, good=0, bad=6000)

    (incident,) = all_incidents(desk)
    assert incident.services == ()
    assert incident.severity is Severity.SEV3


def test_a_budget_that_burns_again_soon_after_the_end_opens_the_same_incident_again(
    desk: Desk,
) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=0, bad=6000)
    traffic.passes(40, CHECKOUT)
    resolve(desk, 1, traffic.now)
    traffic.passes(10, CHECKOUT)

    traffic.passes(5, CHECKOUT, good=0, bad=6000)

    assert [one.number for one in all_incidents(desk)] == [1]
    assert all_incidents(desk)[0].is_open
    assert Kind.REOPENED in kinds(desk, 1)


def test_a_budget_of_a_service_that_is_in_an_open_incident_burns_in_its_room(desk: Desk) -> None:
    order = Declare(clean("checkout is slow"), services=("checkout",))
    declare(desk, order, by=BY_ANA, now=START)
    traffic = Traffic(desk)

    traffic.passes(5, CHECKOUT, good=0, bad=6000)

    assert [one.number for one in all_incidents(desk)] == [1]
    assert Kind.SLO_BURN in kinds(desk, 1)
