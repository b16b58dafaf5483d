"""What is open."""

from collections.abc import Mapping, Sequence

from bot.slack import blocks, mrkdwn, native
from bot.slack.blocks import Block, Element, Message
from bot.slack.router import Answer, Ask, Routes
from incidents.model.drills import MARK
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.lifecycle import emoji
from incidents.model.severity import MEANINGS
from incidents.model.text import plain, shorten
from incidents.store import incidents, roles

routes = Routes()

_LISTED = 20
_TABLED = 50
_TITLE = 80
_COLUMNS = ("Incident", "Severity", "Title", "Commander", "Room", "Status", "Since")


@routes.verb("list", "", "Open incidents", in_room=False, aliases=("ls",), needs="look around")
def list_open(ask: Ask) -> Answer:
    """What is going on, the worst first."""
    with ask.desk.look() as connection:
        found = incidents.open_ones(connection, ask.reader)
        holders = {
            one.number: roles.holder(connection, one.number, "commander") for one in found[:_TABLED]
        }
    if not found:
        text = "Nothing is open."
        return Answer(Message(text, [blocks.section(f":white_check_mark: {text}")]))
    body: list[Block] = []
    for one in found[:_LISTED]:
        holder = holders[one.number]
        who = f"commander {mrkdwn.person(holder.person)}" if holder else "no commander"
        body.append(blocks.section(f"{incident_line(one)}\n{who}"))
    body += blocks.rest(len(found) - _LISTED, "; each has its room, and all are in the console")
    commanders = {number: str(held.person) for number, held in holders.items() if held}
    lines = [incident_line(one).partition("\n")[0] for one in found[:_LISTED]]
    text = "\n".join([_how_many(found), *lines])
    return Answer(Message(text, body, _tabled(ask, found, commanders)))


def _tabled(
    ask: Ask, found: Sequence[Incident], commanders: Mapping[IncidentNumber, str]
) -> list[Block]:
    """The same as a table, which can be sorted and searched; it has room for more."""
    rows = [_row(ask, one, commanders.get(one.number, "")) for one in found[:_TABLED]]
    shown = native.fitting(_COLUMNS, rows)
    left = blocks.rest(len(found) - shown, "; each has its room, and all are in the console")
    return [
        blocks.section(f"*{_how_many(found)}*, the worst first"),
        native.table("Open incidents, the worst first", _COLUMNS, rows),
        *left,
    ]


def _row(ask: Ask, one: Incident, commander: str) -> list[Element]:
    title = shorten(f"\N{LOCK} {plain(one.title)}" if one.is_private else plain(one.title), _TITLE)
    return [
        native.words(one.key),
        native.words(str(one.severity).upper()),
        native.words(f"{MARK} · {title}" if one.is_drill else title),
        native.person(commander) if commander else native.words("nobody"),
        native.channel(one.room) if one.room else native.words("opens soon"),
        native.words(str(one.status)),
        native.words(f"{one.declared_at.astimezone(ask.person.tz):%a %d %b %H:%M %Z}"),
    ]


def _how_many(found: Sequence[Incident]) -> str:
    return f"{len(found)} open incident{'s' if len(found) != 1 else ''}"


def incident_line(one: Incident) -> str:
    """An incident in one line, with the way to its room."""
    where = f" {mrkdwn.channel(one.room)}" if one.room else ""
    shape = f"{MEANINGS[one.severity].emoji} {one.severity} · {emoji(one.status)} {one.status}"
    private = ":lock: [private] " if one.is_private else ""
    head = f"{private}*{one.key}* {mrkdwn.escape(one.title)}{where}"
    return f"{head}\n{shape} · {mrkdwn.at(one.declared_at)}"
