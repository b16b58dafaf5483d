"""Prometheus in ``warroom doctor``: whether it answers, and counts what we count."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cli import common
from bot.cli.found import Found

if TYPE_CHECKING:
    from incidents.actions.desk import Desk
    from incidents.model.budget_source import Standing
    from incidents.model.objective import SLOName

_HOUR = timedelta(hours=1)
_LATE = timedelta(minutes=15)
_MOST_APART = 0.05  # of what is counted: more cannot be the last minutes


def prometheus() -> list[Found]:
    """Nothing where none is set."""
    from bot.addresses import read_own
    from bot.outgoing import Outgoing
    from bot.prometheus import NoAnswer, prometheus_of
    from bot.settings import BadSettings
    from incidents.errors import WarroomError

    try:
        settings = common.settings()
        source = prometheus_of(settings, Outgoing(read_own(settings.warroom_allow_private_hosts)))
        desk = common.desk() if source is not None else None
    except (BadSettings, WarroomError):
        return []  # they are told of by themselves
    if source is None or desk is None:
        return []
    try:
        theirs = source.current([one.slo for one in desk.objectives], [_HOUR], common.now(desk))
    except NoAnswer as error:
        say = f"{error}. Budgets are frozen meanwhile: alerts neither fire nor end."
        return [Found("prometheus", "unreachable", say)]
    return [_compared(desk, theirs)]


def _compared(desk: "Desk", theirs: "Mapping[SLOName, Standing]") -> Found:
    """What is odd about what it says, and about what we hold of it."""
    from incidents.queries.own_counts import OwnCounts

    now = common.now(desk)
    if not theirs:
        say = "it answers, and knows no SLO of ours: load what `warroom slo rules` prints"
        return Found("prometheus", "wrong", say)
    late = [
        name for name, one in theirs.items() if one.watermark is None or now - one.watermark > _LATE
    ]
    if late:
        return Found("prometheus", "wrong", f"it has no new counts of {_named(late)}")
    with desk.look() as connection:
        ours = OwnCounts(connection).current(list(theirs), [_HOUR], now)
    apart = [
        name
        for name, one in theirs.items()
        if name not in ours
        or abs(ours[name].counts[_HOUR].total - one.counts[_HOUR].total)
        > _MOST_APART * one.counts[_HOUR].total
    ]
    say = f"it counts {len(theirs)} of our {len(desk.objectives)} SLOs"
    if apart:
        say += f"; what was fetched of the last hour differs for {_named(apart)}"
        return Found("prometheus", "note", f"{say}: right until `warroom serve` has caught up")
    return Found("prometheus", "ok", f"{say}, as we do")


def _named(names: "Sequence[SLOName]") -> str:
    names = sorted(names)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 (in a sentence)
    return ", ".join(names[:3]) + more
