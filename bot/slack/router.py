"""From a payload to the one function that answers it, through dictionaries.

Bolt walks through its listeners one by one; it is given a single listener for each kind of payload,
and this table decides. Every path ends in an answer: a person is never met with silence.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from bot.slack import blocks
from bot.slack.blocks import Message
from bot.slack.client import SlackClient
from bot.slack.manifest import PACKS, SWITCH_ON
from bot.slack.mrkdwn import escape
from bot.slack.wording import shown_in
from incidents.actions import access
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.actions.desk import Desk, Origin
from incidents.errors import Refused, Repeated, Unavailable, Unclear, WarroomError
from incidents.model import ids
from incidents.model.access import PERMISSIONS, Reader
from incidents.model.commands import slash
from incidents.model.features import Feature
from incidents.model.ids import IncidentNumber
from incidents.model.incident import Incident
from incidents.model.people import Person
from incidents.model.text import clean
from incidents.queries.access import reader_of

log = structlog.get_logger(__name__)

_BLOCK_ID = 255  # characters, Slack's limit


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asking person sees: words, or errors under the fields of a form, or nothing new.

    ``everybody`` shows the words to the room; ``replaces`` puts them in place of the message whose
    button was pressed. ``view`` is what a submitted form shows next instead of closing.
    """

    message: Message | None = None
    errors: dict[str, str] = field(default_factory=dict)
    everybody: bool = False
    replaces: bool = False
    view: dict[str, Any] | None = None


