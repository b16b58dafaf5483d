"""How far Slack is behind the record, once people would notice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.model.effects import EffectKind
from incidents.render.tongue import span
from incidents.store import outbox_view

NOTICEABLE = timedelta(seconds=10)
_NOTICED = frozenset(
    {
        EffectKind.OPEN_ROOM,
        EffectKind.INVITE,
        EffectKind.CARD,
        EffectKind.EDIT_CARD,
        EffectKind.ANNOUNCE,
        EffectKind.POST,
        EffectKind.DIRECT,
    }
)


@dataclass(frozen=True, slots=True)
class Delay:
    """So many messages wait for Slack, the oldest of them for so long."""

    waiting: int
    age: timedelta

    def in_words(self) -> str:
        """For a person: how much, and that nothing is lost."""
        many = "1 message waits" if self.waiting == 1 else f"{self.waiting} messages wait"
        return (
            f"Slack is behind: {many}, the oldest for {span(self.age)}. "
            "All of them will follow, in order."
        )


def delay_of(connection: Connection, now: datetime) -> Delay | None:
    """None while Slack keeps up."""
    waiting, oldest = outbox_view.behind(connection, _NOTICED, now - NOTICEABLE)
    return Delay(waiting, now - oldest) if oldest is not None else None
