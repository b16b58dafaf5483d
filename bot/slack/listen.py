"""Bolt, with one listener for each kind of payload, and the way from a payload to an answer.

Listeners finish before the response is sent (``process_before_response``), so Bolt neither polls
nor keeps a thread pool of its own. What must go out after the response, goes through `Background`.
"""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import structlog
from slack_bolt import Ack, App, BoltResponse
from slack_sdk import WebClient

from bot.clock import Clock
from bot.slack import blocks, mrkdwn, native
from bot.slack.abilities import Abilities
from bot.slack.blocks import Message
from bot.slack.client import SlackClient, SlackSays
from bot.slack.identity import Identity
from bot.slack.oneroom import pointing_on
from bot.slack.router import (
    Answer,
    Ask,
    Routes,
    Verb,
    about,
    answer_safely,
    picked,
    picker,
    readings,
    remembered,
    split_verb,
    stale,
)
from incidents.actions import access
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.actions.desk import Desk, Origin
from incidents.errors import Refused, Unavailable, Unclear
from incidents.model import ids
from incidents.model.incident import Incident
from incidents.model.text import clean
from incidents.queries.delays import delay_of
from incidents.store import incidents, people

log = structlog.get_logger(__name__)

_ANY = re.compile(r"[\s\S]*")
_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
_as_of: ContextVar[datetime | None] = ContextVar("as_of", default=None)
UNAVAILABLE = 503  # what Bolt answers while the database is away
_DEFAULT_VERB = "declare"
_NEARLY = 0.75  # of the letters of a verb, for a slip
_CARD_VERB = "card"
_ABOUT_PARTS = frozenset({"split", "timeline"})  # verbs about an incident that was merged
_OF_PARTS = ("oneroom.", "postmortem.", "why.", "followups.", "timeline.")  # buttons likewise


