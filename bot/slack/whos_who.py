"""Who is in the room and does what: roles, the teams' leads, everybody else."""

from zoneinfo import ZoneInfo

from bot.slack import blocks, mrkdwn, native, teams
from bot.slack.blocks import Block, Element, Message
from incidents.model.ids import PersonId
from incidents.model.roles import Role
from incidents.model.workdays import say_moment
from incidents.queries.card import Card
from incidents.queries.roster import STATES, Line

_SHOWN = 100  # people; a mention takes 16 characters at most, a section 3,000
_COLUMNS = ("Role", "Who", "State")


def told(card: Card, here: tuple[PersonId, ...], zone: ZoneInfo) -> Message:
    """In words, and as a table where Slack has that. ``zone`` is the reader's time zone."""
    in_room = f"*In the room* {_people(here)}"
    head = f"Who does what in *{card.incident.key}*"
    text = "\n".join([head, *(_line(card, role) for role in Role), in_room])
    plain = [blocks.section(text), *teams.roster(card.teams)]
    return Message(text, plain, _tabled(card, zone, in_room))


def _people(here: tuple[PersonId, ...]) -> str:
    """As many as fit into a section, and how many more there are."""
    more = len(here) - _SHOWN
    return mrkdwn.people(here[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _line(card: Card, role: Role) -> str:
    holder, asked = card.holder(role), card.asked(role)
    state = mrkdwn.person(holder.person) if holder else "nobody"
    if asked:
        state += f" ({mrkdwn.person(asked.person)} was asked {mrkdwn.at(asked.offered_at)})"
    return f"*{role.title.capitalize()}* {state}"


def _tabled(card: Card, zone: ZoneInfo, in_room: str) -> list[Block]:
    rows = [row for role in Role for row in _role(card, role, zone)]
    rows += [_team(one) for one in card.teams]
    shown = native.fitting(_COLUMNS, rows)
    return [
        native.table(f"Who does what in {card.incident.key}", _COLUMNS, rows),
        *blocks.rest(len(rows) - shown, " teams"),
        blocks.section(in_room),
    ]


def _role(card: Card, role: Role, zone: ZoneInfo) -> list[list[Element]]:
    """Who holds it, and under that who was asked to."""
    title = native.words(role.title.capitalize())
    holder, asked = card.holder(role), card.asked(role)
    rows = []
    if holder:
        since = say_moment(holder.held_at or holder.offered_at, zone)
        rows.append([title, native.person(holder.person), native.words(f"since {since}")])
    if asked:
        words = f"asked {say_moment(asked.offered_at, zone)}"
        rows.append([title, native.person(asked.person), native.words(words)])
    return rows or [[title, native.words("nobody"), native.words("")]]


def _team(line: Line) -> list[Element]:
    state = STATES[line.state]
    names = ", ".join(line.services)
    return [
        native.words(f"Team {line.team}"),
        native.person(line.lead) if line.lead else native.words(""),
        native.words(f"{state} · {names}" if names else state),
    ]
