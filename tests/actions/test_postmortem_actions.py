"""The postmortem: written by several people at once, published, exported the same everywhere."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select

from incidents.actions import lifecycle, roles
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Desk, Origin
from incidents.actions.postmortem import Overtaken, edit, export, export_to_room, publish
from incidents.actions.samples import Reading, ingest
from incidents.actions.slo import tidy
from incidents.catalog.catalog import EMPTY
from incidents.errors import NotFound, Refused
from incidents.model.ids import IncidentNumber, PersonId, ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.people import Person
from incidents.model.postmortem import fingerprint
from incidents.model.text import UserText
from incidents.model.timeline import Kind
from incidents.queries.postmortem import postmortem_of
from incidents.render.postmortem import markdown
from incidents.store import people, timeline
from incidents.store.engine import Store
from incidents.store.tables import effect

NINE = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ONE = IncidentNumber(1)
ANA, BO = Origin(PersonId("U0ANA"), "slack"), Origin(PersonId("U0BO"), "slack")


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


@pytest.fixture
def desk(store: Store) -> Desk:
    """With one incident, resolved and commanded by Ana."""
    with store.write() as connection:
        people.remember(connection, Person(ANA.actor, "ana", "Ana Ng"), NINE)
    made = Desk(store, EMPTY)
    declare(made, Declare(UserText("Checkout | 5xx")), by=ANA, now=NINE)
    roles.assign(made, ONE, "commander", ANA.actor, by=ANA, now=at(1))
    done = lifecycle.Resolution(UserText("rollback"), NINE, at(30), UserText("carts lost"))
    lifecycle.resolve(made, ONE, done, by=ANA, now=at(31))
    return made


def write(desk: Desk, by: Origin, minute: int, **sections: str) -> None:
    """Like a form that showed what is there now."""
    with desk.look() as connection:
        shown = postmortem_of(desk, connection, ONE, at(minute)).sections
    seen = {name: fingerprint(text.raw) for name, text in shown.items()}
    changes = {name: UserText(text) for name, text in sections.items()}
    edit(desk, ONE, changes, seen=seen, by=by, now=at(minute))


def document(desk: Desk, minute: int) -> str:
    with desk.look() as connection:
        return markdown(postmortem_of(desk, connection, ONE, at(minute)))


def exports(desk: Desk) -> list[str]:
    with desk.look() as connection:
        record = timeline.entries(connection, ONE)
    return [str(one.body["to"]) for one in record if one.kind is Kind.POSTMORTEM_EXPORTED]


def uploads(desk: Desk) -> list[str]:
    query = select(effect).where(effect.c.kind == "upload").order_by(effect.c.seq)
    with desk.look() as connection:
        return [str(row.args["content"]) for row in connection.execute(query)]


def test_two_people_who_write_different_sections_lose_nothing(desk: Desk) -> None:
    empty = fingerprint("")
    seen = {"well": empty, "poorly": empty}
    both = {"well": UserText("The rollback"), "poorly": UserText("")}
    edit(desk, ONE, both, seen=seen, by=ANA, now=at(40))

    other = {"well": UserText(""), "poorly": UserText("No alert")}
    draft = edit(desk, ONE, other, seen=seen, by=BO, now=at(41))

    assert draft.sections == {"well": "The rollback", "poorly": "No alert"}


def test_two_people_who_write_the_same_section_are_told(desk: Desk) -> None:
    write(desk, ANA, 40, well="The rollback")

    with pytest.raises(Overtaken) as overtaken:
        edit(desk, ONE, {"well": UserText("The team")}, seen={}, by=BO, now=at(41))

    assert overtaken.value.sections == ("well",)
    with desk.look() as connection:
        assert postmortem_of(desk, connection, ONE, at(42)).section("well").raw == "The rollback"


def test_saving_without_a_change_leaves_no_trace(desk: Desk) -> None:
    write(desk, ANA, 40, well="The rollback")
    before = document(desk, 41)

    write(desk, BO, 41, well="The rollback")

    assert document(desk, 42) == before


def test_what_is_missing_is_said_before_publishing(desk: Desk) -> None:
    with pytest.raises(Refused, match="has no Summary and Contributing factors yet"):
        publish(desk, ONE, by=ANA, now=at(40))

    write(desk, ANA, 41, summary="It broke.", factors="a deploy")
    assert publish(desk, ONE, by=ANA, now=at(42)).state == "published"
    with pytest.raises(Refused, match="published already"):
        publish(desk, ONE, by=ANA, now=at(43))


def test_nothing_is_published_while_people_still_work(desk: Desk) -> None:
    lifecycle.reopen(desk, ONE, why="errors are back", by=ANA, now=at(40))

    with pytest.raises(Refused, match="INC-1 is investigating"):
        publish(desk, ONE, by=ANA, now=at(41))


def test_the_button_and_the_terminal_write_the_same_bytes(desk: Desk, tmp_path: Path) -> None:
    export_to_room(desk, ONE, by=ANA, now=at(40))

    path = export(desk, ONE, tmp_path / "out", at(50))

    assert path.name == "INC-1-checkout-5xx.md"
    assert [path.read_text(encoding="utf-8")] == uploads(desk)
    assert exports(desk) == ["room", "file"]


def test_the_same_version_goes_into_the_room_once(desk: Desk) -> None:
    assert export_to_room(desk, ONE, by=ANA, now=at(40)).is_new
    assert not export_to_room(desk, ONE, by=BO, now=at(41)).is_new

    write(desk, ANA, 42, summary="It broke.")

    assert export_to_room(desk, ONE, by=BO, now=at(43)).is_new
    assert len(uploads(desk)) == len(exports(desk)) == 2


def test_exporting_again_keeps_what_was_written_into_the_file(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    path = export(desk, ONE, out, at(40))
    by_hand = path.read_text(encoding="utf-8").replace("_Nothing written yet._", "By hand.", 1)
    path.write_text(by_hand, encoding="utf-8")

    write(desk, ANA, 41, well="The rollback")
    export(desk, ONE, out, at(42))

    text = path.read_text(encoding="utf-8")
    assert "By hand." in text
    assert "The rollback" in text
    assert [one.name for one in out.iterdir()] == [path.name]


def test_an_incident_that_does_not_exist_has_no_postmortem(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no INC-99"):
        export(desk, IncidentNumber(99), tmp_path / "out", at(40))

    assert not (tmp_path / "out").exists()


def test_sections_have_fixed_names(desk: Desk) -> None:
    with pytest.raises(Refused, match="no section called blame"):
        edit(desk, ONE, {"blame": UserText("Bo")}, seen={}, by=ANA, now=at(40))


def test_what_it_cost_stays_the_same_when_the_samples_lose_their_detail(
    store: Store, tmp_path: Path
) -> None:
    promise = Objective(
        slo=SLOName("checkout/availability"),
        service=ServiceName("checkout"),
        target=Fraction(999, 1000),
        window=timedelta(days=28),
    )
    desk = Desk(store, EMPTY, objectives=(promise,))
    readings = [
        Reading(promise.slo, at(minute), 10_000, 10 if 0 <= minute < 30 else 0, "edge", minute + 60)
        for minute in range(-59, 31)
    ]
    ingest(desk, readings, at(31))
    order = Declare(UserText("Checkout 5xx"), facts={"slo": promise.slo})
    declare(desk, order, by=ANA, now=NINE)
    done = lifecycle.Resolution(UserText("rollback"), NINE, at(30), UserText(""))
    lifecycle.resolve(desk, ONE, done, by=ANA, now=at(31))
    path = export(desk, ONE, tmp_path / "out", at(35))
    before = path.read_text(encoding="utf-8")

    tidy(desk, at(60 * 24 * 40))

    assert document(desk, 60 * 24 * 40) == before
    assert "| checkout/availability | 99.9 % | 28 d | 100 % |" in before
    assert " 300 |" in before
    assert "xychart-beta" in before
