"""What if, over what was really counted: it is what then happens, and nothing is written."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

from incidents.actions.desk import Desk
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import evaluate
from incidents.actions.watching import watch
from incidents.catalog.catalog import Catalog
from incidents.errors import NotFound, Refused
from incidents.model.burn import Loudness
from incidents.model.episode import Step
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.rolling import Sample
from incidents.model.services import Service, Services
from incidents.queries import slo as asked
from incidents.queries.what_if import Outlook, Question, outlook
from incidents.store import sli_journal, tables
from incidents.store import slo as store_slo
from incidents.store.engine import Store

START = datetime(2026, 11, 21, 10, 20, tzinfo=UTC)
TICK, MINUTE, HOUR = timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1)
CHECKOUT = SLOName("checkout/availability")
SERVICE = ServiceName("checkout")
OBJECTIVES = (
    Objective(slo=CHECKOUT, service=SERVICE, target=Fraction("0.999"), window=timedelta(days=28)),
)


@pytest.fixture
def desk(store: Store) -> Desk:
    services = Services({SERVICE: Service(SERVICE, "Checkout", 1)})
    return Desk(store, Catalog(services), objectives=OBJECTIVES)


def reports(desk: Desk, at: datetime, *, good: int, bad: int = 0) -> None:
    reading = Reading(CHECKOUT, at, good, bad, "edge-1", int(at.timestamp()))
    ingest(desk, [reading], max(at, START))


def past(desk: Desk, *, hours: int = 5, bad: int = 0) -> None:
    """Hours of 6000 events a minute, evenly."""
    readings = [
        Reading(CHECKOUT, START - TICK * tick, 1000 - bad, bad, "edge-0", tick)
        for tick in range(1, hours * 360 + 1)
    ]
    assert ingest(desk, readings, START).refused == ()


def weeks(desk: Desk) -> None:
    """Four weeks of as many, up to the hours of `past`, as an earlier life left them."""
    with desk.store.write() as connection:
        sli_journal.hold(connection)
        samples = [Sample(CHECKOUT, START - HOUR * back, 360_000, 0) for back in range(6, 28 * 24)]
        store_slo.take(connection, samples, START)


def ask(desk: Desk, question: Question) -> Outlook:
    with desk.look() as connection:
        return outlook(desk, connection, CHECKOUT, question, START)


def opened_after(desk: Desk, *, good: int, bad: int) -> timedelta:
    """How long it really takes until an alert opens, at so many events in each tick."""
    watching, now = watch(desk, START), START
    for _ in range(60):
        reports(desk, now, good=good, bad=bad)
        now += TICK
        if Step.OPEN in [one.step for one in evaluate(desk, watching, now).outcomes]:
            return now - START
    raise AssertionError("no alert in ten minutes")


def rows(desk: Desk) -> dict[str, int]:
    with desk.look() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar() or 0
            for table in tables.metadata.sorted_tables
        }


def test_the_page_that_is_foreseen_comes_at_that_tick(desk: Desk) -> None:
    weeks(desk)
    past(desk)
    page, *louder = ask(desk, Question(errors=Fraction("0.3"), lasting=HOUR)).alerts

    opened = opened_after(desk, good=700, bad=300)

    assert page.loudness is Loudness.PAGE
    assert all(one.fires_in > page.fires_in for one in louder)
    assert opened == page.fires_in


def test_running_out_is_a_page_of_its_own(desk: Desk) -> None:
    past(desk)  # 1 800 000 events, of which 1800 may fail: six ticks of 300

    found = ask(desk, Question(errors=Fraction("0.3"), lasting=HOUR))

    first = found.alerts[0]
    assert first.because == "100 % of the 28 d budget is spent"
    assert (first.loudness, first.ends_in) == (Loudness.PAGE, found.back_in)
    assert opened_after(desk, good=700, bad=300) == first.fires_in


def test_it_writes_nothing(desk: Desk) -> None:
    past(desk, hours=1)
    before = rows(desk)

    ask(desk, Question(Fraction(3), Fraction("0.002"), 6 * HOUR))

    assert rows(desk) == before


def test_nothing_changed_is_what_the_forecast_says(desk: Desk) -> None:
    past(desk, hours=2, bad=2)

    found = ask(desk, Question())
    with desk.look() as connection:
        budget = asked.budget_named(desk, connection, CHECKOUT, START)

    assert budget is not None
    assert (found.runs_out_in, found.burn) == (budget.runs_out_in, 2)
    assert float(found.remaining) == budget.remaining
    assert found.before == found.assumed == (360_000, Fraction(2, 1000))


def test_three_times_the_traffic_with_twice_the_errors_allowed_for_six_hours(desk: Desk) -> None:
    past(desk, hours=2)

    found = ask(desk, Question(Fraction(3), Fraction("0.002"), 6 * HOUR))

    # 2 hours of 360 000 good events; 0.2 % of 1 080 000 in an hour fail.
    assert found.assumed == (1_080_000, Fraction("0.002"))
    assert found.runs_out_in == timedelta(hours=Fraction(720_000, 1_080_000).__float__())
    assert dict(found.left)[HOUR] == 1 - Fraction(2160, 1800)
    assert [one.percent for one in found.notices] == [25, 50, 75, 90, 100]
    assert found.back_in is not None
    assert [one.loudness for one in found.alerts] == [Loudness.PAGE, Loudness.TICKET]


def test_without_traffic_in_the_last_hour_it_starts_from_the_whole_window(desk: Desk) -> None:
    reports(desk, START - 3 * HOUR, good=672_000)

    found = ask(desk, Question())

    assert found.measured == timedelta(days=28)
    assert found.before == (1000, 0)
    assert found.runs_out_in is None
    assert found.alerts == ()


def test_without_any_data_or_such_an_slo_it_says_so(desk: Desk) -> None:
    with pytest.raises(Refused, match="Nothing has been counted for checkout/availability in 28 d"):
        ask(desk, Question())
    with desk.look() as connection, pytest.raises(NotFound, match="no SLO called none/such"):
        outlook(desk, connection, "none/such", Question(), START)
