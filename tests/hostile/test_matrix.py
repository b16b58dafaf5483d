"""Who may do what: every route, every standing, public and private, cell by cell."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from hostile.conftest import Call, caller
from hostile.matrix import ORDER, PEOPLE, SCOPES, TABLE, Gate, configured, routes_of
from sqlalchemy import select
from world import World

from bot.api import create_api
from bot.slack.features import ALL
from bot.slack.router import SILENT, Routes
from incidents.actions.tokens import SCOPES as ALL_SCOPES
from incidents.actions.tokens import create_token
from incidents.model.access import PERMISSIONS, Standing, permit
from incidents.model.ids import PersonId
from incidents.store import people, roles
from incidents.store.tables import audit

_FILL = {
    "key": "INC-1",
    "service": "checkout",
    "name": "availability",
    "picture": "burn-down",
    "period": "2026-11",
    "kind": "svg",
    "window": "w1",
    "exclusion": "x1",
}


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("matrix")
    shutil.copy(sqlite_template, folder / "warroom.db")
    world = World(f"sqlite:///{folder / 'warroom.db'}", config=configured(folder / "config"))
    yield Gate.build(world)
    world.close()


def denials(world: World) -> list[tuple[str, str]]:
    query = select(audit).where(audit.c.action == "access.denied").order_by(audit.c.seq)
    with world.app.desk.look() as connection:
        return [(row.actor, row.detail["verb"]) for row in connection.execute(query)]


def test_every_route_is_in_the_table_and_none_is_invented() -> None:
    assert sorted(routes_of(ALL)) == sorted(TABLE)


def test_no_route_can_be_registered_without_a_permission_that_exists() -> None:
    with pytest.raises(ValueError, match="no permission to fly"):
        Routes().button("x", needs="fly")(lambda _: SILENT)


def test_what_is_not_in_the_table_of_permissions_is_refused_to_everybody() -> None:
    assert not permit("fly", frozenset(Standing)).allowed


@pytest.mark.parametrize("route", sorted(TABLE))
def test_each_cell(gate: Gate, route: str) -> None:
    public, private = TABLE[route]

    seen = {
        incident.is_private: "".join(
            who if gate.lets(who, route, incident) else "." for who in ORDER
        )
        for incident in (gate.public, gate.private)
    }

    assert (seen[False], seen[True]) == (public, private)


@pytest.mark.parametrize("verb", sorted(PERMISSIONS))
def test_every_refusal_says_the_way_forward(verb: str) -> None:
    verdicts = [permit(verb, frozenset({one})) for one in Standing]

    assert [one.because for one in verdicts if not one.allowed and not one.instead] == []


def test_what_was_refused_is_on_the_audit_log(gate: Gate) -> None:
    before = len(denials(gate.world))

    gate.lets("m", "verb sev", gate.public)
    gate.lets("G", "button roles.take", gate.public)

    assert denials(gate.world)[before:] == [
        ("U0HANA", "change the severity"),
        ("U0GUEST", "take a role"),
    ]


def test_a_form_that_was_opened_before_somebody_left_is_refused(gate: Gate) -> None:
    number, now = gate.public.number, gate.world.clock()
    assert gate.lets("R", "form severity", gate.public)

    with gate.world.app.desk.store.write() as connection:
        people.left(connection, number, people_id("R"), now)
    after = gate.lets("R", "form severity", gate.public)
    with gate.world.app.desk.store.write() as connection:
        people.joined(connection, number, people_id("R"), now)

    assert not after


def test_a_role_counts_from_the_next_request_on_and_no_longer(gate: Gate) -> None:
    desk, now, number = gate.world.app.desk, gate.world.clock(), gate.public.number
    assert not gate.lets("m", "verb private", gate.public)

    with desk.store.write() as connection:
        deputy = roles.hold(connection, number, "deputy", people_id("m"), now, because="a test")
    while_deputy = gate.lets("m", "verb private", gate.public)
    with desk.store.write() as connection:
        roles.end(connection, deputy, now, "ended")

    assert while_deputy
    assert not gate.lets("m", "verb private", gate.public)


def test_without_a_commander_responders_may_do_what_command_may(gate: Gate) -> None:
    desk, now, number = gate.world.app.desk, gate.world.clock(), gate.public.number

    with desk.store.write() as connection:
        roles.end(connection, roles.holder(connection, number, "commander"), now, "ended")
    responder, member = (gate.lets(who, "verb private", gate.public) for who in "Rm")
    with desk.store.write() as connection:
        roles.hold(connection, number, "commander", people_id("C"), now, because="a test")

    assert (responder, member) == (True, False)


def test_to_give_a_role_to_somebody_else_takes_more_than_to_take_one(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")

    said = light_world.hana.types("/incident role INC-1 scribe @chen")
    taken = light_world.hana.types("/incident role INC-1 scribe me")

    assert "Only people in the room, the owners of its services or an administrator may" in str(
        said.body
    )
    assert "is scribe of INC-1" in str(taken.body)


def test_a_mark_by_somebody_who_may_not_leaves_no_trace(light_world: World) -> None:
    light_world.ana.types("/incident checkout 5xx sev2 @checkout")
    room = light_world.room("inc-1")
    said = light_world.ana.types("errors are at 4 %", where=room)
    with light_world.app.desk.store.write() as connection:
        ana = people.several(connection, ["U0ANA"])["U0ANA"]
        people.remember(connection, replace(ana, is_guest=True), light_world.clock())

    light_world.ana.reacts("mega", said.ts, where=room)

    assert "Update for responders" not in room.text
    assert denials(light_world) == [("U0ANA", "send an update")]


@pytest.mark.parametrize("scope", ALL_SCOPES)
def test_each_api_route_needs_its_scope(light_world: World, scope: str) -> None:
    desk, clock = light_world.app.desk, light_world.clock
    api = create_api(desk, clock, command="/incident")
    secret = create_token(desk, f"only-{scope}".replace(":", "-"), [scope], clock())
    call = caller(light_world)

    found = {
        (method, route.path): _is_allowed(call, secret, method, route.path)
        for route in api.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }

    assert found == {key: needed == scope for key, needed in SCOPES.items()}


def _is_allowed(call: Call, secret: str, method: str, path: str) -> bool:
    real = path.format(**_FILL)
    headers = {"authorization": f"Bearer {secret}"}
    return call(method, f"/api/v1{real}", headers=headers, json={}).status_code not in {401, 403}


def people_id(who: str) -> PersonId:
    return PersonId(PEOPLE[who])
