"""How much of what budgets are judged by was measured, from the record."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from incidents.model.burn import rules_of
from incidents.model.coverage import LONGEST_RULE, Freeze, freeze
from incidents.model.objective import Objective, SLOName
from incidents.store import promises, slo_rings

_MOST = 50  # objectives at once: each report of three days is read


def freezes(
    connection: Connection,
    objectives: Iterable[Objective],
    latest: Mapping[SLOName, datetime],
    until: datetime,
) -> dict[SLOName, Freeze]:
    """What is frozen of each objective at ``until``, as the tick finds it.

    Of more than fifty, only those without recent data are told: to look at all of them closely
    would be too much to read.
    """
    some = list(objectives)
    names = [one.slo for one in some]
    reports = slo_rings.reports(connection, names if len(names) <= _MOST else [], until)
    anew = promises.measured_since(connection, until - LONGEST_RULE) if some else {}
    return {
        one.slo: freeze(
            rules_of(one).apply,
            reports.get(one.slo, ()),
            latest.get(one.slo),
            until,
            anew.get(one.slo),
        )
        for one in some
    }
