"""Climb the escalation path of an incident: while nobody commands, and when a promise is missed.

Each hop is taken by a row in ``due`` that names the version of the climb it was planned for. The
transaction that settles the row takes the hop, so it is taken once, whoever dies or races.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from incidents.actions import paging
from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model import effects
from incidents.model.escalation import Climb, Hop, Standing, gone_by, next_hop, pace
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.lifecycle import OPEN
from incidents.model.oncall import Handle, everyone_on_call
from incidents.model.roles import Role
from incidents.model.timeline import Kind
from incidents.model.workdays import say_span
from incidents.queries.choosing import Outage, burns, matter_of
from incidents.queries.escalation import path_of
from incidents.queries.oncall import roster
from incidents.store import climbs, episodes, incidents, people, roles
from incidents.store.climbs import Kept
from incidents.store.due import Due

_NO_PATH = "Name somebody: page @ana, or page and a team."


def begin(work: Work, incident: Incident) -> None:
    """From now on the path is climbed, unless somebody takes command.

    A private incident is its insiders' own: nobody else is asked without being let in.
    """
    outage = Outage.of(incident)
    found = matter_of(work.desk, outage, burns(work.desk, work.connection, outage, work.now))
    team, tier = found.team, found.what.tier
    if incident.is_private or team is None:
        return
    burn = _burn(work, incident.number)
    fresh = Climb(taken=0, gone=timedelta(), at=work.now, burn=burn)
    kept = Kept(incident.number, team.name, tier, work.now, fresh)
    if not path_of(work.desk, kept):
        return
    before = climbs.get(work.connection, incident.number)
    if before is None:
        climbs.add(work.connection, kept)
        _plan(work, incident, kept)
        return
    more = {"team": team.name, "tier": tier, "started_at": work.now}
    _plan(work, incident, climbs.save(work.connection, before, fresh, "", **more))


def keep_pace(work: Work, number: IncidentNumber) -> None:
    """The budget burns faster or slower than before: what is left of the path takes as long."""
    incident = incidents.lock(work.connection, number)
    kept = climbs.get(work.connection, number)
    if incident is None or kept is None or kept.climb.standing is not Standing.CLIMBING:
        return
    burn = _burn(work, number)
    if burn == kept.climb.burn:
        return
    _move(work, incident, kept, burn=burn)
    work.refresh(incident)


def answered(work: Work, incident: Incident, because: str) -> None:
    """Somebody commands, or has acknowledged: nobody else is asked by itself."""
    kept = climbs.get(work.connection, incident.number)
    if kept is not None and kept.climb.standing is Standing.CLIMBING:
        _move(work, incident, kept, standing=Standing.ANSWERED, because=because)


def unanswered(work: Work, incident: Incident) -> None:
    """Whoever had acknowledged does not take command: the climb goes on where it stood."""
    kept = climbs.get(work.connection, incident.number)
    if kept is None or kept.climb.standing is not Standing.ANSWERED:
        return
    if roles.holder(work.connection, incident.number, Role.COMMANDER.value) is None:
        _move(work, incident, kept, standing=Standing.CLIMBING)


def over(work: Work, incident: Incident) -> None:
    """The incident is: nobody is asked any more, and every page falls silent."""
    kept = climbs.get(work.connection, incident.number)
    if kept is not None and kept.climb.standing is not Standing.OVER:
        _move(work, incident, kept, standing=Standing.OVER)
    paging.resolve(work, incident)


def again(work: Work, incident: Incident) -> None:
    """The incident was reopened: the path begins anew, unless somebody commands."""
    kept = climbs.get(work.connection, incident.number)
    if roles.holder(work.connection, incident.number, Role.COMMANDER.value) is None:
        begin(work, incident)
    elif kept is not None and kept.climb.standing is Standing.OVER:
        _move(work, incident, kept, standing=Standing.ANSWERED, because="somebody commands")


def climb_due(work: Work, due: Due) -> None:
    """So much time has gone by: the next hop, unless things changed since it was planned."""
    incident = work.incident(IncidentNumber(due.incident or 0))
    kept = climbs.get(work.connection, incident.number)
    if kept is None or kept.version != due.args["version"]:
        return
    if incident.status not in OPEN or kept.climb.standing is not Standing.CLIMBING:
        return
    if incident.is_private:
        _move(work, incident, kept, standing=Standing.STOPPED, because="it became private")
        return
    _hop(work, incident, kept, _waited(work, kept))


def promise_missed(work: Work, incident: Incident, promised: datetime) -> None:
    """An update was promised and is far too late: one hop, once for each promise."""
    kept = climbs.get(work.connection, incident.number)
    if kept is None or incident.is_private:
        return
    if kept.climb.standing not in {Standing.CLIMBING, Standing.ANSWERED}:
        return
    because = (
        f"the update promised for {promised:%H:%M} UTC is {say_span(work.now - promised)} late"
    )
    _hop(work, incident, kept, because, mark=f"climb/promise/{promised.isoformat()}")


def climb_now(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> Hop:
    """The next hop at once, because somebody wants it; it is climbed from there on."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        kept = climbs.get(work.connection, number)
        path = path_of(desk, kept) if kept else ()
        if not incident.is_open:
            raise Refused(
                f"{incident.key} is {incident.status}: nobody is asked any more.",
                instead="If it is back: reopen and why.",
            )
        if kept is None or incident.is_private or not path:
            raise Refused(f"{incident.key} has no escalation path.", instead=_NO_PATH)
        if kept.climb.taken >= len(path):
            asked = "; ".join(hop.whom for hop in path)
            raise Refused(f"Everybody on the path was asked: {asked}.", instead=_NO_PATH)
        if kept.climb.standing is Standing.STOPPED:
            kept = _move(work, incident, kept, standing=_by_command(work, number))
        hop = _hop(work, incident, kept, "asked for by hand")
        if hop is None:
            raise Refused("Nobody is left on the path but who commands.", instead=_NO_PATH)
        return hop


