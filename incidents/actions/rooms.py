"""What follows once an effect is carried: the room is open, the card is up, a message was read."""

from collections.abc import Mapping

from incidents.actions import converting, evidence, fallback, notes, paging, reconcile, triage
from incidents.actions.deliver import Consequence
from incidents.actions.desk import Work
from incidents.model import effects
from incidents.model.effects import EffectKind, Receipt
from incidents.model.timeline import Kind
from incidents.store import incidents, outbox_view
from incidents.store.outbox import Claimed


def room_opened(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The channel exists: the incident knows its room, and the record says so."""
    if effect.incident is None:
        return
    if receipt.result.get("is_theirs"):
        converting.moved_in(work, effect, receipt.result)
        return
    if "instead" in receipt.result:
        converting.moved_elsewhere(work, effect, receipt.result)
    incident = work.incident(effect.incident)
    room, name = receipt.result["channel"], receipt.result["name"]
    incidents.save(work.connection, incident, room=room, room_name=name)
    work.log(incident.number, Kind.ROOM_OPENED, {"room": name, "channel": room})


def card_posted(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The card has a place: edits and the pin go there."""
    if effect.incident is None:
        return
    incident = work.incident(effect.incident)
    incidents.save(work.connection, incident, card_ts=receipt.result["ts"])


def card_edited(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The card is true again; or somebody deleted it, and there has to be another."""
    missing = receipt.result.get("missing")
    if missing is None or effect.incident is None:
        return
    incident = work.incident(effect.incident)
    another = effects.post_card_again(incident.number, missing)
    if incident.card_ts == missing and not outbox_view.waits(work.connection, another):
        work.send(another)


def announced(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """The announcement has a place: edits go there."""
    if effect.incident is None or "ts" not in receipt.result:
        return
    incident = work.incident(effect.incident)
    incidents.save(
        work.connection,
        incident,
        announcement_channel=receipt.result["channel"],
        announcement_ts=receipt.result["ts"],
    )


def invited(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """Slack let some of them in; the room hears who is missing and why."""
    failed = receipt.result.get("failed")
    if failed and effect.incident is not None:
        facts = {"failed": dict(sorted(failed.items()))}
        work.send(effects.post(effect.incident, f"missing/{effect.key}", "not_invited", facts))


CONSEQUENCES: Mapping[EffectKind, Consequence] = {
    EffectKind.OPEN_ROOM: room_opened,
    EffectKind.INVITE: invited,
    EffectKind.CARD: card_posted,
    EffectKind.EDIT_CARD: card_edited,
    EffectKind.ANNOUNCE: announced,
    EffectKind.CAPTURE: notes.captured,
    EffectKind.CHECK: triage.checked,
    EffectKind.KEEP_FILE: evidence.fetched,
    EffectKind.RECONCILE: reconcile.looked,
    EffectKind.UNARCHIVE: reconcile.unarchived,
    EffectKind.NOTIFY: fallback.reached,
    EffectKind.PAGE: paging.carried,
}
