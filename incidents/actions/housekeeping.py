"""What the clock does: everything that was put off until a time, and tidying up."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from incidents.actions import (
    archiving,
    climbing,
    fallback,
    followups,
    handover,
    postmortem,
    roles,
    sources,
    supporting,
    teams,
    updates,
    vendors,
    waiving,
)
from incidents.actions.deadlines import Handler
from incidents.actions.desk import Desk, Work
from incidents.model.effects import EffectKind
from incidents.model.ids import IncidentNumber
from incidents.store import deliveries, inbox, outbox
from incidents.store.due import Due

_REMEMBERED = timedelta(days=7)  # far longer than anybody repeats a request
_LOOKED = timedelta(hours=1)  # looks at rooms: one a minute for each, with all that was seen
_KEPT = timedelta(days=1)  # deliveries that are done: long enough to see what came in


def sweep(desk: Desk, now: datetime) -> int:
    """Forget inputs that nobody will repeat, what was kept of them, and old looks at rooms.

    How many there were.
    """
    with desk.store.write() as connection:
        return (
            inbox.forget(connection, now - _REMEMBERED)
            + deliveries.forget(connection, now - _KEPT)
            + outbox.forget(connection, EffectKind.RECONCILE, now - _LOOKED)
        )


def _accept_due(work: Work, due: Due) -> None:
    roles.expire(work, _number(due), due.args["assignment"])


def _update_due(work: Work, due: Due) -> None:
    updates.chase_update(work, due)


def _team_due(work: Work, due: Due) -> None:
    teams.expire(work, _number(due), due.args["team"], due.args["question"])


def _keep_costs(work: Work, due: Due) -> None:
    incident = work.incident(_number(due))
    if not incident.is_open:
        postmortem.keep_costs(work, incident)


def _number(due: Due) -> IncidentNumber:
    return IncidentNumber(due.incident or 0)


HANDLERS: Mapping[str, Handler] = {
    "accept_due": _accept_due,
    "absent_due": handover.offer_on,
    "support_due": supporting.expire,
    "roles_due": supporting.fill_due,
    "update_due": _update_due,
    "reminder": followups.remind,
    "archive_soon": archiving.announce,
    "archive_room": archiving.put_away,
    "keep_costs": _keep_costs,
    "fallback_due": fallback.fall_back,
    "source_due": sources.miss,
    "team_due": _team_due,
    "climb_due": climbing.climb_due,
    "vendor_due": vendors.overdue,
    "waiver_lapses": waiving.lapse,
    "waiver_expires": waiving.expire,
}
