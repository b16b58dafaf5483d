"""``warroom.yaml``."""

from datetime import timedelta
from fractions import Fraction
from textwrap import dedent

import pytest

from incidents.catalog.files import parse
from incidents.catalog.settings import Settings, read_settings
from incidents.errors import Misconfigured
from incidents.model.commander import Rules
from incidents.model.gate import Rules as GateRules
from incidents.model.gate import Verdict
from incidents.model.ids import ServiceName
from incidents.model.reminders import Chasing
from incidents.model.roles import Role
from incidents.model.severity import Severity


def settings(text: str) -> Settings:
    (document,) = parse(dedent(text), "warroom.yaml")
    return read_settings(document, "warroom.yaml")


def problem(text: str) -> str:
    with pytest.raises(Misconfigured) as refusal:
        settings(text)
    (only,) = refusal.value.problems
    return str(only)


def test_what_is_left_out_keeps_its_standard_value() -> None:
    found = settings("announcement_channel: '#ops'\n")

    assert found.announcement_channel == "ops"
    assert found.emoji == Settings().emoji
    assert found.accept_within(1) == timedelta(minutes=5)
    assert found.roles_for(Severity.SEV1) == (Role.COMMANDER,)


def test_the_gate_of_a_service_differs_only_in_what_is_written() -> None:
    gate = settings(
        """
        gate:
          unknown: go
          frozen_by: none
          services: {checkout: {frozen_at: 10%, warn_below: 33.3 %, frozen_by: sev1}}
        """
    ).gate

    assert gate.rules_for(ServiceName("search")) == GateRules(unknown=Verdict.GO, frozen_by=None)
    assert gate.rules_for(ServiceName("checkout")) == GateRules(
        Fraction(333, 1000), Fraction(1, 10), Severity.SEV1, Verdict.GO
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{frozen_at: 30%}", "the gate would be frozen before it warns"),
        ("{services: {a: {frozen_at: 21%}}}", "the gate would be frozen before it warns"),
        ("{frozen_at: 10}", "not a share of a budget"),
        ("{warn_below: 101%}", "not a share of a budget"),
        ("{unknown: maybe}", "gate.unknown"),
    ],
)
def test_a_gate_that_cannot_be_is_refused(written: str, says: str) -> None:
    assert says in problem(f"gate: {written}\n")


def test_a_severity_changes_only_in_what_is_written() -> None:
    found = settings("severities:\n  sev1: {update_every: 10m, roles: [comms, scribe]}\n")

    assert found.cadence(Severity.SEV1) == timedelta(minutes=10)
    assert found.severities[Severity.SEV1].label == "SEV1 Critical"
    assert found.cadence(Severity.SEV2) == timedelta(minutes=30)
    assert found.roles_for(Severity.SEV1) == (Role.COMMANDER, Role.COMMS_LEAD, Role.SCRIBE)


def test_times_to_accept_are_by_tier() -> None:
    found = settings("accept_within: {1: 2m}\n")

    assert found.accept_within(1) == timedelta(minutes=2)
    assert found.accept_within(2) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("bridge", "link"),
    [
        ("{kind: none}", ""),
        ("{kind: static, url: https://zoom.example/j/1}", "https://zoom.example/j/1"),
        ("{kind: jitsi, url: https://meet.example}", "https://meet.example/warroom-inc-42"),
        ("{kind: meet, url: 'https://meet.example/{key}'}", "https://meet.example/inc-42"),
    ],
)
def test_a_bridge_gives_each_incident_its_link(bridge: str, link: str) -> None:
    assert settings(f"bridge: {bridge}\n").bridge_for("INC-42") == link