def stop(desk: Desk, number: IncidentNumber, why: str, *, by: Origin, now: datetime) -> None:
    """Nobody else is asked by itself, until somebody escalates by hand. Pages fall silent."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        kept = climbs.get(work.connection, number)
        if not why:
            raise Refused(
                "Stopping the escalation needs a reason.",
                instead="Add it: escalate stop we have everybody we need",
            )
        if kept is None or kept.climb.standing in {Standing.STOPPED, Standing.OVER}:
            raise Refused(f"Nobody is being asked for {incident.key}: nothing to stop.")
        _move(work, incident, kept, standing=Standing.STOPPED, because=why)
        work.log(number, Kind.ESCALATION_STOPPED, {"because": why})
        paging.quiet(work, incident, by=by.actor, via=by.source)
        work.refresh(incident)


def _hop(work: Work, incident: Incident, kept: Kept, because: str, *, mark: str = "") -> Hop | None:
    """Ask whoever is next on the path, and does not command already.

    Nothing if it is used up, or ``mark`` was set before.
    """
    path = path_of(work.desk, kept)
    ahead = [
        (place, hop, asked)
        for place, hop in enumerate(path[kept.climb.taken :], start=kept.climb.taken + 1)
        if (asked := _people(work, incident, hop))
    ]
    if not ahead:
        return None
    place, hop, asked = ahead[0]
    body = {"people": asked, "hop": place, "of": len(path), "because": because}
    if not work.log(incident.number, Kind.ESCALATED, body, source_key=mark or None):
        return None
    gone = max(gone_by(kept.climb, work.now), hop.after)  # what is behind us is behind us
    after = replace(kept.climb, taken=place, gone=gone, at=work.now)
    _plan(work, incident, climbs.save(work.connection, kept, after, because))
    for who in asked:
        if _is_ringing(work, incident.number, who):
            continue
        paging.page(work, incident, who, "climb", because, name=f"climb-{place}-{kept.version}")
    facts = {"key": incident.key, **body}
    work.send(effects.post(incident.number, f"climb/{kept.version}", "escalated", facts))
    work.refresh(incident)
    return hop


def _is_ringing(work: Work, number: IncidentNumber, who: str) -> bool:
    """Whether they are asked to command at this moment: one call at a time."""
    offer = roles.offered(work.connection, number, Role.COMMANDER.value)
    return offer is not None and offer.person == who


def _people(work: Work, incident: Incident, hop: Hop) -> list[str]:
    """Who that is now: ids of those Slack knows, names of the others; not whoever commands."""
    turns = roster(work.desk.catalog, work.connection, work.now, hop.rotations)
    duty = [one.person for one in everyone_on_call(tuple(turns.values()), work.now)]
    holder = roles.holder(work.connection, incident.number, Role.COMMANDER.value)
    found = dict.fromkeys(_ids(work, (*hop.people, *duty)))
    return [who for who in found if holder is None or who != holder.person]


def _ids(work: Work, handles: Iterable[Handle]) -> list[str]:
    known = ((handle, people.named(work.connection, handle)) for handle in handles)
    return [person.id if person else str(handle) for handle, person in known]


def _move(
    work: Work,
    incident: Incident,
    kept: Kept,
    *,
    burn: float | None = None,
    standing: Standing | None = None,
    because: str = "",
) -> Kept:
    """The path's time up to now is counted as it ran; from now on it runs as it should."""
    after = replace(
        kept.climb,
        gone=gone_by(kept.climb, work.now),
        at=work.now,
        burn=_burn(work, incident.number) if burn is None else burn,
        standing=standing or kept.climb.standing,
    )
    moved = climbs.save(work.connection, kept, after, because or kept.because)
    _plan(work, incident, moved)
    return moved


def _plan(work: Work, incident: Incident, kept: Kept) -> None:
    """The next hop is due when the path's time says so."""
    work.never_mind(f"{incident.key}/climb/")
    ahead = next_hop(kept.climb, path_of(work.desk, kept))
    if ahead is None or kept.climb.standing is not Standing.CLIMBING:
        return
    key, args = f"{incident.key}/climb/{kept.version}", {"version": kept.version}
    work.later(key, "climb_due", ahead[0], args, incident=incident.number)


def _by_command(work: Work, number: IncidentNumber) -> Standing:
    holder = roles.holder(work.connection, number, Role.COMMANDER.value)
    return Standing.CLIMBING if holder is None else Standing.ANSWERED


def _burn(work: Work, number: IncidentNumber) -> float:
    """The fastest that any budget of the incident has burnt in the episode that is going on."""
    running = [
        one.peak_burn
        for one in episodes.of_incident(work.connection, number)
        if one.closed_at is None and one.calm_since is None
    ]
    return max(running, default=0.0)


def _waited(work: Work, kept: Kept) -> str:
    """``nobody has taken command for 2 min, and it burns at 14.4x: climbed 3.8 times as fast``."""
    because = f"nobody has taken command for {say_span(work.now - kept.started_at)}"
    faster = pace(kept.climb.burn)
    if faster <= 1:
        return because
    return f"{because}, and it burns at {kept.climb.burn:.1f}x: climbed {faster:.1f} times as fast"
