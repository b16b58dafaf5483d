"""Since when Slack takes nothing, as far as our own attempts show, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from incidents.model.effects import EffectKind
from incidents.store.tables import effect

_ELSEWHERE = (EffectKind.NOTIFY.value, EffectKind.CHECK.value)


def unreachable_since(connection: Connection) -> datetime | None:
    """When the first effect was wanted of those that wait since Slack last took one.

    None if nothing has waited since then: Slack is well, whatever became of one message.
    """
    on_slack = effect.c.kind.not_in(_ELSEWHERE)
    last = connection.execute(
        select(func.max(effect.c.settled_at)).where(on_slack, effect.c.state == "done")
    ).scalar()
    waiting = select(func.min(effect.c.created_at)).where(
        on_slack, effect.c.state.in_(("pending", "inflight")), effect.c.error.is_not(None)
    )
    if last is not None:
        waiting = waiting.where(effect.c.created_at >= last)
    return connection.execute(waiting).scalar()
