"""What may be told of a private incident, by who reads it.

What waits was written while everybody could know, and it may wait for days. So this is asked when
it is carried, of every effect, and whatever nobody thought of is not told.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from incidents.model.effects import DIRECT_MESSAGES, EffectKind


class Telling(StrEnum):
    """How an effect of a private incident is carried."""

    AS_IT_IS = "as it is"
    HUSHED = "without what it is about"
    CLOSED = "as a neutral end of what they were told before"
    WITHHELD = "not at all"


INSIDE = frozenset(
    {
        EffectKind.OPEN_ROOM,
        EffectKind.INVITE,
        EffectKind.TOPIC,
        EffectKind.BOOKMARK,
        EffectKind.CARD,
        EffectKind.PIN_CARD,
        EffectKind.EDIT_CARD,
        EffectKind.ANNOUNCE,
        EffectKind.EDIT_ANNOUNCEMENT,
        EffectKind.CAPTURE,
        EffectKind.ARCHIVE,
        EffectKind.UPLOAD,
        EffectKind.CHECK,
        EffectKind.RECONCILE,
        EffectKind.UNARCHIVE,
        EffectKind.DELETE,
        EffectKind.KEEP_FILE,
    }
)
"""What happens in the incident's own room, says nothing, or is written when it is carried."""


def telling(kind: EffectKind, args: Mapping[str, Any], may_know: Callable[[str], bool]) -> Telling:
    """How it is carried. ``may_know`` says of a person whether they are an insider."""
    if kind in INSIDE or _stays_inside(kind, args):
        return Telling.AS_IT_IS
    knows = may_know(str(args.get("person", "")))
    match kind:
        case EffectKind.DIRECT:
            return Telling.AS_IT_IS if knows else Telling.WITHHELD
        case EffectKind.EDIT:
            return Telling.AS_IT_IS if knows else Telling.CLOSED
        case EffectKind.PAGE | EffectKind.NOTIFY:
            return Telling.HUSHED if knows else Telling.WITHHELD
    return Telling.WITHHELD  # elsewhere, where others read


def _stays_inside(kind: EffectKind, args: Mapping[str, Any]) -> bool:
    """Of the kinds that may go elsewhere: whether this one does not, or says nothing there."""
    match kind:
        case EffectKind.POST:
            return "channel" not in args
        case EffectKind.EDIT:
            return not args.get("of", "").startswith(DIRECT_MESSAGES)
        case EffectKind.PAGE:
            return bool(args["action"] != "trigger")  # it falls silent
    return False
