"""What an incident still needs before it can be filed, each with what clears it."""

from datetime import datetime

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import Refused
from incidents.model.budget_policy import is_top
from incidents.model.commands import to_type
from incidents.model.followups import ItemState
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.keytimes import blockers as about_times
from incidents.model.lifecycle import ENDED, Blocker, Status
from incidents.model.people import BOT
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.queries.policies import owed_by
from incidents.store import action_items, people, postmortems, roles, updates

_OUTSIDE = ("executives", "customers")  # who does not see the room, and was promised words


class NotYet(Refused):
    """It cannot be closed yet; ``blockers`` is everything that is missing."""

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        super().__init__(
            " ".join(blocker.say for blocker in blockers),
            instead="First: " + ", then ".join(to_type(b.fix) for b in blockers) + ".",
        )
        self.blockers = blockers


def why_not_close(work: Work, incident: Incident) -> tuple[Blocker, ...]:
    """Everything that stands in the way of closing, each with what clears it."""
    found: list[Blocker] = []
    if incident.status is not Status.RESOLVED:
        say = f"{incident.key} is {incident.status}, not resolved."
        found.append(Blocker("not_resolved", say, "resolve"))
    if roles.holder(work.connection, incident.number, "commander") is None:
        found.append(
            Blocker("no_commander", f"{incident.key} has no commander.", "role commander me")
        )
    if incident.status is Status.RESOLVED and not incident.fix:
        found.append(Blocker("no_fix", "Nobody said what fixed it.", "fix and what fixed it"))
    found += _unowned(work, incident)
    if not incident.is_drill:
        found += _owed(work, incident)
        found += _ownerless(work, incident)
        found += _written_up(work, incident)
    return (*found, *about_times(incident))


def say_fix(
    desk: Desk, number: IncidentNumber, fix: UserText, *, by: Origin, now: datetime
) -> Incident:
    """What fixed it, said after it was resolved."""
    if not fix:
        raise Refused("Say what fixed it.", instead="Like this: fix rolled back v42")
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if incident.status in ENDED or incident.is_open:
            raise Refused(
                f"{incident.key} is {incident.status}.", instead="Say it when you resolve."
            )
        work.log(number, Kind.NOTE, {"text": f"What fixed it: {fix.raw}"})
        return work.change(incident, fix=fix)


def own_postmortem(desk: Desk, number: IncidentNumber, *, by: Origin, now: datetime) -> None:
    """Whoever asks owns the postmortem from now on."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if incident.is_open or incident.status is Status.CANCELLED:
            raise Refused(
                f"{incident.key} is {incident.status}: it has no postmortem.",
                instead="It gets one when it is resolved.",
            )
        started = postmortems.start(work.connection, number, by.actor, now)
        if not started:
            postmortems.write(work.connection, number, now, owner=by.actor)
        work.log(number, Kind.POSTMORTEM_STARTED, {"owner": by.actor})


def _unowned(work: Work, incident: Incident) -> list[Blocker]:
    items = action_items.of(work.connection, incident.number)
    return [
        Blocker(
            f"unowned_action/{item.number}",
            f"Action item {item.number} has no owner.",
            f"todo @somebody {item.title.raw[:60]}",
        )
        for item in items
        if item.is_open and not item.owner
    ]


def _owed(work: Work, incident: Incident) -> list[Blocker]:
    """Who was promised another update, and has not heard since."""
    found = []
    for audience in _OUTSIDE:
        last = updates.latest(work.connection, incident.number, audience)
        if last is not None and last.promised_at is not None:
            by = f"{last.promised_at:%H:%M} UTC"
            say = f"{audience.capitalize()} were promised an update by {by} and heard nothing."
            found.append(Blocker(f"update_owed/{audience}", say, "update"))
    return found


def _ownerless(work: Work, incident: Incident) -> list[Blocker]:
    policies = work.desk.catalog.settings.policies
    if incident.severity not in policies.postmortem_for:
        return []
    draft = postmortems.get(work.connection, incident.number)
    known = people.get(work.connection, draft.owner) if draft else None
    is_gone = known is not None and not known.is_active
    if incident.is_open or (draft is not None and draft.owner != BOT and not is_gone):
        return []
    return [Blocker("no_postmortem_owner", "Nobody owns the postmortem.", "postmortem own")]


def _written_up(work: Work, incident: Incident) -> list[Blocker]:
    """What a budget policy asks of an incident that took too much of a four-week budget."""
    if incident.is_open or incident.status is Status.CANCELLED:
        return []
    owed = owed_by(work.desk, work.connection, incident, work.now)
    if not owed:
        return []
    found, draft = [], postmortems.get(work.connection, incident.number)
    why = owed[0].because
    if draft is None or draft.state != "published":
        say = f"The postmortem is not published: {why}."
        found.append(Blocker("budget_postmortem", say, "postmortem publish"))
    items = action_items.of(work.connection, incident.number)
    if not any(is_top(item.title.raw) and item.state != ItemState.DROPPED for item in items):
        say = f"No action item has top priority (P0): {why}."
        found.append(Blocker("budget_action", say, "todo @somebody P0 what keeps it from coming"))
    return found
