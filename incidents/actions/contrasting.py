"""Tell once when probes and users begin to see different things."""

from datetime import datetime

from incidents.actions.desk import Desk
from incidents.actions.ops import tell_ops
from incidents.actions.probing import PROBES
from incidents.model.contrast import Contrast, pairs
from incidents.model.rolling import FINE
from incidents.queries.contrasts import contrasts
from incidents.store import contrasts as store


def look_around(desk: Desk, now: datetime) -> int:
    """Look at every pair; how many stretches began or ended. Each is told of once, at its start."""
    if not any(pairs(desk.objectives)):
        return 0
    with desk.look() as connection:
        found = contrasts(connection, desk.objectives, FINE.start(FINE.number(now)))
        standing = store.standing(connection)
    known = {(one.synthetic, one.real): one for one in found}
    begun = [one for name, one in known.items() if one.is_warning and name not in standing]
    ended = [name for name in standing if name not in known or known[name].is_over]
    for one in begun:
        _begin(desk, one, now)
    for synthetic, real in ended:
        with desk.store.write() as connection:
            store.end(connection, synthetic, real)
    return len(begun) + len(ended)


def _begin(desk: Desk, found: Contrast, now: datetime) -> None:
    with desk.work(PROBES, now) as work:
        if not store.begin(work.connection, found, now):
            return
        tell_ops(
            work,
            f"contrast/{found.synthetic}/{found.real}/{now:%Y%m%dT%H%M%S}",
            f"{found.synthetic} and {found.real} disagree",
            f"{found.words}.",
            "Both stay as they are. Look at what only one of them does.",
        )
