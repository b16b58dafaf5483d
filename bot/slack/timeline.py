"""Notes, marks and shortcuts: what people put on the record, and take back."""

from datetime import timedelta
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Message
from bot.slack.router import SILENT, Answer, Ask, Routes
from incidents.actions import movements, notes, reconcile
from incidents.actions.notes import Marked
from incidents.errors import Refused
from incidents.model.access import MARK_NEEDS
from incidents.model.ids import key
from incidents.model.incident import Incident
from incidents.model.past import read_past
from incidents.model.text import clean
from incidents.model.timeline import EVIDENCE, Entry, superseded
from incidents.queries.company import family_of, merged_timeline
from incidents.render import timeline as sentences
from incidents.render.tongue import Tongue
from incidents.store import timeline

routes = Routes()

_SHOWN = 20
_DIGITS = 9

TONGUE = Tongue(
    words=mrkdwn.escape,
    person=mrkdwn.person,
    moment=mrkdwn.at,
    strong=lambda text: f"*{text}*",
    link=mrkdwn.linked,
)


@routes.verb("note", "[at 10:42] words", "Add a line to the timeline", aliases=("n",), needs="note")
def note(ask: Ask) -> Answer:
    """``note payments is back``, ``note at 10:42 payments is back``"""
    past, words = None, ask.text
    if ask.text[:3].lower() == "at ":
        past = read_past(ask.text[3:], ask.now, ask.person.tz)
        words = past.rest if past else ask.text
    at = past.at if past else None
    entry = notes.note(ask.desk, ask.here.number, clean(words), by=ask.by, now=ask.now, at=at)
    when = f" at {mrkdwn.at(at)}" if at else ""
    return _told(f":pushpin: Noted as entry {entry.seq} of {ask.here.key}{when}.")


@routes.verb("correct", "12 words", "Say better what a note of the timeline says", needs="note")
def correct(ask: Ask) -> Answer:
    """``correct 12 payments-db, not payments``"""
    seq, words = _numbered(ask, "correct")
    entry = notes.correct(ask.desk, ask.here.number, seq, clean(words), by=ask.by, now=ask.now)
    return _told(f":pushpin: Entry {entry.seq} corrects entry {seq}. Both stay on the record.")


@routes.verb("retract", "12 [why]", "Take a note or a marked message back", needs="note")
def retract(ask: Ask) -> Answer:
    """``retract 12 wrong incident``"""
    seq, words = _numbered(ask, "retract")
    why = clean(words, limit=500).raw
    notes.take_back(ask.desk, ask.here.number, seq, why=why, by=ask.by, now=ask.now)
    return _told(f":pushpin: Entry {seq} is taken back. It stays on the record, marked.")


def _numbered(ask: Ask, verb: str) -> tuple[int, str]:
    word, _, rest = ask.text.strip().partition(" ")
    number = word.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        raise Refused(
            f"Which entry? {verb.capitalize()} needs its number.",
            instead=f"See them with {ask.command} timeline, then: {verb} 12",
        )
    return int(number), rest.strip()


def _told(text: str) -> Answer:
    return Answer(Message(text, [blocks.section(text)]))


@routes.say("noted_elsewhere")
def noted_elsewhere(facts: dict[str, Any]) -> Message:
    """A note that was not written in Slack."""
    where = {"cli": "on the command line", "api": "over the API"}.get(facts["source"], "elsewhere")
    words = f"{mrkdwn.person(facts['by'])}, {where}: {mrkdwn.escape(facts['text'])}"
    return Message(words, [blocks.section(f":pushpin: {words}")])


@routes.verb("timeline", "[all]", "Show the last entries; all: also what people said", needs="look")
def show(ask: Ask) -> Answer:
    """The newest part of the record; with those of what was merged into it or taken out of it."""
    everything = ask.text.strip() == "all"
    with ask.desk.look() as connection:
        family = family_of(connection, ask.here, ask.reader)
        if len(family) > 1:
            return _show_merged(ask, family, everything=everything)
        without = () if everything else EVIDENCE
        entries = timeline.latest(connection, ask.here.number, limit=_SHOWN, without=without)
    marks = superseded(entries)
    lines = [_line(entry, marks.get(entry.seq, "")) for entry in entries]
    body = [blocks.section("\n".join(lines[at : at + 8])) for at in range(0, len(lines), 8)]
    return Answer(Message(f"Timeline of {ask.here.key}", body))


