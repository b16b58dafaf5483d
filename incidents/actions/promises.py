"""Keep what SLOs promise, from the moment they do."""

from datetime import datetime

from incidents.actions.desk import Desk
from incidents.store import promises


def remember(desk: Desk, now: datetime) -> int:
    """Keep what the files promise from now on, where it differs. How many SLOs changed.

    What was promised before stays what it was: a report of last month does not change with them.
    """
    with desk.look() as connection:
        known = promises.generations(connection)
    if all(known.get(one.slo) == one.generation for one in desk.objectives):
        return 0
    with desk.store.write() as connection:
        known = promises.generations(connection)
        new = [one for one in desk.objectives if known.get(one.slo) != one.generation]
        promises.add(connection, new, now)
    return len(new)