class Listener:
    """Turns payloads into questions, and answers into what Slack expects."""

    def __init__(  # noqa: PLR0913
        self,
        desk: Desk,
        client: SlackClient,
        identity: Identity,
        routes: Routes,
        clock: Clock,
        *,
        command: str,
        background: Executor,
    ) -> None:
        self._desk = desk
        self._client = client
        self._identity = identity
        self._routes = routes
        self._clock = clock
        self._command = command
        self._background = background
        self._abilities = Abilities(clock)

    @contextmanager
    def as_of(self, moment: datetime) -> Iterator[None]:
        """Take what is dispatched meanwhile as if it came at ``moment``."""
        token = _as_of.set(moment)
        try:
            yield
        finally:
            _as_of.reset(token)

    # Kinds of payloads.

    def command(self, ack: Ack, body: dict[str, Any]) -> BoltResponse:
        """``/incident …``: the answer is in the response itself.

        Unless it has blocks that Slack may refuse: only to the response_url would it say so.
        """
        ask = self._ask(
            body["user_id"],
            channel=body["channel_id"],
            key=f"command/{body['trigger_id']}",
            trigger=body["trigger_id"],
            payload=body,
        )
        answer = answer_safely(lambda a: self._dispatch(a, body.get("text", "")), ask)
        if answer.message is None:
            return ack()
        if answer.message.native and body.get("response_url"):
            self._later(ask, answer, body["response_url"])
            return ack()
        shown = "in_channel" if answer.everybody else "ephemeral"
        message = self._with_delay(answer.message)
        return ack({"response_type": shown, **message.as_arguments()})

    def pressed(self, ack: Ack, body: dict[str, Any]) -> BoltResponse:
        """A button or a menu: the answer follows through the message's response_url."""
        action = body["actions"][0]
        ask = self._ask(
            body["user"]["id"],
            channel=body.get("channel", {}).get("id", ""),
            key=_press_key(body, action),
            trigger=body.get("trigger_id", ""),
            payload=body,
        )
        value = action.get("value") or (action.get("selected_option") or {}).get("value") or ""
        ask = replace(
            ask,
            value=value,
            values=((body.get("view") or {}).get("state") or {}).get("values", {}),
            metadata=_metadata(body.get("view") or {}),
        )
        answer = answer_safely(lambda a: self._press(a, action), ask)
        if answer.message is not None:
            self._later(ask, answer, body.get("response_url", ""))
        return ack()

    def submitted(self, ack: Ack, body: dict[str, Any]) -> BoltResponse:
        """A dialog: errors go under its fields, everything else to the person or the room."""
        view = body["view"]
        metadata = _metadata(view)
        ask = self._ask(
            body["user"]["id"],
            channel=str(metadata.get("channel", "")),
            key=f"view/{view['id']}/{view.get('hash', '')}",
            trigger=body.get("trigger_id", ""),
            payload=body,
        )
        # A form says where it was opened; whether they are still there, only the record knows.
        ask = replace(ask, values=view["state"]["values"], metadata=metadata, seat="")
        form = self._routes.forms.get(view["callback_id"], _stale)
        about_ = str(metadata.get("incident", ""))
        answer = answer_safely(lambda a: form(replace(a, incident=self._named(a, about_))), ask)
        if answer.errors:
            return ack(response_action="errors", errors=answer.errors)
        if answer.view is not None:
            return ack(response_action="update", view=answer.view)
        if answer.message is not None:
            self._later(ask, answer, "")
        return ack()

    def shortcut(self, ack: Ack, body: dict[str, Any]) -> BoltResponse:
        """A shortcut, from a message or from anywhere."""
        ask = self._ask(
            body["user"]["id"],
            channel=body.get("channel", {}).get("id", ""),
            key=f"shortcut/{body.get('trigger_id', '')}",
            trigger=body.get("trigger_id", ""),
            payload=body,
        )
        ask = replace(ask, incident=self._in_room(ask.channel))
        answer = answer_safely(self._routes.shortcuts.get(body["callback_id"], _stale), ask)
        if answer.message is not None:
            self._later(ask, answer, body.get("response_url", ""))
        return ack()

    def event(self, body: dict[str, Any]) -> None:
        """Something happened in the workspace. Slack repeats events, so each has a key."""
        event = body["event"]
        if event["type"] == "app_mention":
            self._mentioned(body)
            return
        if event["type"] in {"team_join", "user_change"}:
            self._identity.heard_of(event["user"])
            return
        note = self._routes.events.get(event["type"])
        if note is None:
            return
        user = event.get("user")
        who = user if isinstance(user, str) else (user or {}).get("id", "")
        if who == self._identity.me.user_id or self._means_nothing(event):
            return
        ask = self._ask(
            who,
            channel=_channel_of(event),
            key=f"event/{body['event_id']}",
            payload=body,
        )
        answer = answer_safely(note, replace(ask, incident=self._in_room(ask.channel)))
        if answer.message is not None and event["type"] == "reaction_added":
            self._later(ask, answer, "")  # who marks something waits for it to be on the record

    def _means_nothing(self, event: dict[str, Any]) -> bool:
        """An emoji that is none of ours, whatever it is on: the database need not be asked."""
        emoji = self._desk.catalog.settings.emoji
        return "reaction" in event and emoji.use_of(str(event["reaction"])) is None

    def options(self, ack: Ack) -> BoltResponse:
        """No menu of ours asks Slack for its choices."""
        return ack(options=[])

    # From words to a verb.

    def _dispatch(self, ask: Ask, text: str) -> Answer:
        text = clean(mrkdwn.typed(text, self._handle)).raw
        ask = replace(ask, incident=self._in_room(ask.channel))
        word, rest = split_verb(text)
        verb = self._routes.verbs.get(word)
        if verb is None:
            return self._no_verb(ask, text.strip())
        ask = replace(ask, text=rest, metadata=self._about_verbs(verb.name))
        if verb.in_room and ask.incident is None:
            return self._elsewhere(verb, ask)
        try:
            return self._run(verb, ask)
        except Unclear as unclear:
            return Answer(readings(unclear, verb.name))

    def _no_verb(self, ask: Ask, text: str) -> Answer:
        """Outside of a room, words declare; inside, they are most likely a slip."""
        is_slip = ask.incident is None and self._is_slip(text)
        if not text:
            name = _CARD_VERB if ask.incident else _DEFAULT_VERB
        elif ask.incident is None and not is_slip:
            name = _DEFAULT_VERB
        else:
            name = "help"
        metadata = {**self._about_verbs(name), "is_slip": is_slip}
        return self._run(self._routes.verbs[name], replace(ask, text=text, metadata=metadata))

    def _is_slip(self, text: str) -> bool:
        """Nearly a verb, alone or about an incident: no title of an outage reads like that."""
        word, rest = split_verb(text)
        about_, _ = split_verb(rest)
        is_alone = not rest or (about_[:1].isalpha() and ids.parse_key(about_) is not None)
        if not is_alone or self._desk.catalog.canonical(word.removeprefix("@")):
            return False
        return bool(get_close_matches(word, list(self._routes.verbs), n=1, cutoff=_NEARLY))

    def _run(self, verb: Verb, ask: Ask) -> Answer:
        """The verb; about an incident that became a part of another one, about that other one."""
        whole = self._whole_of(ask) if verb.in_room and verb.name not in _ABOUT_PARTS else None
        if whole is None or ask.incident is None:
            return verb.run(ask)
        return pointing_on(verb.run(about(ask, whole, ask.text)), ask.incident, whole)

    def _whole_of(self, ask: Ask) -> Incident | None:
        """What the incident became a part of, if they may see it."""
        if ask.incident is None or ask.incident.merged_into is None:
            return None
        with self._desk.look() as connection:
            root = incidents.root_of(connection, ask.incident.number)
            return incidents.get(connection, root, ask.reader)

    def _about_verbs(self, name: str) -> dict[str, Any]:
        return {"verb": name, "verbs": self._routes.verbs}

    def _elsewhere(self, verb: Verb, ask: Ask) -> Answer:
        """A verb for a room, typed outside: an incident named first is taken, else a picker."""
        first, rest = split_verb(ask.text)
        named = self._numbered(ask, first) if first.startswith("inc") else None
        if named is not None:
            return self._run(verb, about(ask, named, rest))
        with self._desk.look() as connection:
            return picker(verb, ask, incidents.open_ones(connection, ask.reader))

    def _press(self, ask: Ask, action: dict[str, Any]) -> Answer:
        name = action["action_id"].partition(":")[0]
        ask = replace(ask, incident=self._named(ask, ask.value.partition(" ")[0]))
        self._must_not_be_part(ask, name)
        if name == "pick.incident":
            verb, text, number = picked(ask)
            chosen = self._numbered(ask, ids.key(number))
            return replace(self._verb(ask, verb).run(about(ask, chosen, text)), replaces=True)
        if name == "reading":
            memory = remembered(ask, ask.value, verb=str, text=str)
            here = about(ask, self._in_room(ask.channel), memory["text"])
            return replace(self._verb(ask, memory["verb"]).run(here), replaces=True)
        if action.get("url") and name not in self._routes.buttons:
            return Answer()  # a link opens by itself
        return self._routes.buttons.get(name, _stale)(ask)

    def _must_not_be_part(self, ask: Ask, name: str) -> None:
        """A button from before a merge: what it meant goes on elsewhere. Raises `Refused`."""
        whole = None if name.startswith(_OF_PARTS) else self._whole_of(ask)
        if whole is None or ask.incident is None or ask.value.partition(" ")[0] != ask.incident.key:
            return
        room = f", in #{whole.room_name}" if whole.room else ""
        raise Refused(
            f"{ask.incident.key} is part of {whole.key} now.",
            instead=f"Use the card of {whole.key}{room}.",
        )

    def _verb(self, ask: Ask, name: str) -> Verb:
        """Raises `Refused` for one that there is not, any more."""
        if name not in self._routes.verbs:
            raise stale(ask)
        return self._routes.verbs[name]

    def _mentioned(self, body: dict[str, Any]) -> None:
        """``@warroom …`` is the command, also in threads, where slash commands do not work."""
        event = body["event"]
        ask = self._ask(
            event["user"],
            channel=event["channel"],
            key=f"event/{body['event_id']}",
            payload=body,
        )
        text = _MENTION.sub("", event.get("text") or "", count=1).strip()
        answer = answer_safely(lambda a: self._dispatch(a, text or "help"), ask)
        message = answer.message or Message("Done.", [blocks.section(":white_check_mark: Done.")])
        thread = event.get("thread_ts")
        self._background.submit(self._whisper, ask, message, thread).add_done_callback(_told)

    # Around them.

    def _ask(
        self,
        user: str,
        *,
        channel: str,
        key: str,
        payload: dict[str, Any],
        trigger: str = "",
    ) -> Ask:
        person = self._identity.person(user)
        return Ask(
            desk=self._desk,
            client=self._client,
            person=person,
            now=_as_of.get() or self._clock(),
            by=Origin(person.id, "slack", key),
            command=self._command,
            channel=channel,
            seat=channel,
            home=self._identity.me.url,
            trigger_id=trigger,
            payload=payload,
            off=self._identity.me.off,
        )

    def _handle(self, user_id: str) -> str | None:
        with self._desk.look() as connection:
            known = people.get(connection, user_id)
        return known.handle if known else None

    def _in_room(self, channel: str) -> Incident | None:
        if not channel:
            return None
        with self._desk.look() as connection:
            return incidents.in_room(connection, channel)

    def _named(self, ask: Ask, typed: str) -> Incident | None:
        """The incident that a button or a form names, else that of the room.

        Raises `NotFound` for one that does not exist, or that is none of theirs to see.
        """
        number = ids.parse_key(typed) if typed[:1].isalpha() else None
        if number is None:
            return self._in_room(ask.channel)
        found = self._numbered(ask, typed)
        if found is None:
            raise access.missing(number)
        return found

    def _numbered(self, ask: Ask, typed: str) -> Incident | None:
        number = ids.parse_key(typed)
        if number is None:
            return None
        with self._desk.look() as connection:
            here = incidents.in_room(connection, ask.channel) if ask.channel else None
            if here is not None and here.number == number:
                return here
            return incidents.get(connection, number, ask.reader)

    def _later(self, ask: Ask, answer: Answer, response_url: str) -> None:
        self._background.submit(self._reply, ask, answer, response_url).add_done_callback(_told)

    def _with_delay(self, message: Message) -> Message:
        """With a line about it if what follows will be late."""
        with self._desk.look() as connection:
            delay = delay_of(connection, self._clock())
        if delay is None:
            return message
        return message.under(f":hourglass_flowing_sand: {delay.in_words()}")

    def _reply(self, ask: Ask, answer: Answer, response_url: str) -> None:
        """The words of an answer, by the nearest way that works."""
        if answer.message is None:
            return
        message = self._with_delay(answer.message)
        if response_url:
            extra: dict[str, Any] = {"replace_original": answer.replaces}
            extra["response_type"] = "in_channel" if answer.everybody else "ephemeral"
            try:
                native.say(
                    message,
                    self._abilities,
                    lambda said: self._client.answer(response_url, {**said, **extra}),
                )
            except (SlackSays, NotSent, Throttled, Ambiguous) as error:
                log.warning("response_url_failed", because=str(error))
            else:
                return
        self._whisper(ask, message, None)

    def _whisper(self, ask: Ask, message: Message, thread: str | None) -> None:
        """To one person: in their channel if they are there, else by direct message."""
        try:
            if ask.channel:
                native.say(
                    message, self._abilities, lambda said: self._ephemeral(ask, said, thread)
                )
                return
        except (Dead, NotSent, Throttled, Ambiguous) as error:
            log.info("whisper_failed", because=str(error))
        try:
            dm = self._client.call("conversations.open", users=ask.person.id)["channel"]["id"]
            self._client.call("chat.postMessage", channel=dm, **message.as_arguments())
        except (Dead, NotSent, Throttled, Ambiguous) as error:
            log.warning("person_not_told", person=ask.person.id, because=str(error))

    def _ephemeral(self, ask: Ask, said: dict[str, Any], thread: str | None) -> None:
        self._client.call(
            "chat.postEphemeral",
            channel=ask.channel,
            user=ask.person.id,
            thread_ts=thread,
            text=said["text"],
            blocks=said["blocks"],
        )


