"""Declared from a message: it and its thread go on the record, and its thread leads to the room."""

from datetime import datetime

from incidents.actions.desk import Origin, Work
from incidents.actions.edits import source_key
from incidents.model import effects
from incidents.model.converting import HISTORY
from incidents.model.effects import Receipt
from incidents.model.ids import PersonId
from incidents.model.incident import Incident
from incidents.model.origins import Spot
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.store import timeline
from incidents.store.outbox import Claimed

USE = "origin"
"""What a message is read for that an incident was declared from."""


def bring_along(work: Work, incident: Incident, spot: Spot) -> None:
    """Read what was said there; answer there, unless that would tell of something private."""
    number = incident.number
    ts = spot.thread if spot.is_open else spot.ts
    facts = {"use": USE, "at": "declared", "marked_by": work.by.actor, "whole": spot.is_open}
    work.send(effects.capture(number, spot.channel, ts, facts))
    if spot.is_open and not incident.is_private:
        said = {"key": incident.key, "number": number}
        work.send(
            effects.answer_in_thread(number, spot.channel, spot.thread, "declared_here", said)
        )


def captured(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """Each message with its own author and time, once."""
    number, args = effect.incident, effect.args
    if number is None:
        return
    work.by = Origin(PersonId(args["marked_by"]), "slack")
    for said in receipt.result["messages"]:
        key = source_key("timeline", args["channel"], said["ts"])
        if timeline.by_source_key(work.connection, number, key) is not None:
            continue
        kept = {name: value for name, value in said.items() if name not in {"at", "ts", "edited"}}
        body = {**kept, "text": clean(said["text"]).raw, "marked_by": args["marked_by"]}
        if args["use"] == HISTORY:
            body["imported"] = True
        at = datetime.fromisoformat(said["at"])
        work.log(number, Kind.MESSAGE, {**body, "use": args["use"]}, occurred_at=at, source_key=key)
