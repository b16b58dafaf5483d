"""What probes see against what users see, for whoever looks at a budget."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from incidents.model.contrast import OVER, Contrast, pairs
from incidents.model.objective import Objective, SLOName
from incidents.store import slo


def contrasts(
    connection: Connection, objectives: Iterable[Objective], until: datetime
) -> tuple[Contrast, ...]:
    """Of each pair that is marked; ``until`` is a whole tick."""
    marked = list(pairs(objectives))
    names = sorted({one.slo for pair in marked for one in pair})
    counts = slo.counts(connection, names, OVER, until) if names else {}
    return tuple(
        Contrast(
            synthetic=probed.slo,
            real=used.slo,
            probed=counts[probed.slo],
            used=counts[used.slo],
            share=max(probed.budget, used.budget),
        )
        for probed, used in marked
    )


def told_of(found: Iterable[Contrast]) -> dict[SLOName, str]:
    """What to say beside each of the promises; of several, what disagrees first."""
    said: dict[SLOName, str] = {}
    for one in sorted(found, key=lambda each: not each.is_warning):
        for name in (one.synthetic, one.real):
            if one.words:
                said.setdefault(name, one.words)
    return said
