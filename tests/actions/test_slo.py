"""Samples in, rooms out: counted once, judged each tick, one incident for each outage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from sqlalchemy import func, select

from incidents.actions import lifecycle
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk, Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.slo import (
    Evaluated,
    Ingested,
    Reading,
    Watch,
    evaluate,
    ingest,
    ingest_together,
    tidy,
    watch,
)
from incidents.catalog.catalog import Catalog
from incidents.model.burn import Loudness
from incidents.model.episode import Step
from incidents.model.ids import IncidentNumber, PersonId, ServiceName, TeamName
from incidents.model.incident import Incident
from incidents.model.objective import Objective, SLOName
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.rolling import Sample
from incidents.model.services import Service, Services, Team
from incidents.model.severity import Severity
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.queries import slo as asked
from incidents.store import episodes, incidents, outbox_view, people, timeline
from incidents.store import slo as store_slo
from incidents.store.engine import Store
from incidents.store.slo_tables import sli_batch_seen, sli_bucket, sli_sample

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
TICK, MINUTE, HOUR = timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1)
CHECKOUT, SEARCH = SLOName("checkout/availability"), SLOName("search/latency")
ANA = Person(PersonId("U1"), "ana", "Ana")
BY_ANA = Origin(ANA.id, "slack")

CATALOG = Catalog(
    services=Services(
        {
            ServiceName("checkout"): Service(
                ServiceName("checkout"), "Checkout", 1, TeamName("storefront")
            ),
            ServiceName("search"): Service(ServiceName("search"), "Search", 3),
        }
    ),
    teams={
        TeamName("storefront"): Team(
            TeamName("storefront"), "Storefront", (Handle("ana"),), Handle("ana")
        )
    },
)
OBJECTIVES = (
    Objective(
        slo=CHECKOUT,
        service=ServiceName("checkout"),
        target=Fraction(999, 1000),
        window=timedelta(days=28),
    ),
    Objective(
        slo=SEARCH,
        service=ServiceName("search"),
        target=Fraction(99, 100),
        window=timedelta(days=7),
    ),
)


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store, CATALOG, objectives=OBJECTIVES)
    with store.write() as connection:
        people.remember(connection, ANA, START)
    return made


class Traffic:
    """Services that report every minute, and a watch that ticks after each report."""

    def __init__(self, desk: Desk, now: datetime = START) -> None:
        self.desk, self.now, self.seq = desk, now, 0
        self.watch: Watch = watch(desk, now)

    def history(self, slo: SLOName, per_minute: int = 6000, *, hours: int = 5) -> None:
        """A past without failures."""
        readings = [
            self.reading(slo, START - MINUTE * minute, per_minute, 0)
            for minute in range(1, hours * 60 + 1)
        ]
        assert ingest(self.desk, readings, START).refused == ()

    def weeks(self, slo: SLOName, per_hour: int) -> None:
        """Four weeks without failures up to 7 hours ago, as an earlier life left them."""
        hours = range(7, 28 * 24)
        samples = [Sample(slo, START - HOUR * hour, per_hour, 0) for hour in hours]
        with self.desk.store.write() as connection:
            store_slo.hold(connection)
            store_slo.take(connection, samples, START)
        self.restarts()

    def reading(self, slo: SLOName, at: datetime, good: int, bad: int) -> Reading:
        self.seq += 1
        return Reading(slo, at, good, bad, "edge-1", self.seq)

    def passes(
        self, minutes: int, slo: SLOName | None = None, *, good: int = 6000, bad: int = 0
    ) -> list[Evaluated]:
        """Minutes go by, with these events in each, or with none if no SLO is named."""
        found = []
        for _ in range(minutes):
            if slo is not None:
                ingest(self.desk, [self.reading(slo, self.now, good, bad)], self.now)
            self.now += MINUTE
            found.append(evaluate(self.desk, self.watch, self.now))
        return found

    def restarts(self) -> None:
        self.watch = watch(self.desk, self.now)


def steps(found: Sequence[Evaluated]) -> list[Step]:
    return [outcome.step for tick in found for outcome in tick.outcomes]


def all_incidents(desk: Desk) -> tuple[Incident, ...]:
    with desk.look() as connection:
        return incidents.recent(connection, limit=50)


def told(desk: Desk, kind: str) -> list[str]:
    """What was said to people, in the order it was said."""
    with desk.look() as connection:
        found = outbox_view.listed(connection, states=("pending",), limit=500)
    return [one.key for one in reversed(found) if one.kind == kind]


def kinds(desk: Desk, number: int) -> list[Kind]:
    with desk.look() as connection:
        return [one.kind for one in timeline.entries(connection, IncidentNumber(number))]


def resolve(desk: Desk, number: int, now: datetime) -> None:
    over = Resolution(clean("rolled back"), START, now, clean("checkout was down"))
    lifecycle.resolve(desk, IncidentNumber(number), over, by=BY_ANA, now=now)


def test_a_batch_is_counted_once_however_often_it_comes(desk: Desk) -> None:
    batch = [
        Reading(CHECKOUT, START, 950, 50, "edge-1", 17),
        Reading(CHECKOUT, START, 100, 0, "edge-2", 17),
    ]

    assert ingest(desk, batch, START) == Ingested(2, 0, ())
    assert ingest(desk, batch, START + MINUTE) == Ingested(0, 2, ())

    with desk.look() as connection:
        totals = connection.execute(
            select(sli_bucket.c.tier, sli_bucket.c.good, sli_bucket.c.bad).order_by(
                sli_bucket.c.tier
            )
        ).all()
    assert [tuple(row) for row in totals] == [
        ("10s", 1050, 50),
        ("1h", 1050, 50),
        ("5min", 1050, 50),
    ]


def test_the_same_reading_twice_in_one_batch_counts_once_and_the_first_counts(desk: Desk) -> None:
    batch = [
        Reading(CHECKOUT, START, 950, 50, "edge-1", 17),
        Reading(CHECKOUT, START, 1, 1, "edge-1", 17),
    ]

    assert ingest(desk, batch, START) == Ingested(1, 1, ())
    with desk.look() as connection:
        assert connection.execute(select(sli_sample.c.good)).scalar_one() == 950


def test_batches_that_are_counted_together_get_their_own_answers(desk: Desk) -> None:
    traffic = Traffic(desk)
    first, second = (traffic.reading(CHECKOUT, START, good, 0) for good in (10, 20))
    unknown = replace(second, slo=SLOName("no/such"), seq=77)

    taken = ingest_together(desk, [[first, unknown], [], [first, second], [second]], START)

    assert taken == (
        Ingested(1, 0, ((1, "there is no SLO called no/such"),)),
        Ingested(0, 0, ()),
        Ingested(1, 1, ()),
        Ingested(0, 1, ()),
    )
    with desk.look() as connection:
        assert connection.execute(select(func.sum(sli_sample.c.good))).scalar() == 30


def test_what_makes_no_sense_is_refused_by_its_place_and_the_rest_is_taken(desk: Desk) -> None:
    batch = [
        Reading(SLOName("no/such"), START, 1, 0, "edge-1", 1),
        Reading(CHECKOUT, START, 1, 0, "edge-1", 2),
        Reading(CHECKOUT, START - 7 * HOUR, 1, 0, "edge-1", 3),
        Reading(CHECKOUT, START + HOUR, 1, 0, "edge-1", 4),
        Reading(CHECKOUT, START, -1, 0, "edge-1", 5),
        Reading(CHECKOUT, START, 1, 0, "", 6),
        Reading(CHECKOUT, START.replace(tzinfo=None), 1, 0, "edge-1", 7),
    ]

    found = ingest(desk, batch, START)

    assert (found.accepted, found.repeated) == (1, 0)
    assert found.refused == (
        (0, "there is no SLO called no/such"),
        (2, "it is 7 h old, and at most 6 h are taken"),
        (3, "it lies 1 h in the future"),
        (4, "counts lie between 0 and 1000000000000"),
        (5, "it needs a source of at most 120 letters, and a seq from 0 up"),
        (6, "its time has no zone"),
    )


def test_a_refused_reading_may_come_again_once_it_is_right(desk: Desk) -> None:
    early = Reading(CHECKOUT, START + HOUR, 1, 0, "edge-1", 1)

    assert ingest(desk, [early], START).accepted == 0
    assert ingest(desk, [early], START + HOUR).accepted == 1


def test_an_empty_batch_is_nothing(desk: Desk) -> None:
    assert ingest(desk, [], START) == Ingested(0, 0, ())


def test_the_journal_has_no_gaps(desk: Desk) -> None:
    for seq in range(5):
        ingest(
            desk,
            [
                Reading(CHECKOUT, START, 1, 0, "a", seq),
                Reading(SEARCH, START, 1, 0, "b", seq),
                Reading(SEARCH, START, 1, 0, "b", seq),
            ],
            START,
        )

    with desk.look() as connection:
        found = connection.execute(select(sli_sample.c.seq).order_by(sli_sample.c.seq)).scalars()
        assert list(found) == list(range(1, 11))


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
    late = [traffic.reading(CHECKOUT, START - MINUTE * m, 991, 9) for m in range(1, 300)]
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
    assert int(good[0]) == 200


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


def test_the_budget_of_an_incident_is_on_its_card(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=3000, bad=3000)
    (incident,) = all_incidents(desk)

    with desk.look() as connection:
        (budget,) = asked.budgets_of(desk, connection, incident, traffic.now)

    assert budget.slo == CHECKOUT
    assert budget.incident == 1
    assert budget.counts.bad == 15_000
    assert budget.is_exhausted
    assert budget.loudness is Loudness.PAGE
    assert budget.because.startswith("99.18 % good over 28 d, target 99.9 %; burning ")
    assert budget.because.endswith("; spent; INC-1")


def test_what_queries_tell_is_what_the_rings_count(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(17, CHECKOUT, good=5990, bad=10)

    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, traffic.now)

    assert budget is not None
    rings = traffic.watch.rings
    figures = rings.figures(CHECKOUT, rings.windows, history=budget.window)
    assert budget.counts == figures.counts[budget.window]
    for window, rate in budget.burns:
        counts = figures.counts[window]
        assert rate == pytest.approx(counts.bad / counts.total * 1000)


def test_an_slo_without_data_says_so(desk: Desk) -> None:
    with desk.look() as connection:
        checkout, search = asked.all_budgets(desk, connection, START)

    assert (checkout.because, checkout.is_frozen) == ("no data yet", True)
    assert (checkout.remaining, checkout.sli, checkout.burn) == (1.0, None, None)
    assert search.because == "no data yet"


def test_a_budget_without_recent_data_is_shown_as_frozen(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, hours=1)

    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, START + HOUR)

    assert budget is not None
    assert budget.is_frozen
    assert budget.because == (
        "100 % good over 28 d, target 99.9 %; "
        "no data for 1 h 1 min, so nothing fires and nothing ends"
    )


def test_a_spent_budget_says_when_it_is_back(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, per_minute=60_000)
    traffic.passes(1, CHECKOUT, good=0, bad=60_000)
    traffic.passes(180, CHECKOUT, good=60_000)

    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, traffic.now)

    assert budget is not None
    assert budget.is_exhausted
    # Traffic alone brings it back: a thousandth of all events must outgrow 60 000 failures.
    assert budget.back_in is not None
    assert budget.back_in / HOUR == pytest.approx((60_000_000 - 28_860_000) / 3_600_000, abs=0.1)


def test_what_an_incident_cost_is_before_after_and_its_own_share(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT, per_minute=60_000)
    traffic.passes(10, CHECKOUT, good=58_000, bad=2000)
    traffic.passes(10, CHECKOUT, good=60_000)
    resolve(desk, 1, START + 10 * MINUTE)

    with desk.look() as connection:
        incident = incidents.get(connection, IncidentNumber(1))
        assert incident is not None
        (spent,) = asked.spent_by(desk, connection, incident, traffic.now)

    assert spent.bad == 20_000
    assert spent.before == 1
    assert spent.after == 1 - spent.spent
    assert float(spent.spent) == pytest.approx(20_000 / (18_600_000 * 0.001))
    assert spent.history[0] == (START, Fraction(1))
    assert spent.history[-1] == (START + 10 * MINUTE, spent.after)


def test_a_tree_reads_the_worst_slo_of_the_incident(desk: Desk) -> None:
    traffic = Traffic(desk)
    traffic.history(CHECKOUT)
    traffic.passes(5, CHECKOUT, good=3000, bad=3000)
    (incident,) = all_incidents(desk)

    with desk.look() as connection:
        reading = asked.worst_reading(desk, connection, incident, 5 * MINUTE, traffic.now)
        other = replace(incident, services=("search",), facts={})
        nothing = asked.worst_reading(desk, connection, other, HOUR, traffic.now)

    assert reading is not None
    assert (reading.slo, reading.burn, reading.error_ratio) == (CHECKOUT, 500.0, 0.5)
    assert nothing is None


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