def _show_merged(ask: Ask, family: tuple[Incident, ...], *, everything: bool) -> Answer:
    with ask.desk.look() as connection:
        found = merged_timeline(connection, ask.here, ask.reader, everything=everything)
    entries = found[-_SHOWN:]
    marks: dict[str, str] = {}
    for one in family:
        theirs = [entry for entry in entries if entry.incident == one.number]
        of_one = superseded(theirs)
        marks |= {entry.id: of_one.get(entry.seq, "") for entry in theirs}
    lines = [f"*{key(one.incident)}* {_line(one, marks[one.id])}" for one in entries]
    body = [blocks.section("\n".join(lines[at : at + 8])) for at in range(0, len(lines), 8)]
    body.append(blocks.context(f"Together: {', '.join(one.key for one in family)}"))
    return Answer(Message(f"Timeline of {ask.here.key}", body))


def _line(entry: Entry, mark: str) -> str:
    """When it happened, what, whose word it is, and what became of it.

    By its number it is named.
    """
    when = mrkdwn.clock_time(entry.occurred_at)
    words = f":{sentences.icon(entry.kind)}: {when} {sentences.say(entry, TONGUE)}"
    small = f"#{entry.seq} :{sentences.badge_icon(entry)}: {sentences.badge(entry)}"
    late = entry.recorded_at - entry.occurred_at
    if late >= timedelta(minutes=1):
        small += f", recorded {mrkdwn.clock_time(entry.recorded_at)}"
    return f"{words}  _{small}{', ' + mark if mark else ''}_"


@routes.shortcut("add_to_timeline", needs="note")
def add_to_timeline(ask: Ask) -> Answer:
    """The shortcut on a message."""
    message = ask.payload["message"]
    marked = Marked(ask.channel, message["ts"], "timeline", ask.payload.get("action_ts", ""))
    if not notes.mark(ask.desk, ask.channel, marked, by=ask.by, now=ask.now):
        raise Refused(
            "This is not an incident's room.", instead="Share the message into the room first."
        )
    text = ":pushpin: On the timeline."
    return Answer(Message(text, [blocks.section(text)]))


@routes.event("reaction_added", needs="be noted")
def reacted(ask: Ask) -> Answer:
    """A mark: which kind is a matter of the configured emoji."""
    return _reaction(ask, added=True)


@routes.event("reaction_removed", needs="be noted")
def unreacted(ask: Ask) -> Answer:
    """The mark was taken back, and with it the entry."""
    return _reaction(ask, added=False)


@routes.event("channel_archive", needs="be noted")
@routes.event("channel_deleted", needs="be noted")
@routes.event("channel_unarchive", needs="be noted")
@routes.event("group_archive", needs="be noted")
@routes.event("group_deleted", needs="be noted")
@routes.event("group_unarchive", needs="be noted")
def moved(ask: Ask) -> Answer:
    """A room was put away or brought back: see what is left of it."""
    reconcile.look_at(ask.desk, ask.payload["event"]["channel"], by=ask.by, now=ask.now)
    return SILENT


@routes.event("group_rename", needs="be noted")
@routes.event("channel_rename", needs="be noted")
def renamed(ask: Ask) -> Answer:
    """A room has another name now; it is known by its id."""
    channel = ask.payload["event"]["channel"]
    movements.room_renamed(ask.desk, channel["id"], channel["name"], by=ask.by, now=ask.now)
    return SILENT


def _reaction(ask: Ask, *, added: bool) -> Answer:
    event = ask.payload["event"]
    use = ask.desk.catalog.settings.emoji.use_of(event["reaction"])
    item = event["item"]
    if use is None or item.get("type") != "message" or ask.incident is None:
        return SILENT
    ask.require(MARK_NEEDS[use])
    marked = Marked(item["channel"], item["ts"], use, event.get("event_ts", ""))
    change = notes.mark if added else notes.unmark
    change(ask.desk, item["channel"], marked, by=ask.by, now=ask.now)
    return SILENT
