"""Names in the annotations of SLOs that nobody has: owners, and policies."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from incidents.catalog.catalog import Catalog
from incidents.catalog.checks import unknown
from incidents.catalog.openslo import Placed
from incidents.errors import Problem
from incidents.model.budget_policy import NAMED_BY
from incidents.model.objective import OWNER


def strange_names(catalog: Catalog, placed: Iterable[Placed]) -> Iterator[Problem]:
    """A fault at each SLO whose owner or policy there is not."""
    people = {str(one) for one in catalog.people}
    people |= {str(one) for team in catalog.teams.values() for one in team.members}
    owners = people | {str(name) for name in catalog.teams}
    policies = {str(name) for name in catalog.settings.budget_policies}
    for one in placed:
        notes = one.objective.annotations
        owner, policy = notes.get(OWNER, "").removeprefix("@"), notes.get(NAMED_BY, "")
        if owner and owner not in owners:
            what, expected = unknown("team or person", owner, owners)
            yield replace(one.at, what=f"{OWNER}: {what}", expected=expected)
        if policy and policy not in policies:
            what, expected = unknown("budget policy", policy, policies)
            yield replace(one.at, what=f"{NAMED_BY}: {what}", expected=expected)
