"""Alerts in, rooms out: whatever order their news arrive in, the record is the same."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from incidents import assets
from incidents.actions import lifecycle
from incidents.actions.alerts import Taken, take_alerts
from incidents.actions.changes import Report, record_changes
from incidents.actions.desk import Desk, Origin
from incidents.actions.lifecycle import Resolution
from incidents.actions.places import Came
from incidents.catalog.catalog import Catalog, load_catalog
from incidents.model.alerts import Alert
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.lifecycle import Status
from incidents.model.severity import Severity
from incidents.model.text import NOTHING, clean
from incidents.model.timeline import Kind
from incidents.queries import changes as asked
from incidents.store import alerts, incidents, timeline
from incidents.store.engine import Store
from incidents.store.tables import effect

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANA = Origin(PersonId("U1"), "slack")
ONE = IncidentNumber(1)

FIRED = Alert(
    source="alertmanager",
    fingerprint="c0ffee",
    name="HighErrorRate",
    is_firing=True,
    starts_at=START,
    labels={"alertname": "HighErrorRate", "service": "checkout", "severity": "critical"},
    summary=clean("5xx above 5 %"),
    url="https://prometheus.example.com/graph",
    group='{}:{alertname="HighErrorRate"}',
)
OVER = replace(FIRED, is_firing=False, ends_at=START + 4 * MINUTE)
AGAIN = replace(FIRED, starts_at=START + 6 * MINUTE)
LATE = START + 8 * MINUTE


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(assets.folder("templates") / "init")


@pytest.fixture
def desk(store: Store, catalog: Catalog) -> Desk:
    return Desk(store, catalog)


@pytest.fixture
def light_desk(sqlite_url: str, catalog: Catalog) -> Iterator[Desk]:
    made = Store(sqlite_url)
    yield Desk(made, catalog)
    made.close()


def take(desk: Desk, *given: Alert, now: datetime = START) -> tuple[Taken, ...]:
    return take_alerts(desk, given, now=now)


def came(desk: Desk, *given: Alert, now: datetime = START) -> list[Came]:
    return [one.came for one in take(desk, *given, now=now)]


def resolve(desk: Desk, number: IncidentNumber, now: datetime) -> None:
    ending = Resolution(clean("rolled back"), START, now, NOTHING)
    lifecycle.resolve(desk, number, ending, by=ANA, now=now)


def entries(desk: Desk, number: IncidentNumber = ONE) -> list[tuple[Kind, datetime, str | None]]:
    with desk.look() as connection:
        return [
            (one.kind, one.occurred_at, one.source_key)
            for one in timeline.entries(connection, number)
        ]


def kinds(desk: Desk, number: IncidentNumber = ONE) -> list[Kind]:
    return [kind for kind, _, _ in entries(desk, number)]


def said(desk: Desk, view: str) -> list[dict[str, object]]:
    """What is to be said in rooms in the words of ``view``."""
    query = select(effect.c.args).where(effect.c.kind == "post").order_by(effect.c.seq)
    with desk.look() as connection:
        posts = connection.execute(query).scalars().all()
    return [post["facts"] for post in posts if post["view"] == view]


def test_a_critical_alert_of_a_tier_one_service_opens_a_room(desk: Desk) -> None:
    (taken,) = take(desk, FIRED)

    assert taken == Taken(
        "c0ffee",
        Came.OPENED,
        "sev1: severity is critical, and tier 1; its label service is checkout",
        ONE,
    )
    with desk.look() as connection:
        incident = incidents.get(connection, ONE)
    assert incident is not None
    assert incident.title.raw == "checkout: 5xx above 5 %"
    assert incident.severity is Severity.SEV1
    assert incident.services == ("checkout",)
    assert incident.detected_by == "alert"
    assert incident.facts["severity_because"] == "sev1: severity is critical, and tier 1"


def test_a_repeat_changes_nothing(desk: Desk) -> None:
    take(desk, FIRED)
    before = entries(desk)

    taken = take(desk, FIRED, now=START + 3 * MINUTE)

    assert taken == (Taken("c0ffee", Came.REPEATED, "it fires as it did", ONE),)
    assert entries(desk) == before
    assert len(said(desk, "alert_fired")) == 1


def test_another_alert_of_the_same_service_joins_the_room(desk: Desk) -> None:
    take(desk, FIRED)
    slow = replace(FIRED, fingerprint="beef", name="Latency")

    taken = take(desk, slow)

    assert taken == (Taken("beef", Came.JOINED, "INC-1 is open for checkout", ONE),)
    assert kinds(desk).count(Kind.ALERT_FIRED) == 2


def test_a_worse_alert_makes_the_incident_worse_and_a_milder_one_leaves_it(desk: Desk) -> None:
    page = replace(FIRED, fingerprint="a", labels={**FIRED.labels, "severity": "page"})
    take(desk, page)
    take(desk, FIRED)

    take(desk, replace(page, fingerprint="b"))

    with desk.look() as connection:
        incident = incidents.get(connection, ONE)
    assert incident is not None
    assert incident.severity is Severity.SEV1
    assert kinds(desk).count(Kind.SEVERITY) == 1


def test_the_worst_of_a_delivery_opens_the_room(desk: Desk) -> None:
    warning = replace(FIRED, fingerprint="w", labels={**FIRED.labels, "severity": "warning"})

    taken = take(desk, warning, FIRED)

    assert [(one.fingerprint, one.came) for one in taken] == [
        ("w", Came.NOTED),
        ("c0ffee", Came.OPENED),
    ]


def test_a_warning_alone_opens_nothing_and_is_kept(desk: Desk) -> None:
    warning = replace(FIRED, labels={**FIRED.labels, "severity": "warning"})

    (taken,) = take(desk, warning)

    because = "severity is warning, which wakes nobody, and no incident is open for it"
    assert taken == Taken("c0ffee", Came.KEPT, because)
    with desk.look() as connection:
        kept = alerts.get(connection, "alertmanager", "c0ffee")
        assert not incidents.recent(connection, limit=5)
    assert kept is not None
    assert kept.is_firing


def test_an_alert_that_names_no_service_opens_a_room_and_says_so(desk: Desk) -> None:
    lost = replace(FIRED, labels={"alertname": "HighErrorRate", "severity": "critical", "job": "x"})

    (taken,) = take(desk, lost)

    assert taken.came is Came.OPENED
    assert taken.because.endswith("no service goes by any of job=x")


def test_the_end_of_an_alert_is_said_and_the_incident_stays_open(desk: Desk) -> None:
    other = replace(FIRED, fingerprint="beef", name="Latency")
    take(desk, FIRED, other)

    (taken,) = take(desk, OVER, now=START + 5 * MINUTE)

    assert taken.came is Came.RESOLVED
    with desk.look() as connection:
        incident = incidents.get(connection, ONE)
    assert incident is not None
    assert incident.status is Status.INVESTIGATING
    assert (Kind.ALERT_RESOLVED, START + 4 * MINUTE) in [one[:2] for one in entries(desk)]
    assert said(desk, "alert_resolved") == [
        {
            "alerts": [{"name": "HighErrorRate", "summary": "5xx above 5 %", "url": FIRED.url}],
            "more": 0,
            "key": "INC-1",
            "number": 1,
            "firing": 1,
        }
    ]


@pytest.mark.parametrize("order", list(permutations((FIRED, FIRED, OVER, AGAIN))))
def test_news_in_any_order_lead_to_the_same_record(
    light_desk: Desk, order: tuple[Alert, ...]
) -> None:
    for news in order:
        take(light_desk, news, now=LATE)

    with light_desk.look() as connection:
        kept = alerts.get(connection, "alertmanager", "c0ffee")
        everything = incidents.recent(connection, limit=5)
    assert kept is not None
    assert (kept.is_firing, kept.starts_at, kept.incident) == (True, AGAIN.starts_at, ONE)
    assert [one.number for one in everything] == [ONE]
    told = sorted(str(one[0]) for one in entries(light_desk) if one[0].startswith("alert"))
    assert told == ["alert_fired", "alert_fired", "alert_resolved"]


@pytest.mark.parametrize("order", list(permutations((FIRED, FIRED, OVER, OVER))))
def test_an_end_that_arrives_before_the_beginning_ends_it(
    light_desk: Desk, order: tuple[Alert, ...]
) -> None:
    for news in order:
        take(light_desk, news, now=LATE)

    with light_desk.look() as connection:
        kept = alerts.get(connection, "alertmanager", "c0ffee")
    assert kept is not None
    assert (kept.is_firing, kept.ends_at, kept.incident) == (False, OVER.ends_at, ONE)
    told = [one[:2] for one in entries(light_desk) if one[0].startswith("alert")]
    assert told == [
        (Kind.ALERT_FIRED, START),
        (Kind.ALERT_RESOLVED, START + 4 * MINUTE),
    ]


def test_what_fires_long_after_its_end_with_the_same_beginning_fires_again(desk: Desk) -> None:
    take(desk, FIRED)
    take(desk, OVER, now=START + 4 * MINUTE)
    later = START + 20 * MINUTE

    assert came(desk, FIRED, now=later) == [Came.JOINED]
    assert came(desk, OVER, now=later) == [Came.REPEATED]
    ended = replace(OVER, ends_at=later + MINUTE)
    assert came(desk, ended, now=later + MINUTE) == [Came.RESOLVED]


def test_a_flapping_alert_comes_back_to_its_room(desk: Desk) -> None:
    take(desk, FIRED)
    take(desk, OVER, now=START + 4 * MINUTE)
    resolve(desk, ONE, START + 5 * MINUTE)

    (taken,) = take(desk, AGAIN, now=START + 7 * MINUTE)

    why = "HighErrorRate fires again 2 min after the end of INC-1"
    assert taken == Taken("c0ffee", Came.REOPENED, why, ONE)
    assert Kind.REOPENED in kinds(desk)


def test_a_day_later_it_is_another_outage(desk: Desk) -> None:
    take(desk, FIRED)
    resolve(desk, ONE, START + 5 * MINUTE)
    tomorrow = START + timedelta(days=1)

    (taken,) = take(desk, replace(FIRED, starts_at=tomorrow), now=tomorrow)

    assert (taken.came, taken.incident) == (Came.OPENED, 2)


def test_what_people_just_called_off_does_not_open_a_room_again(desk: Desk) -> None:
    take(desk, FIRED)
    lifecycle.cancel(desk, ONE, why="a test", by=ANA, now=START + MINUTE)

    (taken,) = take(desk, AGAIN, now=START + 7 * MINUTE)

    why = "people called INC-1 off 6 min ago"
    assert taken == Taken("c0ffee", Came.NOTED, why, ONE)
    assert len(said(desk, "alert_fired")) == 1


def down(name: str, severity: str = "page", **more: object) -> Alert:
    """An alert of something that nobody described."""
    labels = {"alertname": name, "severity": severity}
    return replace(FIRED, fingerprint=name, name=name, group=name, labels=labels, **more)


def rooms(desk: Desk) -> list[tuple[str, Severity]]:
    """Title and severity of every incident, in the order they were declared."""
    with desk.look() as connection:
        found = incidents.recent(connection, limit=100)
    return [(one.title.raw, one.severity) for one in reversed(found)]


def test_when_everything_fails_at_once_there_are_few_rooms_and_one_for_the_rest(
    desk: Desk,
) -> None:
    taken = take(desk, *(down(f"Down{n}") for n in range(20)))

    assert [one.came for one in taken] == [*[Came.OPENED] * 4, *[Came.JOINED] * 16]
    assert [title for title, _ in rooms(desk)] == [
        "5xx above 5 %",
        "5xx above 5 %",
        "5xx above 5 %",
        "Alert storm: 5xx above 5 % and more",
    ]
    assert taken[3].because == ("alerts opened 3 rooms within a minute, so the others meet in one")


def test_in_a_storm_the_worst_come_first_and_have_rooms_of_their_own_when_they_are_late(
    desk: Desk,
) -> None:
    take(desk, *(down(f"Down{n}") for n in range(20)), down("Worst", "sev1"))
    late = take(desk, *(down(f"Late{n}", "sev1") for n in range(3)))

    assert [severity.value for _, severity in rooms(desk)] == [
        "sev1",
        "sev3",
        "sev3",
        "sev1",  # the storm's, which was a sev3 until the last one joined it
        "sev1",
        "sev1",
    ]
    assert [(one.came, one.incident) for one in late] == [
        (Came.OPENED, 5),
        (Came.OPENED, 6),
        (Came.JOINED, 4),
    ]


def test_a_storm_of_many_minutes_has_one_room_for_the_rest(desk: Desk) -> None:
    for minute in range(3):
        some = (down(f"Down{minute}-{n}") for n in range(20))
        take(desk, *some, now=START + minute * MINUTE)

    titles = [title for title, _ in rooms(desk)]

    assert len(titles) == 3 * 3 + 1
    assert sum(title.startswith("Alert storm") for title in titles) == 1


def test_what_met_in_a_storm_stays_there(desk: Desk) -> None:
    take(desk, *(down(f"Down{n}") for n in range(6)))
    twin = replace(down("Down5"), fingerprint="another host")

    (taken,) = take(desk, twin, now=START + 5 * MINUTE)

    assert (taken.came, taken.incident) == (Came.JOINED, 4)
    assert taken.because == "INC-4 is where this storm is met"


def test_in_a_storm_the_room_is_told_in_few_messages(desk: Desk) -> None:
    for n in range(30):
        take(desk, replace(FIRED, fingerprint=f"{n}", starts_at=START + n * MINUTE))

    (only,) = said(desk, "alert_fired")
    named = [one["name"] for one in only["alerts"]]
    assert (len(named), only["more"]) == (10, 20)


def test_what_is_being_said_is_not_changed_any_more(desk: Desk) -> None:
    take(desk, FIRED)
    with desk.store.write() as connection:
        connection.execute(update(effect).values(intent_at=START))

    take(desk, replace(FIRED, fingerprint="another"))

    assert [len(one["alerts"]) for one in said(desk, "alert_fired")] == [1, 1]


def test_an_end_stands_between_what_fired_before_and_after_it(desk: Desk) -> None:
    take(desk, FIRED)
    take(desk, OVER, now=START + 4 * MINUTE)
    take(desk, AGAIN, now=START + 6 * MINUTE)

    assert len(said(desk, "alert_fired")) == 2


def test_news_of_one_alert_without_times_keep_their_order_among_others(desk: Desk) -> None:
    fires = replace(FIRED, source="generic", starts_at=None)
    is_over = replace(fires, is_firing=False)

    take(desk, fires)
    found = came(desk, is_over, fires, down("Worse", "sev1"), now=START + MINUTE)

    assert found == [Came.RESOLVED, Came.JOINED, Came.OPENED]
    with desk.look() as connection:
        assert [one.is_firing for one in alerts.of(connection, ONE)] == [True]


def test_a_sender_without_a_memory_may_leave_the_times_out(desk: Desk) -> None:
    simple = replace(FIRED, source="generic", starts_at=None)

    assert came(desk, simple) == [Came.OPENED]
    assert came(desk, simple, now=START + MINUTE) == [Came.REPEATED]
    over = replace(simple, is_firing=False)
    assert came(desk, over, now=START + 2 * MINUTE) == [Came.RESOLVED]
    assert came(desk, over, now=START + 3 * MINUTE) == [Came.REPEATED]
    assert came(desk, simple, now=START + 4 * MINUTE) == [Came.JOINED]


def test_a_sender_whose_clock_is_ahead_opens_one_room(desk: Desk) -> None:
    ahead = replace(FIRED, starts_at=START + 2 * MINUTE)

    assert came(desk, ahead) == [Came.OPENED]
    assert came(desk, ahead, now=START + MINUTE) == [Came.REPEATED]
    with desk.look() as connection:
        incident = incidents.get(connection, ONE)
    assert incident is not None
    assert incident.started_at == START


def test_without_a_catalogue_the_label_names_the_service(store: Store) -> None:
    take(Desk(store, Catalog()), FIRED)

    with store.read() as connection:
        incident = incidents.get(connection, ONE)
    assert incident is not None
    assert incident.services == ("checkout",)


DEPLOYED = Report("github", "deployment/1", "purchase", clean("v42 to production"), START - MINUTE)


def test_a_change_is_on_the_timeline_of_the_open_incident_of_its_service(desk: Desk) -> None:
    take(desk, FIRED)

    (recorded,) = record_changes(desk, [DEPLOYED], now=START + MINUTE)

    assert recorded.service == "checkout"
    assert recorded.because == "it is on the timeline of INC-1"
    assert (Kind.CHANGE, START - MINUTE) in [one[:2] for one in entries(desk)]


def test_a_change_counts_once(desk: Desk) -> None:
    take(desk, FIRED)
    record_changes(desk, [DEPLOYED], now=START)

    (again,) = record_changes(desk, [DEPLOYED], now=START + MINUTE)

    assert not again.is_new
    assert kinds(desk).count(Kind.CHANGE) == 1


def test_the_latest_change_and_how_many_there_were_can_be_asked_for(desk: Desk) -> None:
    older = replace(DEPLOYED, key="deployment/0", made_at=START - 90 * MINUTE)
    other = replace(DEPLOYED, key="deployment/2", service="search", made_at=START)
    record_changes(desk, [DEPLOYED, older, other], now=START)

    with desk.look() as connection:
        latest = asked.latest(connection, ("checkout", "payments"))
        nothing = asked.latest(connection, ("payments",))
        counts = [
            asked.count_since(connection, services, START - span)
            for services in (("checkout",), ("checkout", "search"))
            for span in (MINUTE, 2 * 60 * MINUTE)
        ]

    assert latest is not None
    assert (latest.key, latest.made_at) == ("deployment/1", START - MINUTE)
    assert nothing is None
    assert counts == [1, 2, 2, 3]


def test_deliveries_at_the_same_moment_open_one_room(desk: Desk) -> None:
    together = Barrier(4)

    def deliver(place: int) -> Came:
        together.wait()
        mine = replace(FIRED, fingerprint=f"{place % 2}", name=f"Alert{place % 2}")
        return take(desk, mine)[0].came

    with ThreadPoolExecutor(4) as senders:
        found = sorted(senders.map(deliver, range(4)))

    assert found == [Came.JOINED, Came.OPENED, Came.REPEATED, Came.REPEATED]
    assert kinds(desk).count(Kind.ALERT_FIRED) == 2


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(news=st.permutations([FIRED, OVER, AGAIN, AGAIN, FIRED, OVER]), cut=st.integers(0, 6))
def test_however_news_are_bundled_they_lead_to_the_same_record(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    catalog: Catalog,
    news: list[Alert],
    cut: int,
) -> None:
    path = tmp_path_factory.mktemp("bundle") / "warroom.db"
    shutil.copy(sqlite_template, path)
    desk = Desk(Store(f"sqlite:///{path}"), catalog)

    take(desk, *news[:cut], now=LATE)
    take(desk, *news[cut:], now=LATE)

    told = sorted(str(one[0]) for one in entries(desk) if one[0].startswith("alert"))
    assert told == ["alert_fired", "alert_fired", "alert_resolved"]
    desk.store.close()
