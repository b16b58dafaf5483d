"""Who may do what, and who may see what. Denied unless a line here allows it.

Somebody has several standings towards an incident at once: a member of the workspace who is in the
room and commands is viewer, responder and command. A verb is allowed to whoever has one of the
standings in its line. `permit` is asked at the moment of the wish, with the standings of that
moment: what a button or a form looked like when it was made does not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidents.model.ids import PersonId
from incidents.model.people import Person


class Standing(StrEnum):
    """What somebody is to an incident, or to the workspace if it is about none."""

    STRANGER = "stranger"  # a bot, or a deactivated account
    GUEST = "guest"  # restricted to some channels, or of another organisation
    VISITOR = "visitor"  # a guest in the room of a public incident
    VIEWER = "viewer"  # a member of the workspace; of a private incident, its insiders only
    RESPONDER = "responder"  # in the room, or asked to take a role
    COMMAND = "command"  # commander or deputy; without a commander, every responder
    OWNER = "owner"  # of a team that owns one of the services
    SECURITY = "security"
    ADMIN = "admin"


_EVERYBODY = frozenset(Standing)
_MEMBERS = frozenset({Standing.VIEWER})
_MEMBERS_AND_VISITORS = frozenset({Standing.VIEWER, Standing.VISITOR})
_AT_WORK = frozenset({Standing.RESPONDER, Standing.COMMAND, Standing.ADMIN})
_AT_WORK_OR_OWNER = _AT_WORK | {Standing.OWNER}
_COMMAND = frozenset({Standing.COMMAND})
_COMMAND_OR_SECURITY = frozenset({Standing.COMMAND, Standing.SECURITY})

PERMISSIONS: Mapping[str, frozenset[Standing]] = {
    # What Slack itself reports is no wish of anybody's: who came, who left.
    "be noted": _EVERYBODY,
    # About no incident in particular.
    "ask for help": frozenset({Standing.VIEWER, Standing.GUEST}),
    "look around": _MEMBERS,
    "declare": _MEMBERS,
    "change the on-call": _MEMBERS,
    "waive the gate": _MEMBERS,
    "plan a window": _MEMBERS,
    "exclude from a budget": frozenset({Standing.ADMIN}),
    "break the glass": frozenset({Standing.ADMIN}),
    # What somebody at three in the morning must be able to do at once.
    "look": _MEMBERS_AND_VISITORS,
    "note": _MEMBERS_AND_VISITORS,
    "add an action item": _MEMBERS_AND_VISITORS,
    "change an action item": _MEMBERS_AND_VISITORS,
    "join": _MEMBERS,
    "subscribe": _MEMBERS,
    "take a role": _MEMBERS,
    "answer a call": _MEMBERS,
    "walk a tree": _MEMBERS,
    "page": _MEMBERS,
    "invite": _MEMBERS,
    # What changes the incident for everybody.
    "take over": _AT_WORK_OR_OWNER,
    "assign a role": _AT_WORK_OR_OWNER,
    "link": _MEMBERS,
    "merge": _AT_WORK_OR_OWNER,
    "split": _AT_WORK_OR_OWNER,
    "change the severity": _AT_WORK,
    "change the status": _AT_WORK,
    "send an update": _AT_WORK,
    "resolve": _AT_WORK,
    "set a key time": _AT_WORK,
    "close": _AT_WORK,
    "cancel": _AT_WORK,
    "reopen": _AT_WORK,
    "retry failed steps": _AT_WORK,
    "edit the postmortem": _AT_WORK_OR_OWNER,
    "stop the escalation": _AT_WORK,
    "hand over": _COMMAND,
    # Who may know.
    "make private": _COMMAND_OR_SECURITY,
    "add an insider": _COMMAND_OR_SECURITY,
}
"""Each verb, and the standings of which one is enough."""

MARK_NEEDS: Mapping[str, str] = {
    "timeline": "note",
    "action": "add an action item",
    "update": "send an update",
}
"""What each use of a mark on a message needs."""

_WHO = {
    Standing.VISITOR: "guests in the room",
    Standing.VIEWER: "members of the workspace",
    Standing.RESPONDER: "people in the room",
    Standing.COMMAND: "the commander or a deputy",
    Standing.OWNER: "the owners of its services",
    Standing.SECURITY: "the security team",
    Standing.ADMIN: "an administrator",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is allowed, why, and for a refusal the way forward."""

    allowed: bool
    because: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Bond:
    """How somebody is tied to one incident, as of now.

    ``in_room`` is Slack's word or our record's; ``sees`` is what `incidents.store.sight` says about
    a private incident, which somebody may see without being at work in it.
    """

    is_private: bool
    sees: bool
    in_room: bool
    was_asked: bool = False
    commands: bool = False
    has_commander: bool = True
    owns: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom something is read: of private incidents only what they may see is found.

    ``person`` is None for machines. ``sees_private`` is for those who see every incident: the
    engine, the operator at the terminal, the security team, a token with the scope for it.
    """

    person: PersonId | None
    now: datetime | None = None
    sees_private: bool = False


PUBLIC = Reader(None)
"""Everybody and nobody: the console, the status page, tokens without the scope for more."""

ALL_SEEING = Reader(None, sees_private=True)
"""The engine itself, and the operator at the terminal."""


def standings(
    person: Person, bond: Bond | None = None, *, is_security: bool = False, is_admin: bool = False
) -> frozenset[Standing]:
    """Everything ``person`` is to an incident; without a ``bond``, to the workspace.

    For a private incident it is nothing at all unless they may see it.
    """
    if person.is_bot or not person.is_active:
        return frozenset({Standing.STRANGER})
    if person.is_guest:
        visits = bond is not None and bond.in_room and not bond.is_private
        return frozenset({Standing.GUEST, Standing.VISITOR} if visits else {Standing.GUEST})
    found = {Standing.VIEWER}
    if is_security:
        found.add(Standing.SECURITY)
    if is_admin or person.is_admin:
        found.add(Standing.ADMIN)
    if bond is None:
        return frozenset(found)
    if bond.is_private and not bond.sees:
        return frozenset()
    return frozenset(found | _at_work(bond, is_security=is_security))


def _at_work(bond: Bond, *, is_security: bool) -> set[Standing]:
    found: set[Standing] = set()
    if bond.in_room or bond.was_asked or (bond.is_private and is_security):
        found.add(Standing.RESPONDER)
    if bond.commands or (found and not bond.has_commander):
        found |= {Standing.RESPONDER, Standing.COMMAND}
    if bond.owns:
        found.add(Standing.OWNER)
    return found


def permit(verb: str, has: frozenset[Standing]) -> Verdict:
    """May somebody with these standings do ``verb``? A verb without a line is refused."""
    enough = PERMISSIONS.get(verb, frozenset())
    if has & enough:
        return Verdict(allowed=True, because=f"{min(has & enough)} is enough to {verb}")
    if Standing.STRANGER in has:
        return Verdict(
            allowed=False,
            because=f"You may not {verb}: your account is a bot's or is deactivated.",
            instead="Ask a member of the workspace to do it.",
        )
    if Standing.GUEST in has:
        where = " outside of rooms they are in" if Standing.VISITOR in enough else ""
        return Verdict(
            allowed=False,
            because=f"Guests may not {verb}{where}.",
            instead="Ask a member of the workspace to do it.",
        )
    named = enough - {Standing.COMMAND} if Standing.RESPONDER in enough else enough
    who = [words for standing, words in _WHO.items() if standing in named]
    return Verdict(
        allowed=False,
        because=f"Only {_or(who)} may {verb}." if who else f"Nobody may {verb}.",
        instead=_way(enough),
    )


def _way(enough: frozenset[Standing]) -> str:
    if Standing.RESPONDER in enough:
        return "Join the room, and do it there."
    if Standing.COMMAND in enough:
        return "Ask the commander, or take command if nobody has it."
    return "Ask one of them to do it." if enough else "Use help to see what can be done."


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
