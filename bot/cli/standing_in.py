"""``warroom oncall override`` and ``swap``: somebody stands in, also while Slack is away."""

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli import common
from bot.cli.common import AsJson

if TYPE_CHECKING:
    from incidents.actions.desk import Desk
    from incidents.model.ids import PersonId
    from incidents.model.oncall import RotationName
    from incidents.store.oncall import StandIn

_UTC = ZoneInfo("UTC")


def override(
    words: Annotated[list[str], typer.Argument(help="@bo for payments until friday 9:00")],
    as_json: AsJson = False,
) -> None:
    """Put somebody on call, whoever's turn it is, as oncall override does in Slack.

    Times are UTC. They, and whoever is relieved, hear of it.

    Example: warroom oncall override @bo for payments until friday 9:00 because dentist
    """
    from incidents.actions.oncall import put_on_call
    from incidents.model import spans
    from incidents.model.text import clean_line

    desk = common.desk()
    now = common.now(desk)
    typed = spans.parts(" ".join(words))
    when = spans.span(typed, now, _UTC)
    person, name = _person(desk, typed.who), _rotation(desk, typed.target)
    because = clean_line(typed.because)
    made = put_on_call(desk, name, person, when, because, by=common.me(), now=now)
    _show(desk, [made], as_json=as_json)


def swap(
    words: Annotated[list[str], typer.Argument(help="@bo for payments on saturday take sunday")],
    of: Annotated[str, typer.Option("--of", help="Whose shift it is: @ana.")],
    as_json: AsJson = False,
) -> None:
    """Ask somebody to take a shift of --of. Nothing changes until they agree, in Slack.

    Times are UTC. With "take sunday" they are asked for theirs in return, once --of agreed to it.

    Example: warroom oncall swap @bo for payments on saturday --of @ana
    """
    from incidents.actions.oncall import Swap, ask_to_swap
    from incidents.model import spans
    from incidents.model.text import clean_line

    desk = common.desk()
    now = common.now(desk)
    typed = spans.parts(" ".join(words))
    wish = Swap(
        _rotation(desk, typed.target),
        _person(desk, typed.who),
        spans.span(typed, now, _UTC),
        spans.day_of(typed.take, now, _UTC) if typed.take else None,
        clean_line(typed.because),
        _person(desk, of),
    )
    _show(desk, ask_to_swap(desk, wish, by=common.me(), now=now), as_json=as_json)


def changes(as_json: AsJson = False) -> None:
    """What was changed by hand and is not over: who stands in, and what `undo` calls it."""
    from incidents.store import oncall

    desk = common.desk()
    with desk.look() as connection:
        found = oncall.standing(connection, common.now(desk))
    _show(desk, found, as_json=as_json)


def undo(
    trade: Annotated[str, typer.Argument(help="As `warroom oncall changes` calls it.")],
    as_json: AsJson = False,
) -> None:
    """Call a change off: from now on the rotation decides again. Everybody it is about hears it."""
    from incidents.actions.oncall import call_off

    desk = common.desk()
    found = call_off(desk, trade, by=common.me(), now=common.now(desk))
    value = {"called_off": [one.trade for one in found[:1]]}
    rows = [[f"Called off: {one.rotation} {_when(one)}"] for one in found]
    common.show(value, rows, as_json=as_json)


def _person(desk: "Desk", word: str) -> "PersonId":
    from incidents.errors import NotFound, Refused
    from incidents.store import people

    if not word:
        raise Refused("Who?", instead="Begin with them: @bo for payments until friday 9:00")
    with desk.look() as connection:
        found = people.named(connection, word)
    if found is None:
        raise NotFound(
            f"{word} is nobody we know from Slack.", instead="Name a handle or an e-mail address."
        )
    return found.id


def _rotation(desk: "Desk", word: str) -> "RotationName":
    from incidents.queries.oncall import the_one

    with desk.look() as connection:
        return the_one(desk.catalog, connection, word)


def _show(desk: "Desk", found: "tuple[StandIn, ...] | list[StandIn]", *, as_json: bool) -> None:
    from bot.api.shapes import stand_in_json
    from incidents.store import people

    with desk.look() as connection:
        known = people.several(connection, {one.person for one in found})
    names = {one.id: f"@{one.handle}" for one in known.values()}
    rows = [["ROTATION", "STANDS IN", "FROM, UNTIL (UTC)", "STATE", "UNDO"]]
    rows += [
        [
            one.rotation,
            names.get(one.person, one.person),
            _when(one),
            "asked, not agreed yet" if one.state == "asked" else "in force",
            one.trade,
        ]
        for one in found
    ]
    nothing = [["Nobody stands in for anybody."]]
    value = {"changes": [stand_in_json(one) for one in found]}
    common.show(value, rows if found else nothing, as_json=as_json)


def _when(one: "StandIn") -> str:
    return f"{one.start:%a %Y-%m-%d %H:%M} to {one.end:%a %Y-%m-%d %H:%M}"
