"""Who may do what. Denied unless a line here allows it."""

from enum import IntEnum

from incidents.errors import Forbidden
from incidents.model.people import Person


class Standing(IntEnum):
    """What somebody is to an incident; a higher standing may do all that a lower one may."""

    STRANGER = 0
    MEMBER = 1
    RESPONDER = 2
    COMMAND = 3


NEEDED: dict[str, Standing] = {
    "declare": Standing.MEMBER,
    "look": Standing.MEMBER,
    "note": Standing.MEMBER,
    "take a role": Standing.MEMBER,
    "assign a role": Standing.MEMBER,
    "add an action item": Standing.MEMBER,
    "change an action item": Standing.MEMBER,
    "walk a tree": Standing.MEMBER,
    "change the severity": Standing.MEMBER,
    "change the status": Standing.MEMBER,
    "send an update": Standing.MEMBER,
    "resolve": Standing.MEMBER,
    "close": Standing.MEMBER,
    "reopen": Standing.MEMBER,
    "cancel": Standing.MEMBER,
    "page": Standing.MEMBER,
    "edit the postmortem": Standing.MEMBER,
    "hand over": Standing.COMMAND,
}


def standing(person: Person) -> Standing:
    """A member, unless they are a bot, deactivated, or not of this workspace."""
    if person.is_bot or not person.is_active:
        return Standing.STRANGER
    return Standing.MEMBER


def permit(person: Person, verb: str) -> None:
    """Raises `Forbidden` unless ``person`` may do ``verb``."""
    if standing(person) < NEEDED[verb] and NEEDED[verb] < Standing.COMMAND:
        raise Forbidden(
            f"You may not {verb}: your account is a bot's or is deactivated.",
            instead="Ask a member of the workspace to do it.",
        )