SILENT = Answer()  # a form closes, an event is taken note of: the room shows what came of it


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants something. ``incident`` is that of their room, or the one they picked.

    ``text`` is what followed the verb; ``value`` what the button carried; ``values`` the fields of
    a form as ``{block_id: {action_id: element}}``. ``command`` is the slash command's name.
    ``channel`` is where the answer belongs; ``seat`` the channel that they act from by Slack's own
    word, empty where Slack does not say. ``home`` is the workspace's address. ``off`` is what the
    app was given no permission for.
    """

    desk: Desk
    client: SlackClient
    person: Person
    now: datetime
    by: Origin
    command: str
    channel: str = ""
    seat: str = ""
    home: str = ""
    text: str = ""
    incident: Incident | None = None
    trigger_id: str = ""
    value: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    off: frozenset[Feature] = frozenset()

    def use(self, feature: Feature) -> None:
        """Raises `Refused` if the app was given no permission for it."""
        if feature in self.off:
            raise Refused(
                f"The app was not given the permissions for {PACKS[feature].about}.",
                instead=f"{SWITCH_ON.format(feature)}; warroom doctor shows what is missing.",
            )

    def open(self, view: dict[str, Any]) -> Answer:
        """Show a dialog. It is the first call to Slack: the trigger lives for three seconds."""
        self.client.call("views.open", trigger_id=self.trigger_id, view=view)
        return SILENT

    @property
    def reader(self) -> Reader:
        """For whom this is answered: of private incidents only what they may see."""
        return reader_of(self.desk, self.person, self.now)

    def require(self, verb: str) -> None:
        """Raises `Forbidden` unless they may do ``verb`` about this incident, as of now."""
        incident = self.incident
        is_here = incident is not None and bool(self.seat) and self.seat == incident.room
        access.require(
            self.desk, verb, self.person, incident, is_here=is_here, by=self.by, now=self.now
        )

    @property
    def here(self) -> Incident:
        """The incident this is about. Raises `Refused` when there is none."""
        if self.incident is None:
            raise Refused(
                "That needs an incident, and this is not an incident's room.",
                instead=f"Type it in the room, or see {self.command} list.",
            )
        return self.incident

    def typed(self, block_id: str) -> str:
        """What was put into a field of a form: text, a chosen value, a person, a date."""
        element: dict[str, Any] = next(iter(self.values.get(block_id, {}).values()), {})
        return _typed(element)


Run = Callable[[Ask], Answer]
Find = Callable[[Ask], Incident | None]
Words = Callable[[dict[str, Any]], Message]


@dataclass(frozen=True, slots=True)
class Route:
    """An answer behind its permission: whichever way it is reached, the permission is asked first.

    ``needs`` is a line of `PERMISSIONS`. ``find`` says which incident it is about, where a button
    names something else: an action item, a walk through a tree.
    """

    run: Run
    needs: str
    find: Find | None = None

    def __call__(self, ask: Ask) -> Answer:
        """The answer. Raises `Forbidden`; `NotFound` for what they may not even see."""
        about_it = ask if self.find is None else replace(ask, incident=self.find(ask))
        about_it.require(self.needs)
        return self.run(about_it)


@dataclass(frozen=True, slots=True)
class Verb:
    """A word after the slash command. ``in_room`` verbs are about one incident."""

    name: str
    run: Route
    usage: str
    help: str
    in_room: bool = True
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class Routes:
    """The entries of one feature, or of all of them."""

    verbs: dict[str, Verb] = field(default_factory=dict)
    buttons: dict[str, Route] = field(default_factory=dict)
    forms: dict[str, Route] = field(default_factory=dict)
    shortcuts: dict[str, Route] = field(default_factory=dict)
    events: dict[str, Route] = field(default_factory=dict)
    words: dict[str, Words] = field(default_factory=dict)

    def verb(
        self,
        name: str,
        usage: str,
        help_: str,
        *,
        needs: str,
        in_room: bool = True,
        aliases: tuple[str, ...] = (),
    ) -> Callable[[Run], Route]:
        """Answer ``/incident name …``. ``needs`` is the permission, here as below."""

        def register(run: Run) -> Route:
            route = _guarded(run, needs)
            verb = Verb(name, route, usage, help_, in_room, aliases)
            for word in (name, *aliases):
                self.verbs[word] = verb
            return route

        return register

    def button(
        self, action_id: str, *, needs: str, find: Find | None = None
    ) -> Callable[[Run], Route]:
        """Answer a button or a menu."""
        return _into(self.buttons, action_id, needs, find)

    def form(self, callback_id: str, *, needs: str) -> Callable[[Run], Route]:
        """Answer a dialog that was submitted."""
        return _into(self.forms, callback_id, needs)

    def shortcut(self, callback_id: str, *, needs: str) -> Callable[[Run], Route]:
        """Answer a shortcut."""
        return _into(self.shortcuts, callback_id, needs)

    def event(self, kind: str, *, needs: str) -> Callable[[Run], Route]:
        """Take note of an event."""
        return _into(self.events, kind, needs)

    def say(self, name: str) -> Callable[[Words], Words]:
        """The words that effects call ``name``."""

        def register(words: Words) -> Words:
            self.words[name] = words
            return words

        return register

    def join(self, *others: "Routes") -> "Routes":
        """All of these routes together. Raises ValueError if two claim the same name."""
        everything = Routes()
        for routes in (self, *others):
            for name in ("verbs", "buttons", "forms", "shortcuts", "events", "words"):
                mine, theirs = getattr(everything, name), getattr(routes, name)
                if clash := mine.keys() & theirs.keys():
                    raise ValueError(f"Two features claim the {name} {sorted(clash)}.")
                mine.update(theirs)
        return everything


def _into(
    table: dict[str, Route], name: str, needs: str, find: Find | None = None
) -> Callable[[Run], Route]:
    def register(run: Run) -> Route:
        table[name] = _guarded(run, needs, find)
        return table[name]

    return register


def _guarded(run: Run, needs: str, find: Find | None = None) -> Route:
    """Raises ValueError for a permission that nobody could have."""
    if needs not in PERMISSIONS:
        raise ValueError(f"There is no permission to {needs}.")
    return Route(run, needs, find)


def answer_safely(run: Run, ask: Ask) -> Answer:
    """Run it; whatever goes wrong becomes words and a way forward."""
    about_ = {"person": ask.person.id, "incident": ask.incident.key if ask.incident else None}
    with structlog.contextvars.bound_contextvars(**about_):
        return _worded(_answer(run, ask), ask.command)


def _worded(answer: Answer, command: str) -> Answer:
    """With the workspace's own command wherever one is meant."""
    say, message = slash(command), answer.message
    if message is not None:
        message = Message(
            shown_in(message.text, say),
            shown_in(message.blocks, say),
            shown_in(message.native, say),
        )
    return replace(
        answer,
        message=message,
        errors=shown_in(answer.errors, say),
        view=shown_in(answer.view, say),
    )


def _answer(run: Run, ask: Ask) -> Answer:
    try:
        return run(ask)
    except Unavailable:  # what was asked for is kept elsewhere, and done later
        raise
    except (WarroomError, NotSent, Throttled, Ambiguous, Dead) as error:
        return Answer(_trouble(error))
    except Exception as error:  # the request loop: a person gets words, the log gets the rest
        reference = secrets.token_hex(4)
        log.exception("request_broke", reference=reference, error=type(error).__name__)
        return Answer(broken(reference, ask.command))


def _trouble(error: Exception) -> Message:
    """What went wrong that a person can do something about."""
    if isinstance(error, Repeated):
        return _repeated(error)
    if isinstance(error, Unclear):
        return readings(error, "")
    if isinstance(error, Refused):
        return words_of(error)
    words = escape(str(error))
    if not isinstance(error, WarroomError):
        log.warning("slack_failed", because=str(error))
        words = f"Slack did not let me do that: {words}. Try it once more."
    return Message(words, [blocks.section(f":warning: {words}")])


def words_of(refused: Refused) -> Message:
    """What the rules said, and the way forward."""
    body = f":no_entry_sign: {escape(refused.why)}"
    if refused.instead:
        body += f"\n:arrow_right: {escape(refused.instead)}"
    return Message(escape(str(refused)), [blocks.section(body)])


