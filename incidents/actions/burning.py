"""What a burning budget leads to: an episode, a room, louder words, a notice, the end of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from incidents.actions import cascades, climbing, muting, places, policies
from incidents.actions.declare import Declare, declare_in
from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.lifecycle import reopen_in, set_severity_in
from incidents.actions.slo_owner import tell_owner
from incidents.model import effects
from incidents.model.budget import Budget, newly_cleared
from incidents.model.budget_alerts import outage_of
from incidents.model.budget_policy import STANDARD, BudgetPolicy, louder, steps_at
from incidents.model.burn import Loudness, Rule, Verdict
from incidents.model.coverage import FLOWING, Freeze
from incidents.model.episode import Alarm, Episode, Step, alarm, next_step, notice_in_words
from incidents.model.guards import FIRST, Second
from incidents.model.ids import IncidentNumber, uuid7
from incidents.model.incident import Incident
from incidents.model.lifecycle import Status
from incidents.model.muting import Hush, Suppression, hushed
from incidents.model.objective import Objective, SLOName, percent
from incidents.model.people import BOT
from incidents.model.rolling import FINE, Figures
from incidents.model.severity import is_worse
from incidents.model.shards import Lease
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.model.windows import Standing
from incidents.queries.windows import zone_of
from incidents.store import alerts, episodes, incidents, slo, slo_shards, windows

SLO_TICK = Origin(BOT, "slo")
_BEGAN_WITHIN = timedelta(hours=6)
_GAP = timedelta(minutes=2)  # a pause in an outage that does not make it two


@dataclass(frozen=True, slots=True)
class Look:
    """One SLO as a tick finds it. ``failures`` are bad events, where the budget counts slices.

    ``second`` is what a second look found, where one was needed; ``muted`` is the window in which
    nobody is to be told of it; ``policy`` is what follows when the budget is spent. ``freeze`` are
    the rules that could not be judged, and why; ``lease`` is by what right it was looked at, where
    several processes share the budgets.
    """

    objective: Objective
    figures: Figures
    verdict: Verdict
    budget: Budget
    tier: int
    failures: int | None = None
    second: Second = FIRST
    muted: Standing | None = None
    policy: BudgetPolicy = STANDARD
    freeze: Freeze = FLOWING
    lease: Lease | None = None

    @property
    def slo(self) -> SLOName:
        """Its name."""
        return self.objective.slo

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that may fire now."""
        return self.freeze.judged(self.second.rules(self.objective))


@dataclass(frozen=True, slots=True)
class Before:
    """What was said about an SLO: the open episode, the notices that stand, the last episode's end.

    ``over_since`` is when the impact of the episode's incident is said to have ended, ``mute`` what
    a window keeps quiet.
    """

    episode: Episode | None = None
    announced: tuple[int, ...] = ()
    last_closed: datetime | None = None
    over_since: datetime | None = None
    mute: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about one SLO; ``kept_quiet`` is what a window does not let be told."""

    alarm: Alarm
    step: Step
    cleared: tuple[int, ...]
    hush: Hush = Hush.NOTHING
    kept_quiet: Alarm | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing has to be written."""
        is_calm = self.step is Step.NOTHING and not self.cleared and not self.alarm.crossed
        return is_calm and self.hush is Hush.NOTHING


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done about one SLO; ``incident`` is the one it is about, if there is one."""

    slo: SLOName
    step: Step
    loudness: Loudness
    because: str
    notices: tuple[int, ...]
    incident: IncidentNumber | None


def before_of(
    connection: Connection,
    running: Episode | None,
    announced: tuple[int, ...],
    last_closed: datetime | None,
    mute: Suppression | None = None,
) -> Before:
    """What was said, with what people did about the episode's incident."""
    over_since = None
    if running is not None and running.incident is not None:
        incident = incidents.get(connection, running.incident)
        if incident is not None and incident.merged_into is not None:
            incident = incidents.get(connection, incidents.root_of(connection, incident.number))
        if incident is not None and incident.status in {Status.RESOLVED, Status.CLOSED}:
            over_since = incident.resolved_at
    return Before(running, announced, last_closed, over_since, mute)


