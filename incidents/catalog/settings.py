"""``warroom.yaml``: how this organisation runs its incidents. Everything in it may be left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from incidents.catalog import budget_policies, fields, impact
from incidents.catalog.budget_policies import PoliciesFile, policies_of
from incidents.catalog.fields import FieldsFile, fields_of
from incidents.catalog.files import Document, Strict, problem_at, read_as
from incidents.catalog.gating import UNGATED, GateFile, Gating, backwards, gating_of
from incidents.catalog.impact import QuestionsFile, questions_of
from incidents.catalog.values import (
    Duration,
    HandleText,
    Line,
    Sensitivity,
    Weekdays,
    Word,
    WorkingSpan,
    Zone,
    fault,
)
from incidents.errors import Misconfigured, Problem
from incidents.model import commander
from incidents.model.alerts import PROMETHEUS, SOURCES
from incidents.model.budget_policy import BudgetPolicy
from incidents.model.features import Feature
from incidents.model.fields import Field as CustomField
from incidents.model.ids import uuid7
from incidents.model.impact_answers import QUESTIONS, Question
from incidents.model.reminders import STANDARD, Chasing
from incidents.model.roles import Role, parse_role
from incidents.model.severity import MEANINGS, Meaning, Severity
from incidents.model.workdays import OFFICE, WorkingHours, say_span

_SLOWEST_UPDATE = timedelta(days=1)
_SHORTEST_SILENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Where people talk: ``url`` as it is, or with ``{key}`` filled in for each incident."""

    kind: Literal["none", "static", "jitsi", "zoom", "meet"] = "none"
    url: str = ""

    def link(self, key: str) -> str:
        """The address for the incident ``key`` (``INC-42``); empty if there is no bridge."""
        if self.kind == "none":
            return ""
        if self.kind == "jitsi" and "{key}" not in self.url:
            return f"{self.url.rstrip('/')}/warroom-{key.lower()}"
        return self.url.replace("{key}", key.lower())


@dataclass(frozen=True, slots=True)
class EmojiSets:
    """Reactions (names without colons) that turn a message into something; never overlapping."""

    timeline: tuple[str, ...] = ("pushpin", "round_pushpin")
    action: tuple[str, ...] = ("memo", "ballot_box_with_check")
    update: tuple[str, ...] = ("mega", "loudspeaker")

    def use_of(self, emoji: str) -> str | None:
        """What an emoji means here: timeline, action, update, or nothing."""
        name = emoji.partition("::")[0]  # thumbsup::skin-tone-2
        uses = {"timeline": self.timeline, "action": self.action, "update": self.update}
        return next((use for use, names in uses.items() if name in names), None)


@dataclass(frozen=True, slots=True)
class Policies:
    """The rules an organisation sets itself."""

    command: commander.Rules = commander.STANDARD
    reopen_within: timedelta = timedelta(minutes=30)
    archive_after: timedelta = timedelta(days=7)
    postmortem_for: frozenset[Severity] = frozenset({Severity.SEV1, Severity.SEV2})
    postmortem_within_days: int = 5  # working days
    largest_file: int = 10_000_000  # bytes of what is kept of messages on the timeline
    fallback_after: timedelta = timedelta(seconds=45)  # without Slack having taken a message
    chasing: Chasing = STANDARD
    nudges_per_hour: int = 3  # in one room, requests for updates among them


@dataclass(frozen=True, slots=True)
class Access:
    """Who has more rights than their part in an incident gives: handles, and names of teams."""

    security: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueRules:
    """From when on ``warroom check`` warns about the organisation itself.

    ``single_point_of_failure`` counts the services of tier 1 that fail with one other service.
    """

    review_runbooks_every: timedelta = timedelta(days=180)
    single_point_of_failure: int = 3


