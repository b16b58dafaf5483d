"""Asked of every effect before it is carried: who reads it, and may they know?"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model.discretion import Telling, telling
from incidents.model.effects import EffectKind, Receipt
from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.oncall import Handle
from incidents.model.severity import MEANINGS
from incidents.model.text import shorten
from incidents.queries.access import sees
from incidents.render import fallback as words
from incidents.render.fallback import Purpose, Told
from incidents.store import incidents, people, slack_state
from incidents.store.outbox import Claimed

LONGEST_SUMMARY = 110  # characters; GoAlert cuts at 118
_NAMELESS = "a private incident"
WITHHELD = "withheld"
"""In the receipt of what was not told, and why."""


def discreet(
    desk: Desk, connection: Connection, effect: Claimed, now: datetime
) -> Claimed | Receipt:
    """The effect as it may be carried now; a receipt if it is left out."""
    incident = None if effect.about is None else incidents.get(connection, effect.about)
    if incident is None or not incident.is_private:
        return effect

    def may_know(who: str) -> bool:
        known = people.get(connection, who) or people.named(connection, Handle(who))
        person = known.id if known else PersonId(who)
        return sees(desk, connection, incident.number, person, now)

    match telling(effect.kind, effect.args, may_know):
        case Telling.AS_IT_IS:
            return effect
        case Telling.HUSHED:
            return replace(effect, args=_hushed(connection, incident, effect))
        case Telling.CLOSED:
            closing = {"view": "kept_private", "facts": {"key": incident.key}}
            return replace(effect, args={**effect.args, **closing})
        case Telling.WITHHELD:
            return Receipt({WITHHELD: "the incident became private"}, was_asked=False)


def ringing(incident: Incident, args: dict[str, Any]) -> dict[str, Any]:
    """What a pager is told: of a private incident, that it exists."""
    label = MEANINGS[incident.severity].label
    title = _NAMELESS if incident.is_private else incident.title.raw
    said = {**args, "summary": shorten(f"{incident.key} {label}: {title}", LONGEST_SUMMARY)}
    if not incident.is_private:
        return said
    return {**said, "because": "", "services": "", "link": ""}


def plainly(
    incident: Incident, purpose: Purpose, until: datetime | None, since: datetime | None
) -> Told:
    """What anybody may read who is reached without Slack: what is wished, and nothing of why."""
    return Told(
        purpose=purpose,
        key=incident.key,
        title=_NAMELESS,
        severity=MEANINGS[incident.severity].label,
        started_at=incident.started_at,
        because="",
        until=until,
        since=since,
        is_drill=incident.is_drill,
    )


def _hushed(connection: Connection, incident: Incident, effect: Claimed) -> dict[str, Any]:
    args = effect.args
    if effect.kind is EffectKind.PAGE:
        return ringing(incident, args)
    until = args.get("until")
    said = words.message(
        plainly(
            incident,
            Purpose(args["purpose"]),
            datetime.fromisoformat(until) if until else None,
            slack_state.unreachable_since(connection),
        )
    )
    return {**args, "subject": said.subject, "text": said.text}
