"""A waiver opens a frozen gate: one asks and says why, another one approves, and it ends by itself.

Two people, because the one who is in a hurry is not the one to judge it; one of them answers for
the service. A request that nobody answers lapses, so that no old button opens a gate by surprise.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.model.ids import PersonId, ServiceName
from incidents.model.text import UserText

LAPSES_AFTER = timedelta(minutes=30)  # a request that nobody answers
LONGEST = timedelta(days=3)  # a weekend; what holds longer is a rule, and belongs into a file
_SHA = re.compile(r"[0-9a-f]{7,64}")


class State(StrEnum):
    """How far it is. Only while it is active does it open anything."""

    ASKED = "asked"
    ACTIVE = "active"
    DECLINED = "declined"
    LAPSED = "lapsed"  # nobody answered in time
    REVOKED = "revoked"  # taken back: a request, or what was approved
    EXPIRED = "expired"


PENDING = frozenset({State.ASKED, State.ACTIVE})


@dataclass(frozen=True, slots=True)
class Waiver:
    """The gate of ``service`` stays open until ``until``, for one ``change`` or for any.

    ``told`` is who was asked to approve it; ``decided_by`` approved or declined it, who may be
    somebody else; ``ended_by`` took it back.
    """

    id: str
    service: ServiceName
    change: str
    because: UserText
    asked_by: PersonId
    asked_at: datetime
    until: datetime
    told: PersonId | None = None
    state: State = State.ASKED
    decided_by: PersonId | None = None
    decided_at: datetime | None = None
    ended_by: PersonId | None = None
    ended_at: datetime | None = None

    @property
    def lapses_at(self) -> datetime:
        """When it is too late to approve it."""
        return min(self.asked_at + LAPSES_AFTER, self.until)


@dataclass(frozen=True, slots=True)
class No:
    """Why not, and what to do instead."""

    why: str
    instead: str


def not_asked_like_this(because: str, until: datetime, now: datetime) -> No | None:
    """Why it cannot be asked for; None if it can."""
    if not because.strip():
        return No("A waiver needs a reason.", "Say it: … because the fix for INC-42 must go out.")
    if until <= now:
        return No("That is over already.", "Say for how long: for 2h.")
    if until - now > LONGEST:
        return No("A waiver holds for 3 days at most.", "Ask for less; it can be asked for again.")
    return None


def not_approved_by(
    waiver: Waiver, person: PersonId, now: datetime, *, one_answers: bool
) -> No | None:
    """Why somebody cannot approve it; None if they can.

    ``one_answers``: whoever asked or ``person`` answers for the service, or is an administrator.
    """
    if waiver.state is not State.ASKED:
        return No(f"That request is {waiver.state} already.", "Ask for a new one.")
    if now >= waiver.lapses_at:
        return No("Nobody answered that request in time.", "Ask for a new one.")
    if person == waiver.asked_by:
        return No("You asked for it yourself.", "Somebody else has to approve it.")
    if not one_answers:
        return No(
            f"Neither of you answers for {waiver.service}.",
            "Somebody of the team that owns it, or an administrator, has to approve it.",
        )
    return None


def covers(waiver: Waiver, change: str, now: datetime) -> bool:
    """Whether it opens the gate for ``change``, which may be empty where nobody says which."""
    if waiver.state is not State.ACTIVE or now >= waiver.until:
        return False
    return not waiver.change or is_same(waiver.change, change)


def is_same(one: str, other: str) -> bool:
    """Whether both name the same change: the same words, or commits of which one is cut short."""
    first, second = one.strip().lower(), other.strip().lower()
    if _SHA.fullmatch(first) and _SHA.fullmatch(second):
        return first.startswith(second) or second.startswith(first)
    return bool(first) and one.strip() == other.strip()


def in_words(waiver: Waiver, asker: str, approver: str, until: str) -> str:
    """``Waived by Ana, approved by Bo until 14:00 UTC because the fix must go out.``"""
    only = f" for {waiver.change} only" if waiver.change else ""
    why = waiver.because.raw.rstrip(".")
    return f"Waived{only} by {asker}, approved by {approver} until {until} because {why}."
