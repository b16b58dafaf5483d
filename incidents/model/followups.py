"""Action items: what somebody promised to do after an incident, and how the promise ends."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from incidents.errors import Refused
from incidents.model.ids import ActionNumber, IncidentNumber, PersonId
from incidents.model.text import UserText, plain
from incidents.model.workdays import say_span


class ItemState(StrEnum):
    """Open until it is done, or dropped with a reason."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One promise with one owner. ``due_at`` may be missing; ``version`` counts the changes."""

    number: ActionNumber
    incident: IncidentNumber
    title: UserText
    owner: PersonId
    created_at: datetime
    created_by: PersonId
    due_at: datetime | None = None
    state: ItemState = ItemState.OPEN
    settled_at: datetime | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it still has to be done."""
        return self.state == ItemState.OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Whether its date has gone by without it."""
        return self.is_open and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class Change:
    """The item as it is now, and what happened to it, for the record."""

    item: ActionItem
    because: str


def finish(item: ActionItem, now: datetime) -> Change:
    """Done. Raises `Refused` if it is not open."""
    _must_be_open(item)
    done = _next(item, state=ItemState.DONE, settled_at=now)
    if item.due_at is None:
        return Change(done, "done")
    if now <= item.due_at:
        return Change(done, "done in time")
    return Change(done, f"done, late by {say_span(now - item.due_at)}")


def drop(item: ActionItem, reason: UserText, now: datetime) -> Change:
    """Given up, with a reason people can read later. Raises `Refused` without one."""
    _must_be_open(item)
    if not reason:
        raise Refused(
            f"Action item {item.number} cannot be dropped without a reason.",
            instead="Say in a few words why it is no longer needed.",
        )
    dropped = _next(item, state=ItemState.DROPPED, settled_at=now)
    return Change(dropped, f"dropped: {plain(reason)}")


def reopen(item: ActionItem, reason: UserText) -> Change:
    """Open again, with a reason. Raises `Refused` if it is open or there is no reason."""
    if item.is_open:
        raise Refused(f"Action item {item.number} is open already.")
    if not reason:
        raise Refused(
            f"Action item {item.number} cannot be reopened without a reason.",
            instead="Say in a few words what is missing.",
        )
    opened = _next(item, state=ItemState.OPEN, settled_at=None)
    return Change(opened, f"reopened: {plain(reason)}")


def reassign(item: ActionItem, owner: PersonId) -> Change:
    """Somebody else's promise now. Raises `Refused` if it is not open or theirs already."""
    _must_be_open(item)
    if owner == item.owner:
        raise Refused(
            f"Action item {item.number} is theirs already.", instead="Name somebody else."
        )
    return Change(_next(item, owner=owner), "reassigned")


def reschedule(item: ActionItem, due_at: datetime, now: datetime) -> Change:
    """Due at another time, which must lie ahead. Raises `Refused`."""
    _must_be_open(item)
    if due_at <= now:
        raise Refused(
            "The new date is in the past.", instead="Choose a later one, or mark the item as done."
        )
    moved = _next(item, due_at=due_at)
    if item.due_at is None:
        return Change(moved, "given a date")
    word = "later" if due_at > item.due_at else "earlier"
    return Change(moved, f"due {say_span(due_at - item.due_at)} {word}")


def _must_be_open(item: ActionItem) -> None:
    if not item.is_open:
        raise Refused(
            f"Action item {item.number} is {item.state} already.",
            instead="Reopen it first, with a reason.",
        )


def _next(item: ActionItem, **changes: object) -> ActionItem:
    return replace(item, version=item.version + 1, **changes)  # type: ignore[arg-type]  # the names of fields
