"""What people need to work when warroom, Slack and the network are all gone."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog
from incidents.model.access import PUBLIC
from incidents.model.oncall import Handle, shifts
from incidents.model.roles import Role
from incidents.model.services import Team
from incidents.queries.card import Card, card_of
from incidents.queries.contacts import contact_named
from incidents.queries.oncall import Roster, roster
from incidents.render.kit import Kit, Running, Sheet
from incidents.render.tongue import names
from incidents.store import action_items, incidents, people, timeline

_AHEAD = timedelta(days=14)
_ENTRIES = 20


def kit_of(desk: Desk, connection: Connection, now: datetime) -> Kit:
    """Read in one consistent look. Nobody guards a folder: nothing private is in it."""
    catalog = desk.catalog
    duty = roster(catalog, connection, now)
    name = names({str(one.id): one for one in people.everybody(connection)})
    cards = (
        card_of(desk, connection, one.number, now, PUBLIC)
        for one in incidents.open_ones(connection, PUBLIC)
    )
    contacts = {
        handle: contact_named(catalog, connection, handle).line()
        for handle in dict.fromkeys(_handles(catalog, duty))
    }
    return Kit(
        organisation=catalog.settings.name,
        made_at=now,
        sheets=tuple(_sheet(duty, team, contacts, now) for team in catalog.teams.values()),
        services=tuple(sorted(catalog.services, key=lambda one: (one.tier, one.name))),
        trees=desk.trees,
        running=tuple(_running(connection, card, name) for card in cards if card is not None),
        actions=action_items.open_ones(connection, PUBLIC),
        contacts=contacts,
        name=name,
    )


def _handles(catalog: Catalog, duty: Roster) -> Iterator[Handle]:
    """Everybody who may be needed."""
    for team in catalog.teams.values():
        yield from (*([team.lead] if team.lead else []), *team.members)
    for rotation in duty.values():
        for one in (rotation, *rotation.layers):
            yield from (*one.people, *(each.person for each in one.overrides))
        for planned in rotation.plan:
            yield from planned.people


def _sheet(duty: Roster, team: Team, contacts: Mapping[Handle, str], now: datetime) -> Sheet:
    named = dict.fromkeys([*([team.lead] if team.lead else []), *team.members])
    own = [duty[one] for one in team.on_call if one in duty]
    return Sheet(
        team,
        tuple((one, shifts(one, now, now + _AHEAD)) for one in own),
        tuple(contacts[one] for one in named),
    )


def _running(connection: Connection, card: Card, name: Callable[[str], str]) -> Running:
    holder = card.holder(Role.COMMANDER)
    return Running(
        incident=card.incident,
        commander=name(holder.person) if holder else "",
        update=card.latest.text.raw if card.latest else "",
        entries=timeline.latest(connection, card.incident.number, limit=_ENTRIES),
    )