def broken(reference: str, command: str) -> Message:
    """An error of ours, in words."""
    text = (
        f"That went wrong on my side (reference {reference}). Nothing you had recorded is lost. "
        f"Try it once more; if it fails again, `{command} help` shows other ways, "
        "and the reference finds the cause in the log."
    )
    return Message(text, [blocks.section(f":boom: {text}")])


def picker(verb: Verb, ask: Ask, open_incidents: tuple[Incident, ...]) -> Answer:
    """The right answer to the right words in the wrong place: which incident did you mean?"""
    if not open_incidents:
        raise Refused(
            f"{verb.name.capitalize()} is about an incident, and none is open.",
            instead=f"Declare one with {ask.command} and a title.",
        )
    options = [
        blocks.option(f"{one.key} {one.title.raw}", str(one.number)) for one in open_incidents
    ]
    words = f"Which incident is `{verb.name}` about?"
    menu = blocks.select("pick.incident", "Choose an incident", options)
    block = blocks.section(words, accessory=menu, block_id=_pick_id(verb, ask.text))
    named = f". Name any other: {ask.command} {verb.name} INC-42"
    return Answer(Message(words, [block, *blocks.rest(len(options) - blocks.OPTIONS, named)]))


def picked(ask: Ask) -> tuple[str, str, IncidentNumber]:
    """The verb, its text and the incident somebody chose from a picker. Raises `Refused`."""
    block_id = ask.payload["actions"][0].get("block_id", "")
    memory = remembered(ask, block_id.partition(":")[2], verb=str, text=str)
    return memory["verb"], memory["text"], ids.parse_key(ask.value) or IncidentNumber(0)


def remembered(ask: Ask, written: str, /, **types: type) -> dict[str, Any]:
    """What a button was given to remember, as JSON: a value of its type under each name.

    It comes back from the outside, so it is checked like anything. Raises `Refused`.
    """
    try:
        memory = json.loads(written)
    except ValueError:
        raise stale(ask) from None
    if not isinstance(memory, dict):
        raise stale(ask)
    if not all(isinstance(memory.get(name), type_) for name, type_ in types.items()):
        raise stale(ask)
    return {name: memory[name] for name in types}


def stale(ask: Ask) -> Refused:
    """The words for a button that none of ours would be."""
    return Refused(
        "That button is from an older version of me.",
        instead=f"Use {ask.command} in the room, or open the newest card.",
    )


def _pick_id(verb: Verb, text: str) -> str:
    """A block_id (at most 255 characters) that remembers what was asked."""
    short = next(cut for cut in (100, 30, 0) if len(_memory(verb, text[:cut])) <= _BLOCK_ID)
    return _memory(verb, text[:short])


def _memory(verb: Verb, text: str) -> str:
    return "pick:" + json.dumps({"verb": verb.name, "text": text})


def _repeated(repeated: Repeated) -> Message:
    where = f" See {ids.key(IncidentNumber(repeated.incident))}." if repeated.incident else ""
    text = f"That is already done.{where}"
    return Message(text, [blocks.section(f":white_check_mark: {text}")])


def readings(unclear: Unclear, verb: str) -> Message:
    """Ambiguous words come back as buttons, one for each reading; they say ``verb`` again."""
    buttons = [
        blocks.button(meaning, f"reading:{index}", _spoken(verb, typed))
        for index, (typed, meaning) in enumerate(unclear.readings[:5])
    ]
    body = [blocks.section(f":thinking_face: {escape(unclear.why)}")]
    fit = all(len(_spoken(verb, typed)) <= blocks.BUTTON_VALUE for typed, _ in unclear.readings)
    if verb and buttons and fit:
        body.append(blocks.actions(*buttons))
    return Message(escape(str(unclear)), body)


def _spoken(verb: str, text: str) -> str:
    """What a button says again, in as few characters as JSON allows."""
    return json.dumps({"verb": verb, "text": text}, ensure_ascii=False)


def _typed(element: dict[str, Any]) -> str:
    """A field's value as text. What no database takes is left out here, at the edge."""
    return clean(_value(element)).raw


def _value(element: dict[str, Any]) -> str:
    for name in ("value", "selected_user", "selected_date", "selected_conversation"):
        if element.get(name):
            return str(element[name])
    if element.get("selected_date_time"):
        return str(element["selected_date_time"])
    chosen = element.get("selected_option")
    if chosen:
        return str(chosen["value"])
    several = element.get("selected_options") or []
    return " ".join(str(one["value"]) for one in several)


_SPLIT = re.compile(r"\s+")


def split_verb(text: str) -> tuple[str, str]:
    """The first word in lower case, and the rest."""
    parts = _SPLIT.split(text.strip(), maxsplit=1)
    return parts[0].lower(), parts[1] if len(parts) > 1 else ""


def about(ask: Ask, incident: Incident | None, text: str = "") -> Ask:
    """The same question about another incident."""
    return replace(ask, incident=incident, text=text)
