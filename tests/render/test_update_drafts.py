"""What an update says before a person corrects it: three audiences, three vocabularies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.people import Person
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.model.timeline import Entry, Kind
from incidents.render.updates import AUDIENCES, Situation, draft

START = datetime(2026, 11, 18, 13, 41, tzinfo=UTC)
ANA = PersonId("U0ANA")
PEOPLE = {"U0ANA": Person(ANA, "ana", "Ana Ng")}


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def entry(
    seq: int, kind: Kind, body: dict[str, Any], minute: int, corrects: int | None = None
) -> Entry:
    return Entry(
        IncidentNumber(42), seq, f"id-{seq}", at(minute), at(minute), ANA, "slack", kind, body,
        None, corrects, "", "",
    )  # fmt: skip


def situation(**changes: Any) -> Situation:
    incident = Incident(
        number=IncidentNumber(42),
        title=UserText("redis-7 OOM in eu-west-1"),
        severity=Severity.SEV2,
        status=Status.IDENTIFIED,
        services=("checkout",),
        source="slack",
        declared_by=ANA,
        declared_at=at(3),
        started_at=START,
        detected_at=at(3),
        detected_by="employee",
        room_name="inc-42",
        version=3,
        impact=UserText("1 in 5 payments fails; *cards* work"),
    )
    values: dict[str, Any] = {
        "incident": incident,
        "now": at(48),
        "services": ("Checkout",),
        "commander": "Ana Ng",
        "last_at": at(20),
        "next_at": at(78),
        "since": (
            entry(1, Kind.STATUS, {"from": "investigating", "to": "identified"}, 25),
            entry(2, Kind.NOTE, {"text": "pool\nexhausted"}, 26),
            entry(3, Kind.NOTE, {"text": "a slip of the tongue"}, 27),
            entry(4, Kind.RETRACTED, {"of": 3}, 28, corrects=3),
            entry(5, Kind.JOINED, {"person": ANA}, 29),
        ),
        "budgets": (("checkout/availability", "41.5%"),),
    }
    return Situation(**{**values, **changes})


def over() -> Situation:
    known = situation()
    ended = replace(
        known.incident, status=Status.RESOLVED, resolved_at=at(58), fix=UserText("rolled back")
    )
    return replace(known, incident=ended)


def test_responders_read_what_changed_since_they_last_heard() -> None:
    assert draft("responders", situation(), PEOPLE) == (
        "SEV2 Major, identified. The cause is known.\n"
        "Impact: 1 in 5 payments fails; *cards* work\n"
        "Since the update at 14:01 UTC:\n"
        "- 14:06 Status investigating → identified\n"
        "- 14:07 pool exhausted\n"
        "Error budget of checkout/availability: 41.5% left.\n"
        "Next: carry out the fix and check that it works.\n"
        "Next update at 14:59 UTC."
    )


def test_executives_read_what_it_means() -> None:
    assert draft("executives", situation(), PEOPLE) == (
        "We have a problem with Checkout since 13:41 UTC (48 min so far).\n"
        "What customers notice: 1 in 5 payments fails; *cards* work\n"
        "Where we are: the cause is known and a fix is under way.\n"
        "In charge: Ana Ng.\n"
        "Next update at 14:59 UTC."
    )


def test_customers_read_what_they_notice() -> None:
    assert draft("customers", situation(last_at=None), PEOPLE) == (
        "We are sorry: something is not working as it should since 13:41 UTC.\n"
        "What you may notice: 1 in 5 payments fails; *cards* work\n"
        "We know the cause and are working on a fix.\n"
        "Next update at 14:59 UTC."
    )


def test_customers_see_no_internal_name() -> None:
    for value in (situation(), situation(last_at=None), over()):
        text = draft("customers", value, PEOPLE).lower()

        for internal in ("redis", "eu-west", "checkout", "ana", "inc-42", "sev", "budget", "pool"):
            assert internal not in text


def test_executives_see_no_jargon() -> None:
    for value in (situation(), over()):
        text = draft("executives", value, PEOPLE).lower()

        for jargon in ("sev2", "redis", "budget", "investigating", "identified", "commander"):
            assert jargon not in text


def test_the_end_is_told_to_everybody_and_promises_nothing() -> None:
    for audience in AUDIENCES:
        assert "Next update" not in draft(audience, over(), PEOPLE)
    assert draft("executives", over(), PEOPLE).startswith(
        "The problem with Checkout is over. It lasted 58 min, from 13:41 UTC."
    )


def test_with_nothing_known_every_draft_is_still_whole_sentences() -> None:
    known = situation(since=(), budgets=(), services=(), commander="", last_at=None)
    bare = replace(known, incident=replace(known.incident, impact=UserText("")))

    for audience in AUDIENCES:
        lines = draft(audience, bare, {}).splitlines()
        assert all(line and line == line.strip() for line in lines)
    assert "We have a problem with our service" in draft("executives", bare, {})


def test_an_organisation_can_use_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "updates").mkdir()
    (tmp_path / "updates" / "customers.md.j2").write_text("Acme: {{ impact | plain }}")

    assert draft("customers", situation(), PEOPLE, tmp_path) == (
        "Acme: 1 in 5 payments fails; *cards* work"
    )