@dataclass(frozen=True, slots=True)
class AfterIncident:
    """For how long after an incident the alerts of its services come earlier, or later."""

    lasts: timedelta
    sensitivity: Fraction


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``warroom.yaml`` says, or what holds where it is silent."""

    name: str = "warroom"
    announcement_channel: str = "incidents"
    ops_channel: str = ""
    room_prefix: str = "inc"
    bridge: Bridge = Bridge()
    emoji: EmojiSets = EmojiSets()
    severities: Mapping[Severity, Meaning] = field(default_factory=lambda: dict(MEANINGS))
    accept_times: Mapping[int, timedelta] = field(
        default_factory=lambda: dict(commander.ACCEPT_WITHIN)
    )
    roles: Mapping[Severity, tuple[Role, ...]] = field(default_factory=dict)
    role_teams: Mapping[Role, str] = field(default_factory=dict)  # whose on-call is asked for one
    hours: WorkingHours = OFFICE
    zone: str = "UTC"
    policies: Policies = Policies()
    access: Access = Access()
    sources: Mapping[str, timedelta] = field(default_factory=dict)  # how often each is heard
    features: frozenset[Feature] = frozenset()  # of Slack, beyond what every room needs
    catalogue: CatalogueRules = CatalogueRules()
    impact: tuple[Question, ...] = QUESTIONS  # that suggest a severity
    budget_policies: Mapping[str, BudgetPolicy] = field(default_factory=lambda: policies_of({}))
    fields: tuple[CustomField, ...] = ()  # what this organisation wants to know as well
    gate: Gating = UNGATED
    after_incident: AfterIncident | None = None

    def cadence(self, severity: Severity) -> timedelta:
        """How long after an update the next one is due."""
        return self.severities[severity].update_every

    def accept_within(self, tier: int) -> timedelta:
        """How long somebody asked to command has to answer."""
        return commander.accept_within(tier, self.accept_times)

    def roles_for(self, severity: Severity) -> tuple[Role, ...]:
        """The roles an incident of this severity should have; a commander always."""
        return self.roles.get(severity, (Role.COMMANDER,))

    @property
    def ops(self) -> str:
        """The channel that is told what is wrong with the bot itself."""
        return self.ops_channel or self.announcement_channel

    def bridge_for(self, key: str) -> str:
        """The call for the incident ``key``; empty if there is none."""
        return self.bridge.link(key)

    def secret_bridge_for(self, key: str, now: datetime) -> str:
        """Like `bridge_for`, with an address that nobody can guess, where the bridge has one each.

        A static bridge is the same call for everybody: there is none.
        """
        return "" if self.bridge.kind == "static" else self.bridge.link(f"{key}-{uuid7(now)}")


def _emoji_name(written: Any) -> str:  # noqa: ANN401 (YAML holds anything)
    name = written.strip().strip(":") if isinstance(written, str) else ""
    if not name or not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_+-'"):
        raise fault(f"“{written}” is not an emoji", "its name, like pushpin")
    return name


def _role(written: Any) -> Role:  # noqa: ANN401 (YAML holds anything)
    role = parse_role(written) if isinstance(written, str) else None
    if role is None:
        raise fault(f"“{written}” is not a role", "commander, deputy, comms or scribe")
    return role


def _source(written: Any) -> str:  # noqa: ANN401 (YAML holds anything)
    known = (*SOURCES, PROMETHEUS)
    if written not in known:
        raise fault(f"“{written}” is not a source", f"one of {', '.join(known)}")
    return str(written)


_SourceName = Annotated[str, BeforeValidator(_source)]
_EmojiName = Annotated[str, BeforeValidator(_emoji_name)]
_RoleName = Annotated[Role, BeforeValidator(_role)]
_STANDARD_EMOJI = EmojiSets()
_STANDARD = Policies()


class _SeverityFile(Strict):
    label: Line | None = None
    emoji: _EmojiName | None = None
    describes: Line | None = None
    update_every: Duration | None = None
    roles: tuple[_RoleName, ...] = (Role.COMMANDER,)


class _BridgeFile(Strict):
    kind: Literal["none", "static", "jitsi", "zoom", "meet"]
    url: str = ""

    @model_validator(mode="after")
    def _needs_address(self) -> Self:
        if self.kind != "none" and not self.url.startswith("https://"):
            raise fault(f"a {self.kind} bridge has no address", "a url that starts with https://")
        return self


class _EmojiFile(Strict):
    timeline: tuple[_EmojiName, ...] = _STANDARD_EMOJI.timeline
    action: tuple[_EmojiName, ...] = _STANDARD_EMOJI.action
    update: tuple[_EmojiName, ...] = _STANDARD_EMOJI.update

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        sets = {"timeline": self.timeline, "action": self.action, "update": self.update}
        owners: dict[str, str] = {}
        for use, names in sets.items():
            for name in names:
                if owners.setdefault(name, use) != use:
                    what = f"{name} is in both {owners[name]} and {use}"
                    raise fault(what, "each emoji in one set")
        return self


class _PostmortemFile(Strict):
    required_for: tuple[Severity, ...] = tuple(sorted(_STANDARD.postmortem_for))
    within_working_days: Annotated[int, Field(ge=1, le=60)] = _STANDARD.postmortem_within_days


class _RemindersFile(Strict):
    days_before: Annotated[int, Field(ge=0, le=10)] = STANDARD.days_before
    overdue_at_most: Annotated[int, Field(ge=0, le=30)] = STANDARD.overdue_at_most


class _PoliciesFile(Strict):
    load_limit: Annotated[int, Field(ge=1, le=20)] = commander.STANDARD.load_limit
    fair_over_weeks: Annotated[int, Field(ge=1, le=52)] = commander.STANDARD.weeks
    shadows: Annotated[int, Field(ge=1, le=20)] = commander.STANDARD.shadows
    reopen_within: Duration = _STANDARD.reopen_within
    archive_after: Duration = _STANDARD.archive_after
    nudges_per_hour: Annotated[int, Field(ge=0, le=60)] = _STANDARD.nudges_per_hour
    fallback_after: Duration = _STANDARD.fallback_after
    largest_file_mb: Annotated[int, Field(ge=1, le=100)] = _STANDARD.largest_file // 1_000_000
    postmortem: _PostmortemFile = _PostmortemFile()
    reminders: _RemindersFile = _RemindersFile()


class _AccessFile(Strict):
    security: tuple[HandleText, ...] = ()
    admins: tuple[HandleText, ...] = ()


class _SourceFile(Strict):
    every: Duration


class _SlackFile(Strict):
    features: tuple[Feature, ...] = ()


class _CatalogueFile(Strict):
    review_runbooks_every: Duration = CatalogueRules().review_runbooks_every
    single_point_of_failure: Annotated[int, Field(ge=1)] = CatalogueRules().single_point_of_failure


class _AfterIncidentFile(Strict):
    lasts: Annotated[Duration, Field(alias="for")]
    sensitivity: Sensitivity


class _SettingsFile(Strict):
    name: Line = "warroom"
    announcement_channel: str = "incidents"
    ops_channel: str = ""
    room_prefix: Annotated[Word, Field(max_length=12)] = "inc"
    bridge: _BridgeFile | None = None
    emoji: _EmojiFile = _EmojiFile()
    severities: dict[Severity, _SeverityFile] = Field(default_factory=dict)
    accept_within: dict[Annotated[int, Field(ge=1, le=4)], Duration] = Field(default_factory=dict)
    role_teams: dict[_RoleName, Word] = Field(default_factory=dict)
    working_hours: WorkingSpan = (OFFICE.start, OFFICE.end)
    working_days: Weekdays = OFFICE.days
    zone: Zone = "UTC"
    policies: _PoliciesFile = _PoliciesFile()
    access: _AccessFile = _AccessFile()
    sources: dict[_SourceName, _SourceFile] = Field(default_factory=dict)
    slack: _SlackFile = _SlackFile()
    catalogue: _CatalogueFile = _CatalogueFile()
    impact: QuestionsFile | None = None
    fields: FieldsFile = ()
    gate: GateFile = GateFile()
    after_incident: _AfterIncidentFile | None = None
    budget_policies: PoliciesFile = Field(default_factory=dict)


def read_settings(document: Document, file: str) -> Settings:
    """The settings in ``document``. Raises `Misconfigured` with every fault in it."""
    written = read_as(document, file, _SettingsFile)
    problems = _faults(document, file, written)
    if problems:
        raise Misconfigured(problems)
    bridge = Bridge(written.bridge.kind, written.bridge.url) if written.bridge else Bridge()
    emoji = EmojiSets(written.emoji.timeline, written.emoji.action, written.emoji.update)
    roles = {
        severity: tuple(role for role in Role if role in {Role.COMMANDER, *each.roles})
        for severity, each in written.severities.items()
    }
    return Settings(
        name=written.name,
        announcement_channel=written.announcement_channel.removeprefix("#"),
        ops_channel=written.ops_channel.removeprefix("#"),
        room_prefix=written.room_prefix,
        bridge=bridge,
        emoji=emoji,
        severities={
            severity: _meaning(meaning, written.severities.get(severity))
            for severity, meaning in MEANINGS.items()
        },
        accept_times={**commander.ACCEPT_WITHIN, **written.accept_within},
        roles=roles,
        role_teams=written.role_teams,
        hours=WorkingHours(*written.working_hours, written.working_days),
        zone=written.zone,
        policies=_policies(written.policies),
        access=Access(written.access.security, written.access.admins),
        sources={name: each.every for name, each in written.sources.items()},
        features=frozenset(written.slack.features),
        catalogue=CatalogueRules(
            written.catalogue.review_runbooks_every, written.catalogue.single_point_of_failure
        ),
        impact=questions_of(written.impact),
        fields=fields_of(written.fields),
        gate=gating_of(written.gate),
        after_incident=_after_incident(written.after_incident),
        budget_policies=policies_of(written.budget_policies),
    )


def _after_incident(written: _AfterIncidentFile | None) -> AfterIncident | None:
    return None if written is None else AfterIncident(written.lasts, written.sensitivity)


def _policies(written: _PoliciesFile) -> Policies:
    reminders, postmortem = written.reminders, written.postmortem
    return Policies(
        command=commander.Rules(written.load_limit, written.fair_over_weeks, written.shadows),
        reopen_within=written.reopen_within,
        archive_after=written.archive_after,
        nudges_per_hour=written.nudges_per_hour,
        fallback_after=written.fallback_after,
        largest_file=written.largest_file_mb * 1_000_000,
        postmortem_for=frozenset(postmortem.required_for),
        postmortem_within_days=postmortem.within_working_days,
        chasing=Chasing(reminders.days_before, reminders.overdue_at_most),
    )


def _meaning(standard: Meaning, written: _SeverityFile | None) -> Meaning:
    if written is None:
        return standard
    return Meaning(
        label=written.label or standard.label,
        emoji=f":{written.emoji}:" if written.emoji else standard.emoji,
        describes=written.describes or standard.describes,
        update_every=written.update_every or standard.update_every,
    )


def _faults(document: Document, file: str, written: _SettingsFile) -> tuple[Problem, ...]:
    """What only a comparison shows."""
    found: list[Problem] = [
        *impact.faults_of(document, file, written.impact),
        *fields.faults_of(document, file, written.fields),
        *budget_policies.faults_of(document, file, written.budget_policies),
    ]
    for place, what in backwards(written.gate):
        expected = "a frozen_at below warn_below"
        found.append(problem_at(document, file, ("gate", *place), what, expected))
    for severity, each in written.severities.items():
        every = each.update_every
        if every is not None and every > _SLOWEST_UPDATE:
            path = ("severities", severity.value, "update_every")
            what = f"{severity} promises an update only every {say_span(every)}"
            found.append(problem_at(document, file, path, what, "at most 1d"))
    if Role.COMMANDER in written.role_teams:
        what = "who commands is chosen from the team that owns the service"
        place, expected = ("role_teams", "commander"), "deputy, comms or scribe"
        found.append(problem_at(document, file, place, what, expected))
    for name, source in written.sources.items():
        if source.every < _SHORTEST_SILENCE:
            what = f"{name} cannot be missed within {say_span(source.every)}"
            found.append(problem_at(document, file, ("sources", name, "every"), what, "1m or more"))
    return tuple(found)
