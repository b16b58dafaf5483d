"""The record: what happened and when, when we learned of it, who says so, and proof of order.

Entries are never changed. A correction is a new entry that names the one it corrects. Each entry's
hash covers its content and the hash before it, so that an edit, a gap or a swap shows.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.people import BOT

GENESIS = "0" * 64


class Kind(StrEnum):
    """What an entry is about. The words it is told in are in `incidents.render.timeline`."""

    DECLARED = "declared"
    ROOM_OPENED = "room_opened"
    ROOM_RENAMED = "room_renamed"
    ROOM_LOST = "room_lost"
    ROOM_BACK = "room_back"
    ROOM_ARCHIVED = "room_archived"
    ROOM_KEPT = "room_kept"
    ROOM_HIDDEN = "room_hidden"
    NUDGED = "nudged"
    NUDGE_DISMISSED = "nudge_dismissed"
    STEP_FAILED = "step_failed"
    STEP_RETRIED = "step_retried"
    TITLE = "title_changed"
    SERVICES = "services_changed"
    SEVERITY = "severity_changed"
    STATUS = "status_changed"
    OFFERED = "role_offered"
    ACCEPTED = "role_accepted"
    PASSED = "role_passed"
    EXPIRED = "role_offer_expired"
    TAKEN = "role_taken"
    HANDED_OVER = "role_handed_over"
    RELEASED = "role_released"
    UNASSIGNED = "role_unassigned"
    PAGED = "paged"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    PAGE_ANSWERED = "page_answered"
    ESCALATED = "escalated"
    ESCALATION_STOPPED = "escalation_stopped"
    VENDOR_ASKED = "vendor_asked"
    VENDOR_ANSWERED = "vendor_answered"
    VENDOR_LATE = "vendor_late"
    JOINED = "joined"
    LEFT = "left"
    NOTE = "note"
    MESSAGE = "message"
    SAID = "said"
    UNSAID = "unsaid"
    FILE_KEPT = "file_kept"
    FILE_NOT_KEPT = "file_not_kept"
    RETRACTED = "retracted"
    UPDATE = "update_sent"
    UPDATE_LATE = "update_late"
    TREE_STARTED = "tree_started"
    TREE_CHECKED = "tree_checked"
    TREE_ANSWERED = "tree_answered"
    TREE_BACK = "tree_back"
    TREE_ENDED = "tree_ended"
    ACTION_ADDED = "action_added"
    ACTION_DONE = "action_done"
    ACTION_DROPPED = "action_dropped"
    ACTION_MOVED = "action_moved"
    ACTION_REMINDED = "action_reminded"
    ACTION_ESCALATED = "action_escalated"
    LINKED = "linked"
    TEAM_JOINED = "team_joined"
    TEAM_ANSWERED = "team_answered"
    MERGED = "merged"
    TOOK_IN = "took_in"
    SPLIT = "split"
    SPLIT_OFF = "split_off"
    SLO_BURN = "slo_burn"
    SLO_NOTICE = "slo_notice"
    SLO_RECOVERED = "slo_recovered"
    SLO_COST = "slo_cost"
    POLICY = "policy_applied"
    ALERT_FIRED = "alert_fired"
    ALERT_RESOLVED = "alert_resolved"
    CHANGE = "change"
    GATE_WAIVER = "gate_waiver"
    SUSPECTS = "suspects"
    MADE_PRIVATE = "made_private"
    LET_IN = "let_in"
    GLASS_BROKEN = "glass_broken"
    KEY_TIME = "key_time_set"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    UNDONE = "undone"
    POSTMORTEM_STARTED = "postmortem_started"
    POSTMORTEM_EDITED = "postmortem_edited"
    POSTMORTEM_EXPORTED = "postmortem_exported"


EVIDENCE = frozenset({Kind.SAID, Kind.UNSAID})
"""What is kept and not told: everybody's messages. They are shown where somebody asks for them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an incident's record.

    ``occurred_at`` is when it happened, ``recorded_at`` when we wrote it down. ``body`` is plain
    JSON whose texts are as people typed them: escape at the destination. ``corrects`` is a
    ``seq``.
    """

    incident: IncidentNumber
    seq: int
    id: str
    occurred_at: datetime
    recorded_at: datetime
    actor: PersonId
    source: str
    kind: Kind
    body: dict[str, Any]
    source_key: str | None
    corrects: int | None
    prev_hash: str
    hash: str


class Provenance(StrEnum):
    """Whose word an entry is."""

    PERSON = "person"
    BOT = "bot"
    ALERT = "alert"
    IMPORT = "import"


_BY_SOURCE = {
    "alert": Provenance.ALERT,
    "slo": Provenance.ALERT,
    "import": Provenance.IMPORT,
    "slack": Provenance.PERSON,
    "cli": Provenance.PERSON,
}


def provenance(entry: Entry) -> Provenance:
    """Whose word it is: of a marked message, that of who wrote it and not of who marked it.

    A program with a token is a bot, and so are we ourselves.
    """
    if entry.body.get("imported"):
        return Provenance.IMPORT
    if entry.kind in {Kind.MESSAGE, Kind.SAID}:
        return Provenance.BOT if entry.body.get("by_bot") else Provenance.PERSON
    if entry.actor == BOT and entry.source not in {"alert", "slo", "import"}:
        return Provenance.BOT
    return _BY_SOURCE.get(entry.source, Provenance.BOT)


def superseded(entries: Iterable[Entry]) -> dict[int, str]:
    """What a later entry did to which: ``corrected`` by a better version, or ``taken back``."""
    of = {entry.seq: entry for entry in entries}
    return {
        later.corrects: "corrected"
        if later.corrects in of and of[later.corrects].kind is later.kind
        else "taken back"
        for later in of.values()
        if later.corrects is not None
    }


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row that does not fit, and what is wrong with it."""

    seq: int
    because: str


def moment_of(ts: str) -> datetime:
    """The instant in Slack's name for a message, to the microsecond."""
    seconds, _, fraction = ts.partition(".")
    whole = datetime.fromtimestamp(int(seconds), UTC)
    return whole.replace(microsecond=int(fraction[:6].ljust(6, "0") or 0))


def digest(prev_hash: str, content: str) -> str:
    """SHA-256 over the hash before and the entry's canonical JSON, in hexadecimal."""
    return hashlib.sha256(f"{prev_hash}\n{content}".encode()).hexdigest()


def verify(rows: Iterable[tuple[Entry, str]], *, count: int, head: str) -> Broken | None:
    """The first break in a timeline, or None if it is whole.

    ``rows`` are entries in order of ``seq`` with their canonical content; ``count`` and ``head``
    are what the incident itself remembers, which is how a cut-off end is found.
    """
    expected_seq, previous = 1, GENESIS
    for entry, content in rows:
        if entry.seq != expected_seq:
            return Broken(expected_seq, f"entry {expected_seq} is missing")
        if entry.prev_hash != previous:
            return Broken(entry.seq, "it does not follow from the entry before it")
        if digest(previous, content) != entry.hash:
            return Broken(entry.seq, "its content does not match its hash")
        expected_seq, previous = expected_seq + 1, entry.hash
    if expected_seq - 1 != count:
        return Broken(
            expected_seq, f"the incident counts {count} entries, {expected_seq - 1} are here"
        )
    return None if previous == head else Broken(count, "the incident remembers another last entry")