def plan_for(look: Look, before: Before, zone: ZoneInfo) -> Plan:
    """What is to be done, from what is and what was said before; ``zone`` is for times in words."""
    found = alarm(
        look.objective,
        look.tier,
        look.verdict,
        look.budget,
        before.announced,
        failures=look.failures,
    )
    policy = look.policy
    found = louder(found, policy, steps_at(policy, found.crossed), look.objective)
    step = next_step(
        found,
        before.episode,
        at=look.figures.watermark,
        last_closed=before.last_closed,
        over_since=before.over_since,
        is_held=before.episode is not None and look.freeze.holds(before.episode.loudness),
    )
    cleared = newly_cleared(look.budget.consumed, before.announced)
    alarm_, step, hush = hushed(
        found, step, before.mute, is_muted=look.muted is not None, zone=zone
    )
    return Plan(alarm_, step, cleared, hush, found if hush is Hush.BEGINS else None)


def settle(desk: Desk, look: Look, now: datetime) -> Outcome | None:
    """Do it in one transaction, from what the record says inside it; None if nothing is left to do.

    Whoever comes second finds the episode of the first, and whoever lost the shard meanwhile does
    nothing: somebody else looks at it with newer counts.
    """
    with desk.work(SLO_TICK, now) as work:
        if look.lease is not None and not slo_shards.is_ours(work.connection, look.lease):
            return None
        generation = look.objective.generation
        before = before_of(
            work.connection,
            episodes.running_of(work.connection, look.slo),
            episodes.notices_of(work.connection, look.slo, generation),
            episodes.last_closed(work.connection, look.slo),
            windows.mute_of(work.connection, look.slo),
        )
        plan = plan_for(look, before, zone_of(desk))
        if plan.is_idle:
            return None
        if plan.hush is not Hush.NOTHING:
            _hush(work, look, plan, before.mute)
        after = _DO[plan.step](work, look, plan.alarm, before.episode)
        incident = _open_incident(work, after)
        if incident is not None:
            climbing.keep_pace(work, incident.number)
        _notices(work, look, plan, incident)
        return Outcome(
            look.slo,
            plan.step,
            plan.alarm.loudness,
            plan.alarm.because,
            plan.alarm.crossed,
            after.incident if after else None,
        )


def _hush(work: Work, look: Look, plan: Plan, before: Suppression | None) -> None:
    """What a window keeps quiet is told once; what it kept quiet is over."""
    if before is not None:
        muting.no_longer(work, before, plan.hush)
    held = plan.kept_quiet
    if held is None or look.muted is None:
        return
    if held.crossed and held.loudness is Loudness.QUIET:
        held = replace(held, because=notice_in_words(held.crossed[-1], look.budget))
    muting.keep_quiet(work, look.objective, look.muted, held)


def _nothing(_work: Work, _look: Look, _alarm: Alarm, before: Episode | None) -> Episode | None:
    return before


def _open(work: Work, look: Look, found: Alarm, _before: Episode | None) -> Episode | None:
    new = episodes.begin(
        work.connection,
        look.slo,
        work.now,
        generation=look.objective.generation,
        loudness=found.loudness,
        peak_burn=found.burn,
        because=found.because,
    )
    if new is None:
        return None
    if found.loudness is Loudness.PAGE:
        return _open_room(work, look, found, new)
    _tell_owner(work, look, new.id, found.because)
    return episodes.save(work.connection, new, severity=found.severity)


def _louder(work: Work, look: Look, found: Alarm, before: Episode | None) -> Episode | None:
    """What was only a ticket wakes somebody now."""
    if before is None:
        return None
    after = episodes.save(
        work.connection,
        before,
        loudness=found.loudness,
        peak_burn=max(before.peak_burn, found.burn),
        because=found.because,
        calm_since=None,
    )
    return _open_room(work, look, found, after)


