"""The four roles of an incident: what each is for, what people call it, and who may hold it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from incidents.model.lifecycle import Blocker
from incidents.model.people import Person


class Role(StrEnum):
    """What somebody does in an incident. There is at most one of each."""

    COMMANDER = "commander"
    DEPUTY = "deputy"
    COMMS_LEAD = "comms"
    SCRIBE = "scribe"

    @property
    def title(self) -> str:  # type: ignore[override]  # nobody needs str.title of a role
        """``comms lead``: as it stands in a sentence."""
        return "comms lead" if self is Role.COMMS_LEAD else self.value


@dataclass(frozen=True, slots=True)
class Brief:
    """What the person who takes a role is told: its purpose in a sentence, then the first steps."""

    emoji: str
    purpose: str
    steps: tuple[str, ...]


BRIEFS: dict[Role, Brief] = {
    Role.COMMANDER: Brief(
        ":firefighter:",
        "You decide. You keep the whole picture and let others do the typing.",
        (
            "Say in the room that you command, and what you know so far.",
            "Settle the severity, then who is needed. Bring people in by name.",
            "Prefer what stops the harm now (roll back, fail over) to finding the cause.",
            "Give out one task at a time, to one person, with a time to report back.",
            "Keep the promised updates, or give them to a comms lead.",
            "If you must leave or are too tired, hand over: never just go.",
        ),
    ),
    Role.DEPUTY: Brief(
        ":handshake:",
        "You are the commander's second pair of eyes, and take over at any moment.",
        (
            "Follow everything as if you commanded.",
            "Watch the clock: promised updates, tasks without an answer, tired people.",
            "Take what the commander hands you, and say when they miss something.",
        ),
    ),
    Role.COMMS_LEAD: Brief(
        ":mega:",
        "You tell everybody outside the room, so that nobody comes in to ask.",
        (
            "Send the first update now: what is affected, since when, and when the next one is.",
            "Write for the reader: customers need effects and ways around, not causes.",
            "Never promise a time of repair. Promise the next update, and keep it.",
            "Bring back into the room what support and customers report.",
        ),
    ),
    Role.SCRIBE: Brief(
        ":memo:",
        "You make sure that the record tells what happened, with the right times.",
        (
            "Note decisions and their reasons, not only events.",
            "Put key messages on the timeline with a reaction; add what is said on the call.",
            "Write down each task with its owner as it is given out.",
            "Before resolving, check the times: started, detected, mitigated.",
        ),
    ),
}

_CALLED: dict[str, Role] = {
    **dict.fromkeys(("commander", "ic", "lead", "command", "incident commander"), Role.COMMANDER),
    **dict.fromkeys(("deputy", "second", "deputy commander"), Role.DEPUTY),
    **dict.fromkeys(("comms", "comms lead", "communications"), Role.COMMS_LEAD),
    **dict.fromkeys(("scribe", "notes", "note taker", "recorder"), Role.SCRIBE),
}  # fmt: skip

_NOT_TOGETHER: dict[Role, frozenset[Role]] = {
    Role.COMMANDER: frozenset({Role.DEPUTY, Role.SCRIBE}),
    Role.DEPUTY: frozenset({Role.COMMANDER}),
    Role.COMMS_LEAD: frozenset(),
    Role.SCRIBE: frozenset({Role.COMMANDER}),
}


def parse_role(typed: str) -> Role | None:
    """The role somebody typed (``ic``, ``comms``, ``Comms-Lead``); None if it is none of them."""
    return _CALLED.get(" ".join(typed.lower().replace("-", " ").replace("_", " ").split()))


def why_not(role: Role, person: Person, holds: Collection[Role] = ()) -> Blocker | None:
    """What keeps ``person``, who holds ``holds`` in this incident, from ``role``; None if nothing.

    A commander cannot be their own deputy, and cannot both decide and write everything down.
    """
    if person.is_bot:
        return Blocker("bot", f"{person.name} is an app.", "Choose a person.")
    if not person.is_active:
        return Blocker(
            "inactive", f"{person.name}'s account is deactivated.", "Choose somebody else."
        )
    clash = next((held for held in Role if held in holds and held in _NOT_TOGETHER[role]), None)
    if clash is None:
        return None
    return Blocker(
        "clash",
        f"{person.name} is {clash.title} and cannot be {role.title} as well.",
        f"Give the role of {clash.title} to somebody else first.",
    )
