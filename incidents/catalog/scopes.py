"""Which services a window covers, and what it would make impossible there."""

from collections.abc import Iterable, Iterator

from incidents.catalog.catalog import Catalog
from incidents.errors import Problem
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective
from incidents.model.sensitivity import out_of_reach
from incidents.model.strength import Strength
from incidents.model.windows import Scope


def reach(catalog: Catalog, scope: Scope) -> frozenset[str] | None:
    """The services that a scope covers, by their names; None for every one."""
    if scope.everything:
        return None
    found = {canonical(catalog, one) for one in scope.services}
    teams, tiers = set(scope.teams), set(scope.tiers)
    if teams or tiers:
        found |= {one.name for one in catalog.services if one.team in teams or one.tier in tiers}
    origins = {canonical(catalog, one) for one in scope.dependencies}
    for vendor in scope.vendors:
        relying = catalog.relying_on(vendor)
        origins |= {one.service for one in relying if one.strength is Strength.HARD}
    for origin in origins:
        reached = catalog.services.blast_radius(ServiceName(origin))
        found |= {origin, *(one.service for one in reached if one.strength is Strength.HARD)}
    return frozenset(found)


def canonical(catalog: Catalog, name: str) -> str:
    """The name of a service in the catalogue, or what it is called elsewhere."""
    return catalog.canonical(name) or name


def deaf(catalog: Catalog, objectives: Iterable[Objective]) -> Iterator[Problem]:
    """Windows in files, and the rule for after incidents, that would keep an SLO from alerting."""
    every = list(objectives)
    for window in catalog.windows.values():
        if window.sensitivity is None:
            continue
        reached = reach(catalog, window.scope)
        for one in every:
            if reached is not None and canonical(catalog, one.service) not in reached:
                continue
            wrong = out_of_reach(one, window.sensitivity)
            if wrong:
                place = catalog.window_places[window.id]
                yield Problem(*place, f"{window.id}: {wrong}", "a lower sensitivity")
                break
    rule = catalog.settings.after_incident
    wrongs = (out_of_reach(one, rule.sensitivity) for one in every) if rule else ()
    found = next((one for one in wrongs if one), "")
    if found:
        what = f"after_incident: {found}"
        yield Problem("warroom.yaml", 1, 1, what, "a lower sensitivity")
