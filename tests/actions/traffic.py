"""Two services with an SLO each, and what they report."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from incidents.actions import lifecycle
from incidents.actions.desk import Desk, Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import Evaluated, evaluate
from incidents.actions.watching import Watch, watch
from incidents.catalog.catalog import Catalog
from incidents.model.episode import Step
from incidents.model.ids import IncidentNumber, PersonId, ServiceName, TeamName
from incidents.model.incident import Incident
from incidents.model.objective import Objective, SLOName
from incidents.model.oncall import Handle
from incidents.model.people import Person
from incidents.model.rolling import Sample
from incidents.model.services import Service, Services, Team
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.store import incidents, outbox_view, people, sli_journal, timeline
from incidents.store import slo as store_slo
from incidents.store.engine import Store

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


def desk_on(store: Store) -> Desk:
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
        """Four weeks without failures up to 7 hours ago, as an earlier life left them.

        Since then there were no events, and that was reported.
        """
        hours, quiet = range(7, 28 * 24), range(1, 7 * 60)
        samples = [Sample(slo, START - HOUR * hour, per_hour, 0) for hour in hours]
        samples += [Sample(slo, START - MINUTE * minute, 0, 0) for minute in quiet]
        with self.desk.store.write() as connection:
            sli_journal.hold(connection)
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
