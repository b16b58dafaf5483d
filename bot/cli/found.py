"""What a look at the live set-up found, and how looks that fail are told."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at. ``state`` is ok, note, wrong or unreachable.

    A note is nothing that has to be done.
    """

    what: str
    state: str
    say: str


MARKS = {"ok": "✔ ok", "note": "• note", "wrong": "✖ wrong", "unreachable": "✖ unreachable"}


def look(what: str, see: Callable[[], str]) -> Found:
    """What ``see`` says, or what is wrong by the error it raises."""
    from sqlalchemy.exc import SQLAlchemyError

    from incidents.errors import Unavailable, WarroomError

    try:
        return Found(what, "ok", see())
    except Unavailable as error:
        return Found(what, "unreachable", str(error))
    except WarroomError as error:
        return Found(what, "wrong", str(error).partition("\n")[0])
    except SQLAlchemyError as error:
        return Found(what, "unreachable", type(error).__name__)