def _anew(work: Work, look: Look, found: Alarm, before: Episode | None) -> Episode | None:
    """People called it resolved, and it burns on: that is the next outage, and it says so."""
    if before is not None:
        episodes.save(work.connection, before, closed_at=work.now)
    return _open(work, look, found, None)


def _open_room(work: Work, look: Look, found: Alarm, new: Episode) -> Episode:
    """The room of this outage: one that is open, one that was just left, or a new one."""
    alerts.hold(work.connection)  # of two signals at once, the second sees the first
    place, because = _find_room(work, look), found.because
    if place is None:
        incident = _declare(work, look, found)
    else:
        incident, why = place
        because = f"{because} ({why})"
        _raise(work, incident, found)
    _say(work, incident.number, Kind.SLO_BURN, look, because)
    return episodes.save(work.connection, new, incident=incident.number, severity=found.severity)


def _find_room(work: Work, look: Look) -> tuple[Incident, str] | None:
    """Where people are at work on this outage already, or were a short while ago, and why there.

    What people called off is not opened again by a budget: that gets a room of its own.
    """
    service, name = work.desk.catalog.service(look.objective.service), _name_of(look)
    running = incidents.with_open_key(work.connection, name)
    if running is not None:
        return running, f"{running.key} is open for this outage"
    serving = places.open_for(work, service.name if service else None)
    if serving is not None:
        return serving, f"{serving.key} is open for {look.objective.service}"
    joined = cascades.join(work, service.name if service else None, name)
    if joined is not None:
        return joined
    ended = places.ended_lately(work, name, places.latest_ones(work))
    if ended is None or ended.status is Status.CANCELLED:
        return None
    why = f"{look.slo} burns again {places.since_end(work, ended)} after the end of {ended.key}"
    held = work.incident(ended.number)
    return (held if held.is_open else reopen_in(work, held, why=why)), why


def _declare(work: Work, look: Look, found: Alarm) -> Incident:
    service = work.desk.catalog.service(look.objective.service)
    verb = "has spent its error budget" if found.is_exhausted else "is burning its error budget"
    declared = declare_in(
        work,
        Declare(
            title=clean_line(f"{look.slo} {verb}"),
            severity=found.severity,
            severity_because=found.severity_because,
            services=(service.name,) if service else (),
            open_key=_name_of(look),
            detected_by="slo",
            started_at=_began(work, look),
            facts={
                "slo": look.slo,
                "because": found.because,
                "burn": round(found.burn, 2),
                "budget_remaining": round(float(look.budget.remaining), 4),
            },
        ),
    )
    return declared.incident


def _name_of(look: Look) -> str:
    """What its outage is called."""
    return outage_of(look.slo)


def _worse(work: Work, look: Look, found: Alarm, before: Episode | None) -> Episode | None:
    """The burn asks for a worse severity than it ever did: the same room, louder."""
    if before is None:
        return None
    incident = _open_incident(work, before)
    if incident is not None:
        _raise(work, incident, found)
        _say(work, incident.number, Kind.SLO_BURN, look, found.because)
    return episodes.save(
        work.connection,
        before,
        severity=found.severity,
        peak_burn=max(before.peak_burn, found.burn),
        because=found.because,
    )


def _peak(work: Work, _look: Look, found: Alarm, before: Episode | None) -> Episode | None:
    if before is None:
        return None
    incident = _open_incident(work, before)
    if incident is not None:
        work.refresh(incident)
    return episodes.save(work.connection, before, peak_burn=found.burn)


def _calm(work: Work, look: Look, _found: Alarm, before: Episode | None) -> Episode | None:
    if before is None:
        return None
    return episodes.save(work.connection, before, calm_since=look.figures.watermark)


def _burns_again(work: Work, _look: Look, _found: Alarm, before: Episode | None) -> Episode | None:
    return None if before is None else episodes.save(work.connection, before, calm_since=None)


