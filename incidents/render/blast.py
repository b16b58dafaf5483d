"""A blast radius as a Mermaid picture: from the outage at the top down to the customers."""

from collections.abc import Iterator

from incidents.model.blast import Blast
from incidents.model.ids import ServiceName
from incidents.model.services import Services, Strength
from incidents.render.pictures import label

_MOST = 40  # services in a picture; with more, nobody finds anything in it
_MOST_CUSTOMERS = 12
_ARROWS = {Strength.HARD: "-->", Strength.SOFT: "-.->"}


def mermaid(services: Services, blast: Blast) -> str:
    """A flowchart, ending in a line feed: solid arrows break what they lead to, dotted ones do not.

    The nearest 40 services are drawn; a last box says how many more there are.
    """
    return "\n".join(("flowchart TD", *(f"    {line}" for line in _lines(services, blast)), ""))


def _lines(services: Services, blast: Blast) -> Iterator[str]:
    shown = [one.service for one in blast.reached[:_MOST]]
    origins = () if blast.vendor else blast.origins[:_MOST]
    ids = {name: f"s{place}" for place, name in enumerate((*origins, *shown))}
    if blast.vendor:
        yield f'v0(["{label(blast.vendor)}<br/>vendor"])'
    for name, node in ids.items():
        words = _words(services, blast, name)
        yield f'{node}[["{words}"]]' if name in origins else f'{node}["{words}"]'
    yield from _arrows(services, blast, ids)
    yield from _customers(blast, ids)
    if len(blast.reached) > _MOST:
        yield f'more["and {len(blast.reached) - _MOST} more"]'
    for name in origins:
        yield f"style {ids[name]} stroke-width:4px"


def _arrows(services: Services, blast: Blast, ids: dict[ServiceName, str]) -> Iterator[str]:
    """Every dependency among what is shown, in the direction in which the outage spreads."""
    for need in services.relying_on(blast.vendor) if blast.vendor else ():
        if need.service in ids:
            yield f"v0 {_ARROWS[need.strength]} {ids[need.service]}"
    reached = {one.service for one in blast.reached}
    for name, node in ids.items():
        for dependent in services.dependents(name):
            if dependent.on in ids and dependent.on in reached:
                yield f"{node} {_ARROWS[dependent.strength]} {ids[dependent.on]}"


def _customers(blast: Blast, ids: dict[ServiceName, str]) -> Iterator[str]:
    """Customers below the services that they use."""
    drawn = {name: f"c{place}" for place, name in enumerate(blast.customers[:_MOST_CUSTOMERS])}
    for name, node in drawn.items():
        yield f'{node}(["{label(name)}"])'
    for users in blast.users:
        if users.name in drawn and users.service in ids:
            yield f"{ids[users.service]} --- {drawn[users.name]}"


def _words(services: Services, blast: Blast, name: ServiceName) -> str:
    service = services.by_name[name]
    slos = sum(one.service == name for one in blast.promises)
    parts = [f"tier {service.tier}", *([label(service.team)] if service.team else [])]
    if slos:
        parts.append(f"{slos} SLO" if slos == 1 else f"{slos} SLOs")
    return f"{label(name)}<br/>{', '.join(parts)}"
