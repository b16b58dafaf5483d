"""What can be taken back, by whom, and what to do about the rest.

An act is an entry of the record that changed something. `WAYS` decides for each kind of act; kinds
that are not in it are observations, and nothing is there to undo.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from incidents.model.ids import PersonId
from incidents.model.people import BOT
from incidents.model.timeline import Entry, Kind

_MACHINES = frozenset({"clock", "slo", "alert"})


@dataclass(frozen=True, slots=True)
class Way:
    """``needs`` is the permission; ``cannot`` says why not, and ``instead`` what to do about it."""

    needs: str
    cannot: str = ""
    instead: str = ""


WAYS: Mapping[Kind, Way] = {
    Kind.SEVERITY: Way("change the severity"),
    Kind.STATUS: Way("change the status"),
    Kind.RESOLVED: Way("reopen"),
    Kind.CLOSED: Way("reopen"),
    Kind.CANCELLED: Way("reopen"),
    Kind.REOPENED: Way("close"),
    Kind.NOTE: Way("note"),
    Kind.MESSAGE: Way("note"),
    Kind.ACTION_ADDED: Way("change an action item"),
    Kind.ACTION_DONE: Way("change an action item"),
    Kind.ACTION_DROPPED: Way("change an action item"),
    Kind.OFFERED: Way("assign a role"),
    Kind.TAKEN: Way("assign a role"),
    Kind.ACCEPTED: Way("assign a role"),
    Kind.UPDATE: Way(
        "send an update",
        "An update cannot be unsent: people have read it.",
        "Send a correction: update and the right words.",
    ),
    Kind.PAGED: Way(
        "page",
        "A page cannot be unsent.",
        "Tell them in the room that they are not needed.",
    ),
    Kind.ACTION_MOVED: Way(
        "change an action item",
        "An action item does not remember its old date or owner.",
        "Change it again with the buttons under mine.",
    ),
    Kind.MADE_PRIVATE: Way(
        "make private",
        "What is private does not become public again: its room was closed to the others.",
        "Declare a public incident for what everybody may know.",
    ),
    Kind.LET_IN: Way(
        "add an insider",
        "Whoever was let in has seen it.",
        "Remove them from the room in Slack.",
    ),
    Kind.LINKED: Way(
        "link",
        "A link stays on both records.",
        "Say what is right: note they have nothing to do with each other",
    ),
    Kind.MERGED: Way(
        "split", "Who has come together is taken apart on purpose.", "Type split in this room."
    ),
    Kind.TOOK_IN: Way(
        "split",
        "Who has come together is taken apart on purpose.",
        "Take it out again: split and its key.",
    ),
    Kind.SPLIT: Way(
        "merge",
        "What was taken out has a room of its own.",
        "Bring it back there: merge and our key.",
    ),
    Kind.SPLIT_OFF: Way(
        "merge", "This has a room of its own by now.", "Bring it back: merge and the other's key."
    ),
    Kind.DECLARED: Way(
        "cancel",
        "A declared incident stays on the record.",
        "If it was none, cancel it and say why: cancel false alarm",
    ),
}


@dataclass(frozen=True, slots=True)
class Acts:
    """``own`` is what somebody did last, or a rule; ``others`` is the last act of all, if newer.

    Where rules acted at once upon what they did, ``own`` is that and ``others`` what the rules made
    of it: who would rather take back only that may choose it. ``stuck`` is the last act of all, if
    it cannot be taken back.
    """

    own: Entry | None
    others: Entry | None
    stuck: Entry | None


def is_automatic(entry: Entry) -> bool:
    """Whether a rule did it. To ask somebody to command is one, whoever set it off."""
    return entry.actor == BOT or entry.source in _MACHINES or entry.kind is Kind.OFFERED


def last_acts(entries: Sequence[Entry], taken_back: Collection[int], me: PersonId) -> Acts:
    """What ``me`` might mean by undo, rather than what rules made of it at once.

    ``entries`` are in order; ``taken_back`` do not count.
    """
    standing = [one for one in entries if one.kind in WAYS and one.seq not in taken_back]
    able = [one for one in standing if not WAYS[one.kind].cannot]
    own = next((one for one in reversed(able) if one.actor == me or is_automatic(one)), None)
    if own is not None and is_automatic(own):
        own = _cause(able, own, me) or own
    last = able[-1] if able else None
    newest = standing[-1] if standing else None
    return Acts(
        own=own,
        others=last if last is not own else None,
        stuck=newest if newest is not None and WAYS[newest.kind].cannot else None,
    )


def _cause(able: Sequence[Entry], effect: Entry, me: PersonId) -> Entry | None:
    """What ``me`` did at the moment at which a rule did ``effect``: that is what they regret."""
    return next(
        (
            one
            for one in reversed(able)
            if one.recorded_at == effect.recorded_at and one.actor == me and not is_automatic(one)
        ),
        None,
    )
