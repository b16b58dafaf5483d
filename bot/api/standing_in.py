"""Overrides and swaps of the on-call, for programs: by the same actions as in Slack."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from fastapi import Depends, FastAPI
from pydantic import BaseModel

from bot.api import doors
from bot.api.answers import ChangesOut, answered
from bot.api.bodies import OverrideIn, SwapIn, UndoIn
from bot.api.shapes import stand_in_json
from bot.api.wishes import Place, Sent, Wish, add_wish
from bot.clock import Clock
from incidents.actions import oncall
from incidents.actions.desk import Desk
from incidents.errors import NotFound, Repeated
from incidents.model.ids import PersonId
from incidents.model.oncall import RotationName
from incidents.model.spans import Span
from incidents.model.text import clean_line
from incidents.queries.oncall import the_one
from incidents.store import oncall as stored
from incidents.store import people
from incidents.store.oncall import StandIn


def add_changes(api: FastAPI, desk: Desk, clock: Clock) -> None:
    """The routes below ``/oncall`` that change it, and the one that shows what was changed."""
    may_read = Depends(doors.needs(desk, "read", clock))

    @api.get(
        "/oncall/changes",
        dependencies=[may_read],
        response_model=None,
        responses=answered((200, ChangesOut)),
    )
    def list_changes() -> dict[str, Any]:
        """What was changed by hand and is not over."""
        with desk.look() as connection:
            found = stored.standing(connection, clock())
        return {"changes": [stand_in_json(one) for one in found]}

    for wish in _WISHES:
        add_wish(api, desk, clock, _CHANGES, wish)


def _override(desk: Desk, sent: Sent, body: OverrideIn) -> tuple[StandIn, ...]:
    person, because = _person(desk, body.person), clean_line(body.because)
    when = _span(body.start or sent.now, body.until)
    name = _rotation(desk, body.rotation)
    return (oncall.put_on_call(desk, name, person, when, because, by=sent.by, now=sent.now),)


def _swap(desk: Desk, sent: Sent, body: SwapIn) -> tuple[StandIn, ...]:
    theirs = _span(body.take.start, body.take.until) if body.take else None
    wish = oncall.Swap(
        _rotation(desk, body.rotation),
        _person(desk, body.person),
        _span(body.start or sent.now, body.until),
        theirs,
        clean_line(body.because),
        _person(desk, body.of),
    )
    return oncall.ask_to_swap(desk, wish, by=sent.by, now=sent.now)


def _undo(desk: Desk, sent: Sent, body: UndoIn) -> tuple[StandIn, ...]:
    oncall.call_off(desk, body.undo, by=sent.by, now=sent.now)
    return ()


def _span(start: datetime, end: datetime) -> Span:
    return Span(start.astimezone(UTC), end.astimezone(UTC))


def _rotation(desk: Desk, word: str) -> RotationName:
    with desk.look() as connection:
        return the_one(desk.catalog, connection, word)


def _person(desk: Desk, word: str) -> PersonId:
    with desk.look() as connection:
        found = people.named(connection, word)
    if found is None:
        raise NotFound(
            f"There is nobody called {word[:80]}.", instead="Name a handle or an address."
        )
    return found.id


_WISHES = (
    Wish("overrides", "Put somebody on call, whoever's turn it is.", OverrideIn, _override),
    Wish("swaps", "Ask somebody to take another one's shift; they agree in Slack.", SwapIn, _swap),
    Wish("undo", "Call a change off: the rotation decides again.", UndoIn, _undo),
)


def _grant(desk: Desk, wish: Wish, sent: Sent, wanted: BaseModel) -> dict[str, Any]:
    made: Any = ()
    with suppress(Repeated):
        made = wish.act(desk, sent, wanted)
    return {"changes": [stand_in_json(one) for one in made]}


_CHANGES = Place(
    path="/oncall",
    prefix="oncall",
    scope="oncall:write",
    out=ChangesOut,
    about="The same ``Idempotency-Key`` again changes nothing, and answers without changes.",
    grant=_grant,
)