def build_bolt(listener: Listener, secret: str, authorize: Callable[..., Any]) -> App:
    """Bolt's App with one listener per kind of payload. It calls Slack neither now nor later."""
    app = App(
        name="warroom",  # or Bolt reads the call stack for one, which takes a tenth of a second
        signing_secret=secret or "unused-in-socket-mode",
        authorize=lambda context: authorize(),  # noqa: ARG005 (Bolt looks at the names)
        client=WebClient(retry_handlers=[], timeout=10),
        process_before_response=True,
        raise_error_for_unhandled_request=False,
        request_verification_enabled=False,  # the guard did it, on raw bytes and on our clock
        ignoring_self_events_enabled=True,
    )
    app.command(_ANY)(listener.command)
    app.action(_ANY)(listener.pressed)
    app.view(_ANY)(listener.submitted)
    app.shortcut(_ANY)(listener.shortcut)
    app.options(_ANY)(listener.options)
    app.event(_ANY)(listener.event)
    app.error(_failed)
    return app


def _failed(error: Exception) -> BoltResponse:
    """Errors that nobody turned into words. Of those, only one kind is expected."""
    if isinstance(error, Unavailable):
        return BoltResponse(status=UNAVAILABLE, body="")
    log.error("listener_broke", error=type(error).__name__, exc_info=error)
    return BoltResponse(status=500, body="")


def _told(done: Future[None]) -> None:
    """Nobody waits for what is done in the background, so what went wrong is logged here."""
    error = done.exception()
    if error is not None:
        log.error("answer_broke", error=type(error).__name__, exc_info=error)


def _stale(ask: Ask) -> Answer:
    raise stale(ask)


def _press_key(body: dict[str, Any], action: dict[str, Any]) -> str:
    place = body.get("container", {}).get("message_ts") or body.get("view", {}).get("id", "")
    parts = (body["user"]["id"], place, action["action_id"], action.get("action_ts", ""))
    return "press/" + "/".join(parts)


def _channel_of(event: dict[str, Any]) -> str:
    """Slack names it by its id, or describes it (when it was renamed), or says what lies in it."""
    named = event.get("channel") or (event.get("item") or {}).get("channel", "")
    return str(named.get("id", "") if isinstance(named, dict) else named)


def _metadata(view: dict[str, Any]) -> dict[str, Any]:
    """What a dialog remembers. It comes back from the outside, so it is checked like anything."""
    try:
        memory = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return memory if isinstance(memory, dict) else {}