def _close(work: Work, look: Look, _found: Alarm, before: Episode | None) -> Episode | None:
    """It stopped. People say when the incident is over; the burn only says that it is calm."""
    if before is None:
        return None
    incident = _open_incident(work, before)
    if incident is not None:
        _say(work, incident.number, Kind.SLO_RECOVERED, look, _peaked(look, before))
        work.refresh(incident)
    elif _wants_the_end(look, before):
        _tell_owner(
            work, look, f"{before.id}/over", _SAYS[Kind.SLO_RECOVERED] + _peaked(look, before)
        )
    return episodes.save(work.connection, before, closed_at=work.now)


def _wants_the_end(look: Look, before: Episode) -> bool:
    """Whether the end of what was only a ticket is told: where its alert policy asks for it."""
    alerting = look.objective.alerting
    return alerting is not None and alerting.when_resolved and before.incident is None


def _peaked(look: Look, before: Episode) -> str:
    left = percent(look.budget.remaining)
    return f"it peaked at {before.peak_burn:.1f}x; {left} of the budget is left"


_Doing = Callable[[Work, Look, Alarm, Episode | None], Episode | None]

_DO: Mapping[Step, _Doing] = {
    Step.NOTHING: _nothing,
    Step.OPEN: _open,
    Step.LOUDER: _louder,
    Step.WORSE: _worse,
    Step.PEAK: _peak,
    Step.CALM: _calm,
    Step.BURNS_AGAIN: _burns_again,
    Step.CLOSE: _close,
    Step.ANEW: _anew,
}

_SAYS = {
    Kind.SLO_BURN: "burns its error budget: ",
    Kind.SLO_NOTICE: "error budget: ",
    Kind.SLO_RECOVERED: "stopped burning: ",
}


def _notices(work: Work, look: Look, plan: Plan, incident: Incident | None) -> None:
    """Give the notices that are due; several at once are said as the last of them."""
    generation = look.objective.generation
    for notice in plan.cleared:
        episodes.clear(work.connection, look.slo, generation, notice, work.now)
    policies.leave_steps(work, look.objective, plan.cleared)
    given = [
        notice
        for notice in plan.alarm.crossed
        if episodes.notify(work.connection, look.slo, generation, notice, work.now)
    ]
    if not given:
        return
    words = notice_in_words(given[-1], look.budget)
    by_policy = policies.take_steps(work, look.objective, given, incident)
    words = f"{words}; {by_policy}" if by_policy else words
    if incident is not None:
        _say(work, incident.number, Kind.SLO_NOTICE, look, words)
        work.refresh(incident)
        return
    _tell_owner(work, look, uuid7(work.now), words)


def _raise(work: Work, incident: Incident, found: Alarm) -> None:
    """Only ever to worse: people may know better than a burn rate that it is not so bad."""
    if is_worse(found.severity, incident.severity):
        set_severity_in(work, incident, found.severity, why=found.severity_because)


def _say(work: Work, number: IncidentNumber, kind: Kind, look: Look, because: str) -> None:
    """On the record and in the room."""
    work.log(number, kind, {"slo": look.slo, "because": because})
    facts = {"slo": look.slo, "because": _SAYS[kind] + because}
    work.send(effects.post(number, f"slo/{uuid7(work.now)}", "slo_alert", facts))


def _tell_owner(work: Work, look: Look, name: str, because: str) -> None:
    """One direct message to whoever is on call for the service, or else to its team's lead."""
    tell_owner(work, look.objective, name, because)


def _open_incident(work: Work, episode: Episode | None) -> Incident | None:
    """The incident of an episode, held, while people work on it."""
    if episode is None or episode.incident is None:
        return None
    number = incidents.root_of(work.connection, episode.incident)
    incident = incidents.lock(work.connection, number)
    return incident if incident is not None and incident.is_open else None


def _began(work: Work, look: Look) -> datetime:
    """When the burn began: the first of the burning buckets that lead up to now without a pause."""
    until = look.figures.watermark
    since = until - _BEGAN_WITHIN
    began = until
    buckets = slo.history(work.connection, look.slo, FINE, since, until)
    for at, counts in reversed(buckets):
        if began - at > _GAP:
            break
        if counts.bad > look.objective.budget * counts.total:
            began = at
    return min(began, work.now)