def test_policies_are_read() -> None:
    found = settings(
        """\
        policies:
          load_limit: 3
          fair_over_weeks: 4
          shadows: 2
          reminders: {days_before: 2, overdue_at_most: 5}
          postmortem: {required_for: [sev1]}
        """
    ).policies

    assert (found.command, found.chasing) == (Rules(3, 4, 2), Chasing(2, 5))
    assert found.postmortem_for == {Severity.SEV1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "emoji: {timeline: [':memo:'], action: [memo]}\n",
            (
                "warroom.yaml:1:1: emoji: memo is in both timeline and action, "
                "expected each emoji in one set"
            ),
        ),
        (
            "bridge: {kind: zoom}\n",
            (
                "warroom.yaml:1:1: bridge: a zoom bridge has no address, "
                "expected a url that starts with https://"
            ),
        ),
        (
            "accept_within: {1: soon}\n",
            (
                "warroom.yaml:1:17: accept_within.1: “soon” is not a length of time, "
                "expected one like 15m, 4h or 2d"
            ),
        ),
        (
            "severities:\n  sev1: {update_every: 2d}\n",
            "warroom.yaml:2:10: sev1 promises an update only every 2 d, expected at most 1d",
        ),
        (
            "severities:\n  sev1: {roles: [king]}\n",
            (
                "warroom.yaml:2:18: severities.sev1.roles.0: “king” is not a role, "
                "expected commander, deputy, comms or scribe"
            ),
        ),
        (
            "working_hours: 17:00-09:00\n",
            (
                "warroom.yaml:1:1: working_hours: “17:00-09:00” ends before it starts, "
                "expected hours within one day"
            ),
        ),
        (
            "working_days: mon-fry\n",
            (
                "warroom.yaml:1:1: working_days: “fry” is not a weekday, "
                "expected one of mon, tue, wed, thu, fri, sat, sun"
            ),
        ),
        ("colour: red\n", "warroom.yaml:1:1: colour: this key is not known here"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_was_expected(text: str, words: str) -> None:
    assert problem(text) == words


def test_sources_say_how_often_they_are_heard() -> None:
    found = settings("sources:\n  alertmanager: {every: 5m}\n  github: {every: 2d}\n").sources

    assert found == {"alertmanager": timedelta(minutes=5), "github": timedelta(days=2)}


def test_a_source_that_cannot_be_expected_is_reported_where_it_stands() -> None:
    assert problem("sources:\n  nagios: {every: 5m}\n") == (
        "warroom.yaml:2:3: sources.nagios.[key]: “nagios” is not a source, "
        "expected one of alertmanager, generic, github, gitlab, grafana, prometheus"
    )


@pytest.mark.parametrize(
    ("every", "told"),
    [
        (
            "5x",
            "sources.github.every: “5x” is not a length of time, expected one like 15m, 4h or 2d",
        ),
        ("30s", "github cannot be missed within 30 s, expected 1m or more"),
    ],
)
def test_a_wrong_silence_is_reported_where_it_stands(every: str, told: str) -> None:
    assert problem(f"sources:\n  github: {{every: {every}}}\n") == f"warroom.yaml:2:12: {told}"


def test_what_is_asked_about_the_impact_is_a_setting() -> None:
    found = settings(
        """
        impact:
          - name: shops
            asks: How many shops are closed?
            answers:
              - {says: All of them, severity: sev1}
              - {says: One, severity: sev3}
        """
    )

    assert [one.asks for one in found.impact] == ["How many shops are closed?"]
    assert found.impact[0].choices[0].severity is Severity.SEV1
    assert settings("impact: []").impact == ()
    assert settings("name: x").impact == Settings().impact


def test_a_question_asked_twice_is_found() -> None:
    answers = "answers: [{says: All, severity: sev1}]"
    wrong = f"impact:\n- {{name: who, asks: A, {answers}}}\n- {{name: who, asks: B, {answers}}}\n"

    assert problem(wrong).startswith("warroom.yaml:3:4: who is asked twice")


def test_an_organisation_has_fields_of_its_own() -> None:
    found = settings("fields: [{name: region, label: Region, type: choice, choices: [A, B]}]")

    assert found.fields[0].choices == ("A", "B")


def test_a_choice_without_choices_is_found() -> None:
    said = problem("fields:\n  - {name: region, label: Region, type: choice}\n")

    assert "region is a choice, expected type: choice, with choices" in said
