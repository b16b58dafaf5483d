"""Who and what belongs to an incident, for its page: teams, other incidents, fields, roles."""

from typing import Any

from incidents.catalog.settings import Settings
from incidents.model.fields import Field, FieldType
from incidents.model.roles import Role
from incidents.model.severity import MEANINGS
from incidents.queries.card import Card
from incidents.queries.company import Companion
from incidents.queries.roster import STATES, Line
from incidents.render.tongue import Tongue

Lines = list[tuple[str, str, str]]

_TIES = {
    "whole": "Part of",
    "part": "Took in",
    "parent": "Taken out of",
    "child": "Became its own",
    "related": "Related",
}


def roles(card: Card, settings: Settings, tongue: Tongue) -> Lines:
    """Each role that matters now: its name, who has it, and what is to be known about it."""
    wanted = settings.roles_for(card.incident.severity) if card.incident.is_open else ()
    found = []
    for role in Role:
        hold, offer = card.holder(role), card.asked(role)
        name = role.title.capitalize()
        if hold is not None:
            found.append((name, tongue.person(hold.person), ""))
        elif offer is not None:
            found.append((name, f"{tongue.person(offer.person)} was asked", "not yet accepted"))
        elif role in wanted:
            found.append((name, "Nobody", "missing"))
    return found


def teams(lines: tuple[Line, ...], tongue: Tongue) -> list[dict[str, Any]]:
    """Every affected team once, with its lead; nothing while it is the affair of one."""
    return [
        {
            "team": one.team,
            "lead": tongue.person(one.lead) if one.lead else "",
            "state": STATES[one.state],
            "is_missing": one.state == "nobody",
            "services": ", ".join(one.services),
        }
        for one in lines
    ]


def others(company: tuple[Companion, ...]) -> list[dict[str, str]]:
    """The other incidents, as whoever reads may see them, in the order of how near they are."""
    near = list(_TIES)
    return [
        {
            "tie": _TIES[one.tie],
            "key": one.incident.key,
            "title": one.incident.title.raw,
            "severity": MEANINGS[one.incident.severity].label,
            "status": str(one.incident.status),
            "because": one.because,
        }
        for one in sorted(company, key=lambda each: (near.index(each.tie), each.incident.number))
    ]


def fields(kept: tuple[tuple[Field, str], ...], tongue: Tongue) -> list[dict[str, str]]:
    """The organisation's own fields that have a value; an address is a link."""
    return [
        {
            "label": field.label,
            "value": tongue.person(value) if field.type is FieldType.USER else value,
            "url": value if field.type is FieldType.URL else "",
        }
        for field, value in kept
    ]
