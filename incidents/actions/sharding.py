"""Watch our share of the budgets: no other process counts and judges those, and one always does."""

from datetime import datetime

from incidents.actions.desk import Desk
from incidents.actions.watching import Watch, renew
from incidents.failpoints import reach
from incidents.model.shards import SHARDS
from incidents.store import slo_shards


def hold(desk: Desk, watching: Watch, owner: str, now: datetime) -> bool:
    """Keep our shards, and take or give some up if others came or went. Whether that changed any.

    Rings of what is newly ours are filled from the record, so that nothing that others took in
    meanwhile is missing.
    """
    with watching.lock:
        with desk.store.write() as connection:
            held = slo_shards.keep(connection, owner, now)
        reach("slo.held")
        before, watching.leases = watching.leases, held
        if set(held) == set(range(SHARDS) if before is None else before):
            return False
        renew(desk, watching, now)
    return True


def give_up(desk: Desk, owner: str) -> None:
    """We stop: somebody else may watch at once."""
    with desk.store.write() as connection:
        slo_shards.release(connection, owner)
