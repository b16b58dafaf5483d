"""What is learned from an incident: its times, its phases, and who took part."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.keytimes import measures
from incidents.model.lifecycle import Status
from incidents.model.postmortem import (
    Held,
    factors,
    fingerprint,
    identified_at,
    may_name,
    missing_to_publish,
    participants,
    phases,
    walked,
    worst_severity,
)
from incidents.model.severity import Severity
from incidents.model.text import UserText
from incidents.model.timeline import Entry, Kind

START = datetime(2026, 11, 18, 13, 41, tzinfo=UTC)
ANA, BO = PersonId("U0ANA"), PersonId("U0BO")

minutes = st.integers(-300, 300).map(lambda count: START + timedelta(minutes=count))


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def outage(**changes: Any) -> Incident:
    values: dict[str, Any] = {
        "number": IncidentNumber(214),
        "title": UserText("Checkout 5xx"),
        "severity": Severity.SEV2,
        "status": Status.RESOLVED,
        "services": ("checkout",),
        "source": "slo",
        "declared_by": PersonId("warroom"),
        "declared_at": at(3),
        "started_at": START,
        "detected_at": at(3),
        "detected_by": "slo_burn",
        "room_name": "inc-214-checkout-5xx",
        "version": 9,
        "acknowledged_at": at(5),
        "mitigated_at": at(31),
        "resolved_at": at(58),
    }
    return Incident(**{**values, **changes})


def entry(
    seq: int, kind: Kind, body: dict[str, Any], *, by: str = ANA, source: str = "slack"
) -> Entry:
    moment = at(seq)
    return Entry(
        IncidentNumber(214), seq, f"id-{seq}", moment, moment, PersonId(by), source, kind, body,
        None, None, "0" * 64, f"{seq:064d}",
    )  # fmt: skip


def test_the_four_times_count_from_the_impact_and_acknowledging_from_the_signal() -> None:
    found = {one.code: one.length for one in measures(outage())}

    assert found == {
        "TTD": timedelta(minutes=3),
        "TTA": timedelta(minutes=2),
        "TTM": timedelta(minutes=31),
        "TTR": timedelta(minutes=58),
    }


def test_a_time_whose_end_is_unknown_is_unknown_and_not_nothing() -> None:
    ongoing = outage(acknowledged_at=None, mitigated_at=None, resolved_at=None)

    assert [one.length for one in measures(ongoing)] == [timedelta(minutes=3), None, None, None]


def test_a_signal_before_the_impact_took_no_time_to_come() -> None:
    early = outage(detected_at=START - timedelta(minutes=2))

    assert measures(early)[0].length == timedelta(0)


def test_an_incident_has_four_phases() -> None:
    found = phases(outage(), at(20))

    assert [(one.name, one.length) for one in found] == [
        ("Undetected", timedelta(minutes=3)),
        ("Triage", timedelta(minutes=17)),
        ("Mitigation", timedelta(minutes=11)),
        ("Recovery", timedelta(minutes=27)),
    ]


def test_without_a_known_cause_triage_ends_when_somebody_takes_command() -> None:
    assert phases(outage())[1].end == at(5)


def test_an_incident_that_lasts_has_no_phases_yet() -> None:
    assert phases(outage(resolved_at=None)) == ()


@given(
    detected=minutes,
    acknowledged=st.none() | minutes,
    identified=st.none() | minutes,
    mitigated=st.none() | minutes,
    lasted=st.integers(0, 300),
)
def test_phases_tile_the_impact_whatever_the_times_say(
    detected: datetime,
    acknowledged: datetime | None,
    identified: datetime | None,
    mitigated: datetime | None,
    lasted: int,
) -> None:
    end = at(lasted)
    incident = outage(
        detected_at=detected,
        acknowledged_at=acknowledged,
        mitigated_at=mitigated,
        resolved_at=end,
    )

    found = phases(incident, identified)

    edges = [START, *(one.end for one in found)]
    assert [one.start for one in found] == edges[:-1]
    assert edges[-1] == end
    assert all(one.length > timedelta(0) for one in found)


def test_the_cause_was_identified_when_the_status_said_so_first() -> None:
    record = [
        entry(1, Kind.STATUS, {"from": "investigating", "to": "identified", "because": ""}),
        entry(2, Kind.STATUS, {"from": "identified", "to": "investigating", "because": ""}),
        entry(3, Kind.STATUS, {"from": "investigating", "to": "identified", "because": ""}),
    ]

    assert identified_at(record) == at(1)


def test_the_highest_severity_counts_even_if_it_was_lowered_again() -> None:
    record = [
        entry(1, Kind.SEVERITY, {"from": "sev3", "to": "sev1", "because": ""}),
        entry(2, Kind.SEVERITY, {"from": "sev1", "to": "sev2", "because": ""}),
    ]

    assert worst_severity(outage(), record) == "sev1"


def test_each_line_is_a_factor_with_its_type_and_its_evidence() -> None:
    text = UserText(
        "- Trigger: a config push https://ci.example/build/7\n\n2) no alert on the cache\nhttps://x.y"
    )

    found = [(one.text.raw, one.kind, one.evidence) for one in factors(text)]

    assert found == [
        ("a config push", "trigger", "https://ci.example/build/7"),
        ("no alert on the cache", "", ""),
        ("https://x.y", "", ""),
    ]


def test_a_walk_is_read_from_the_record_with_false_turns() -> None:
    record = [
        entry(1, Kind.TREE_STARTED, {"tree": "http-5xx@1.0.0", "title": "HTTP 5xx"}),
        entry(
            2,
            Kind.TREE_ANSWERED,
            {
                "tree": "http-5xx",
                "question": "Deployed lately?",
                "answer": "Yes",
                "because": "4 min ago",
                "is_automatic": True,
            },
        ),
        entry(3, Kind.TREE_STARTED, {"tree": "latency@1.0.0", "title": "Latency"}),
        entry(4, Kind.TREE_BACK, {"tree": "http-5xx", "question": "Deployed lately?"}),
        entry(
            5,
            Kind.TREE_ANSWERED,
            {"tree": "http-5xx", "question": "Deployed lately?", "answer": "No", "because": "seen"},
        ),
        entry(6, Kind.TREE_ENDED, {"tree": "http-5xx@1.0.0", "title": "", "outcome": "Escalate"}),
    ]

    first, second = walked(record)

    told = [(turn.answer.raw, turn.because.raw) for turn in first.turns]
    assert told == [("Yes", "4 min ago"), ("went back", ""), ("No", "")]
    assert first.outcome.raw == "Escalate"
    assert (second.turns, second.outcome.raw) == ((), "")


def test_who_took_part_is_known_in_the_order_they_came() -> None:
    held = Held("commander", BO, "held", at(4), at(5), None)
    asked = Held("scribe", PersonId("U0CHEN"), "passed", at(4), None, at(6))
    record = [
        entry(1, Kind.JOINED, {"person": ANA}, by="warroom", source="clock"),
        entry(7, Kind.NOTE, {"text": "x"}, by=BO),
        entry(8, Kind.ALERT_FIRED, {"name": "x"}, by="token:prometheus", source="alert"),
    ]

    found = participants([held, asked], record)

    assert [(one.person, one.roles, one.since) for one in found] == [
        (ANA, (), at(1)),
        (BO, ("commander",), at(5)),
    ]


def test_only_what_may_be_an_id_is_looked_up_as_a_person() -> None:
    record = [entry(1, Kind.TAKEN, {"role": "scribe", "person": BO, "because": "took it"})]

    assert may_name(record) == {ANA, BO, "scribe"}


def test_what_is_missing_to_publish_is_named_all_at_once() -> None:
    names = [one.name for one in missing_to_publish({"summary": "  "})]

    assert names == ["summary", "factors"]
    assert missing_to_publish({"summary": "x", "factors": "y"}) == ()


def test_spaces_at_the_ends_are_no_change() -> None:
    assert fingerprint(" a\n") == fingerprint("a")
    assert fingerprint("a") != fingerprint("b")
