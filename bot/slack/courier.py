"""Carries effects to Slack, and recognises there what it carried before."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import structlog

from bot.clock import Clock
from bot.slack import blocks, errors, files, mrkdwn, reading, room, rooms
from bot.slack.abilities import Abilities
from bot.slack.blocks import Message
from bot.slack.client import SlackClient, SlackSays
from bot.slack.drills import marked
from bot.slack.entity import REFUSED, incident_entity
from bot.slack.identity import Identity
from bot.slack.manifest import SWITCH_ON
from bot.slack.names import Names
from bot.slack.router import Words
from incidents.actions import origins
from incidents.actions.deliver import Dead, Misplaced, NotSent
from incidents.actions.desk import Desk
from incidents.model import effects
from incidents.model.effects import LEAVES, EffectKind, Receipt
from incidents.model.features import Feature
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.model.lifecycle import ENDED
from incidents.model.timeline import moment_of
from incidents.queries.access import sees
from incidents.queries.card import Card, card_of
from incidents.store import incidents, outbox
from incidents.store.outbox import Claimed

log = structlog.get_logger(__name__)

# What is done in the incident's own room, and therefore waits while there is none.
_IN_THE_ROOM = frozenset(
    {
        EffectKind.BOOKMARK,
        EffectKind.CARD,
        EffectKind.EDIT,
        EffectKind.EDIT_CARD,
        EffectKind.INVITE,
        EffectKind.PIN_CARD,
        EffectKind.POST,
        EffectKind.TOPIC,
        EffectKind.UPLOAD,
    }
)
_TELLS = _IN_THE_ROOM - {EffectKind.INVITE}  # what carries words of an incident into its room
_KEEPS_TRUE = frozenset({EffectKind.EDIT, EffectKind.EDIT_CARD, EffectKind.TOPIC})
_Result = TypeVar("_Result")
_LOOK_BACK = timedelta(minutes=5)
_LEFT = frozenset(LEAVES.values())
_LATE = timedelta(minutes=2)
_NAME_TRIES = 6


class SlackCourier:
    """One workspace's courier.

    ``words`` maps the names of views to the functions that write them.
    """

    def __init__(
        self,
        desk: Desk,
        client: SlackClient,
        identity: Identity,
        words: Mapping[str, Words],
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._client = client
        self._identity = identity
        self._words = words
        self._clock = clock
        self._abilities = Abilities(clock)
        self._carry: dict[EffectKind, Callable[[Claimed], Receipt]] = {
            EffectKind.OPEN_ROOM: self._open_room,
            EffectKind.INVITE: self._invite,
            EffectKind.TOPIC: self._topic,
            EffectKind.BOOKMARK: self._bookmark,
            EffectKind.CARD: self._card,
            EffectKind.PIN_CARD: self._pin,
            EffectKind.EDIT_CARD: self._edit_card,
            EffectKind.ANNOUNCE: self._announce,
            EffectKind.EDIT_ANNOUNCEMENT: self._edit_announcement,
            EffectKind.POST: self._post,
            EffectKind.DIRECT: self._direct,
            EffectKind.EDIT: self._edit,
            EffectKind.CAPTURE: self._capture,
            EffectKind.ARCHIVE: self._archive,
            EffectKind.UPLOAD: self._upload,
            EffectKind.RECONCILE: self._reconcile,
            EffectKind.UNARCHIVE: self._unarchive,
            EffectKind.DELETE: self._delete,
            EffectKind.KEEP_FILE: self._keep_file,
        }
        self._probes: dict[EffectKind, Callable[[Claimed], Receipt | None]] = {
            EffectKind.OPEN_ROOM: self._find_room,
            EffectKind.BOOKMARK: self._find_bookmark,
            EffectKind.CARD: lambda effect: self._find_message(self._room(effect), effect),
            EffectKind.ANNOUNCE: lambda effect: self._find_message(
                self._channel(effect.args["channel"]), effect
            ),
            EffectKind.POST: lambda effect: self._find_message(self._place(effect), effect),
            EffectKind.DIRECT: lambda effect: self._find_message(
                self._open_dm(effect.args["person"]), effect
            ),
            EffectKind.UPLOAD: self._find_upload,
        }
        self.kinds = frozenset(self._carry)

    def probe(self, effect: Claimed) -> Receipt | None:
        """Look for what an earlier attempt may have achieved.

        Kinds that may repeat need no look.
        """
        look = self._probes.get(effect.kind)
        return self._in_place(look, effect) if look else None

    def carry(self, effect: Claimed) -> Receipt:
        """Do it, unless the room was put away with its incident: nobody reads there any more."""
        try:
            return self._in_place(self._carry[effect.kind], effect)
        except SlackSays as refusal:
            if refusal.code == "is_archived" and self._is_over(effect):
                return Receipt({"skipped": "its room is put away"})
            raise

    def _in_place(self, do: Callable[[Claimed], _Result], effect: Claimed) -> _Result:
        """Do something; if it needs the room and the room is gone, it has to wait for another."""
        try:
            return do(effect)
        except SlackSays as refusal:
            if refusal.code in errors.ROOM_IS_GONE and self._is_room_lost(effect, refusal.code):
                raise Misplaced(str(refusal)) from refusal
            if refusal.code == "is_archived" and self._is_put_away(effect):
                return cast(
                    "_Result", Receipt({"skipped": "the room is archived"}, was_asked=False)
                )
            raise

    def _is_put_away(self, effect: Claimed) -> bool:
        """Whether it would only have kept up to date what nobody reads any more."""
        if effect.incident is None or effect.kind not in _KEEPS_TRUE:
            return False
        return self._incident(effect).status in ENDED

    def _is_over(self, effect: Claimed) -> bool:
        """Whether it is about the own room of an incident that has ended."""
        if effect.incident is None or effect.kind not in _IN_THE_ROOM or "room" in effect.args:
            return False
        return not self._incident(effect).is_open

    def _is_room_lost(self, effect: Claimed, code: str) -> bool:
        """Whether it is the incident's own open room that Slack does not let us into."""
        if (
            effect.incident is None
            or effect.kind not in _IN_THE_ROOM
            or {"room", "thread_ts"} & effect.args.keys()
        ):
            return False
        incident = self._incident(effect)
        log.warning("room_is_lost", code=code, channel=incident.room)
        return incident.is_open

    # The room.

    def _open_room(self, effect: Claimed) -> Receipt:
        hidden = self._incident(effect).is_private
        if hidden and self._is_off(Feature.PRIVATE):
            raise Dead(f"the app may not open private rooms: {SWITCH_ON.format(Feature.PRIVATE)}")
        for attempt in range(_NAME_TRIES):
            name = _numbered(effect.args["name"], attempt)
            try:
                answer = self._client.call("conversations.create", name=name, is_private=hidden)
            except SlackSays as refusal:
                if refusal.code != "name_taken":
                    raise
                ours = self._ours_named(name, effect)
                if ours is not None:
                    return ours
                continue  # a channel of somebody else's: the next name
            channel = answer["channel"]
            return Receipt({"channel": channel["id"], "name": channel["name"]})
        raise Dead(f"channels called {effect.args['name']} and so on all exist already")

    def _find_room(self, effect: Claimed) -> Receipt | None:
        wanted = {_numbered(effect.args["name"], attempt) for attempt in range(_NAME_TRIES)}
        for channel in self._our_channels():
            if channel["name"] in wanted and self._is_ours(channel, effect):
                return Receipt({"channel": channel["id"], "name": channel["name"]})
        return None

    def _ours_named(self, name: str, effect: Claimed) -> Receipt | None:
        """A room that an earlier attempt made under this name, whose answer was lost."""
        for channel in self._our_channels():
            if channel["name"] == name and self._is_ours(channel, effect):
                return Receipt({"channel": channel["id"], "name": name})
        return None

    def _is_ours(self, channel: dict[str, Any], effect: Claimed) -> bool:
        """Made by the bot, after the intent, and not the room of another incident."""
        me = self._identity.me.user_id or self._identity.introduce().user_id
        made = datetime.fromtimestamp(channel.get("created", 0), UTC)
        if channel.get("creator") != me or made < effect.created_at - timedelta(seconds=60):
            return False
        if bool(channel.get("is_private")) is not self._incident(effect).is_private:
            return False
        with self._desk.look() as connection:
            owner = incidents.in_room(connection, channel["id"])
        return owner is None or owner.number == effect.incident

    def _our_channels(self) -> list[dict[str, Any]]:
        """The channels the bot is in: far fewer than the workspace has."""
        return rooms.own_channels(self._client, private=not self._is_off(Feature.PRIVATE))

    def _invite(self, effect: Claimed) -> Receipt:
        me = self._identity.me.user_id
        people = [one for one in effect.args["people"] if one != me and self._may_know(effect, one)]
        channel = self._room(effect)
        failed: dict[str, str] = {}
        for start in range(0, len(people), 100):  # Slack invites at most 100 at once
            failed |= self._invite_some(channel, people[start : start + 100])
        if failed and len(failed) == len(people):
            raise Dead("; ".join(sorted(set(failed.values()))))
        return Receipt({"failed": failed}, was_asked=bool(people))

    def _invite_some(self, channel: str, people: list[str]) -> dict[str, str]:
        """Who could not be invited, and why. Slack brings in the others (``force``)."""
        answer: Mapping[str, Any]
        try:
            answer = self._client.call(
                "conversations.invite", channel=channel, users=",".join(people), force=True
            )
        except SlackSays as refusal:
            if refusal.code in errors.ALREADY_SO:
                return {}
            if not refusal.answer.get("errors"):
                return dict.fromkeys(people, str(refusal))
            answer = refusal.answer
        return {
            str(one.get("user", "?")): errors.in_words(str(one.get("error")))
            for one in answer.get("errors") or []
            if one.get("error") not in errors.ALREADY_SO
        }

    def _topic(self, effect: Claimed) -> Receipt:
        card = self._read_card(effect)
        topic = room.topic(card)
        with self._desk.look() as connection:
            before = outbox.last_result(connection, effect.lane) or {}
        if before.get("topic") == topic:  # Slack allows few topics a minute, and shows each change
            return Receipt({"topic": topic}, was_asked=False)
        self._client.call("conversations.setTopic", channel=self._room(effect), topic=topic)
        return Receipt({"topic": topic})

    def _bookmark(self, effect: Claimed) -> Receipt:
        if self._is_off(Feature.LINKS):
            return Receipt({"off": Feature.LINKS}, was_asked=False)
        args = effect.args
        channel = self._room(effect)
        answer = self._client.call(
            "bookmarks.add",
            channel_id=channel,
            title=args["title"],
            type="link",
            link=args["link"],
            emoji=args["emoji"],
        )
        return Receipt({"channel": channel, "bookmark": answer["bookmark"]["id"]})

    def _find_bookmark(self, effect: Claimed) -> Receipt | None:
        if self._is_off(Feature.LINKS):
            return None
        channel = self._room(effect)
        answer = self._client.read("bookmarks.list", channel_id=channel)
        for bookmark in answer["bookmarks"]:
            if bookmark.get("link") == effect.args["link"]:
                return Receipt({"channel": channel, "bookmark": bookmark["id"]})
        return None

    def _unarchive(self, effect: Claimed) -> Receipt:
        """Bring the room back. Slack does not let every app do that: then it says why."""
        channel = effect.args["channel"]
        try:
            self._tolerate("conversations.unarchive", channel=channel)
        except SlackSays as refusal:
            return Receipt({"refused": str(refusal)})
        return Receipt()

    def _reconcile(self, effect: Claimed) -> Receipt:
        incident = self._incident(effect)
        opened = incident.declared_at.timestamp()
        since = incident.seen_ts or f"{opened:.6f}"
        me = self._identity.me.user_id or self._identity.introduce().user_id
        return Receipt(rooms.look(self._client, self._room(effect), me, since, self._names()))

    def _delete(self, effect: Claimed) -> Receipt:
        args = effect.args
        with self._desk.look() as connection:
            known = outbox.result_of(connection, args.get("of", "")) or {}
        if any(args[name] == known.get(name) for name in _LEFT & args.keys()):
            return Receipt({"stays": True}, was_asked=False)
        if "off" in known:
            return Receipt({"off": known["off"]}, was_asked=False)
        if "bookmark" in args:
            place = {"channel_id": args["channel"], "bookmark_id": args["bookmark"]}
            self._tolerate("bookmarks.remove", **place)
        elif "file" in args:
            self._tolerate("files.delete", file=args["file"])
        else:
            self._tolerate("chat.delete", channel=args["channel"], ts=args["ts"])
        return Receipt()

    def _archive(self, effect: Claimed) -> Receipt:
        self._tolerate("conversations.archive", channel=self._room(effect))
        return Receipt()

    # The card and the announcement: written from the record at the moment they are carried.

    def _card(self, effect: Claimed) -> Receipt:
        return self._send(self._room(effect), room.card(self._read_card(effect)), effect)

    def _pin(self, effect: Claimed) -> Receipt:
        card_ts = self._incident(effect).card_ts
        self._tolerate("pins.add", channel=self._room(effect), timestamp=card_ts)
        return Receipt()

    def _edit_card(self, effect: Claimed) -> Receipt:
        card = self._read_card(effect)
        ts = card.incident.card_ts or ""
        try:
            return self._replace(self._room(effect), ts, room.card(card))
        except SlackSays as refusal:
            if refusal.code != "message_not_found":
                raise
            return Receipt({"missing": ts})

    def _announce(self, effect: Claimed) -> Receipt:
        channel, card = self._channel(effect.args["channel"]), self._read_card(effect)
        said = room.announcement(card)
        return self._with_entity(
            card, effect.key, lambda more: self._send(channel, said, effect, more)
        )

    def _edit_announcement(self, effect: Claimed) -> Receipt:
        card = self._read_card(effect)
        incident = card.incident
        if not incident.announcement_channel or not incident.announcement_ts:
            raise Dead("the announcement has no place")
        place, ts = incident.announcement_channel, incident.announcement_ts
        said, key = room.announcement(card), effects.announcement_key(incident.number)
        return self._with_entity(card, key, lambda more: self._replace(place, ts, said, more))

    def _with_entity(
        self, card: Card, key: str, say: Callable[[dict[str, Any]], Receipt]
    ) -> Receipt:
        """With Slack's own incident among the metadata, where the workspace takes it."""
        metadata = {"event_type": rooms.MARK, "event_payload": {"key": key}}
        entity = incident_entity(card)
        if entity is None or not self._abilities.has("entities"):
            return say(metadata)
        try:
            return say({**metadata, "entities": [entity]})
        except SlackSays as refusal:
            if refusal.code not in REFUSED:
                raise
            log.info("work_objects_refused", because=str(refusal))
            self._abilities.lacks("entities")
            return say(metadata)

    # Messages.

    def _post(self, effect: Claimed) -> Receipt:
        if "thread_ts" in effect.args:
            return self._reply(effect)
        return self._send(self._place(effect), self._dated(effect), effect)

    def _direct(self, effect: Claimed) -> Receipt:
        if not self._may_know(effect, effect.args["person"]):
            return Receipt({"withheld": "the incident became private"})
        return self._send(self._open_dm(effect.args["person"]), self._dated(effect), effect)

    def _reply(self, effect: Claimed) -> Receipt:
        """In the thread of a message elsewhere, that leads to the room."""
        args = effect.args
        if self._incident(effect).is_private:
            return Receipt({"withheld": "the incident became private"}, was_asked=False)
        facts = {**args["facts"], "room": self._incident(effect).room}
        words = self._words[args["view"]](facts)
        answer = self._client.call(
            "chat.postMessage",
            channel=args["channel"],
            thread_ts=args["thread_ts"],
            metadata={"event_type": rooms.MARK, "event_payload": {"key": effect.key}},
            **words.as_arguments(),
        )
        return Receipt({"channel": answer["channel"], "ts": answer["ts"]})

    def _dated(self, effect: Claimed) -> Message:
        """The words; when they are late, with the time they were meant for."""
        message = self._write(effect)
        if self._clock() - effect.created_at < _LATE:
            return message
        at = mrkdwn.at(effect.created_at)
        return message.under(f":hourglass: From {at}. Slack could not be reached any earlier.")

    def _edit(self, effect: Claimed) -> Receipt:
        if "place" in effect.args:
            return self._replace(**effect.args["place"], message=self._write(effect))
        with self._desk.look() as connection:
            place = outbox.result_of(connection, effect.args["of"])
        if place is None:
            raise Dead("the message to edit was never sent")
        if "withheld" in place:
            return Receipt({"skipped": "the message to edit was withheld"}, was_asked=False)
        if effect.incident is not None and place["channel"] != self._room(effect):
            return Receipt({"skipped": "its room was replaced"}, was_asked=False)
        return self._replace(place["channel"], place["ts"], self._write(effect))

    def _capture(self, effect: Claimed) -> Receipt:
        if effect.args.get("use") == origins.USE:
            return Receipt(self._origin(effect))
        channel, ts = effect.args["channel"], effect.args["ts"]
        message = reading.one_message(self._client, channel, ts)
        if message is None:
            return Receipt({"found": False})
        link = self._client.read("chat.getPermalink", channel=channel, message_ts=ts)["permalink"]
        return Receipt(
            {
                "found": True,
                "at": moment_of(ts).isoformat(),
                "link": link,
                "uses": sorted(self._uses(message)),
                **reading.content(message, self._names()),
            }
        )

    def _keep_file(self, effect: Claimed) -> Receipt:
        if self._is_off(Feature.EVIDENCE):
            because = f"the app may not read files. {SWITCH_ON.format(Feature.EVIDENCE)}"
            return Receipt({"because": because}, was_asked=False)
        now = self._clock()
        return Receipt(files.keep(self._desk, self._client, effect.args["file"], now))

    def _uses(self, message: dict[str, Any]) -> set[str]:
        """What the marks that are on a message ask for."""
        emoji = self._desk.catalog.settings.emoji
        used = {emoji.use_of(one["name"]) for one in message.get("reactions") or []}
        pinned = {"timeline"} if message.get("pinned_to") else set()
        return {use for use in used if use} | pinned

    def _origin(self, effect: Claimed) -> dict[str, Any]:
        """The message that an incident was declared from, with its thread if all may read it."""
        channel, ts = effect.args["channel"], effect.args["ts"]
        if effect.args["whole"]:
            said = reading.whole_thread(self._client, channel, ts)
        else:
            only = reading.one_message(self._client, channel, ts)
            said = [only] if only else []
        found = [
            {
                "at": moment_of(one["ts"]).isoformat(),
                "ts": one["ts"],
                "link": self._client.read(
                    "chat.getPermalink", channel=channel, message_ts=one["ts"]
                )["permalink"],
                **reading.content(one, self._names()),
                **reading.links_of_files(one),
            }
            for one in said
            if one.get("user") != self._identity.me.user_id
        ]
        return {"found": bool(found), "messages": found}

    def _names(self) -> Names:
        return Names(self._desk, self._client, self._clock(), self._identity.me.url)

    def _upload(self, effect: Claimed) -> Receipt:
        if self._is_off(Feature.FILES):
            return self._send(self._room(effect), self._without_file(effect), effect)
        content = str(effect.args["content"]).encode()
        name = effect.args["name"]
        place = self._client.read("files.getUploadURLExternal", filename=name, length=len(content))
        self._client.upload(place["upload_url"], content)
        self._client.call(
            "files.completeUploadExternal",
            files=[{"id": place["file_id"], "title": name}],
            channel_id=self._room(effect),
        )
        return Receipt({"file": place["file_id"]})

    def _find_upload(self, effect: Claimed) -> Receipt | None:
        """Our file in the room, since the first attempt. A file's message carries no metadata."""
        if self._is_off(Feature.FILES):
            return self._find_message(self._room(effect), effect)
        since = (effect.first_intent_at or effect.created_at) - timedelta(seconds=60)
        page = self._client.read(
            "conversations.history",
            channel=self._room(effect),
            oldest=f"{since.timestamp():.6f}",
            limit=200,
        )
        for message in page["messages"]:
            for file in message.get("files") or []:
                if file.get("title") == effect.args["name"]:
                    return Receipt({"file": file["id"]})
        return None

    def _without_file(self, effect: Claimed) -> Message:
        """Where else the file is, in a workspace whose app may not upload any."""
        name = mrkdwn.escape(effect.args["name"])
        incident, url = self._incident(effect), self._desk.public_url
        where = f"`warroom postmortem export {incident.key}` writes it"
        if url and not incident.is_private:
            where = f"{mrkdwn.link(f'{url}/incidents/{incident.key}/postmortem', 'Read it')}"
        text = (
            f"`{name}` is ready. {where}. {SWITCH_ON.format(Feature.FILES)} "
            "to have it here as a file."
        )
        return Message(text, [blocks.section(f":page_facing_up: {text}")])

    # What they have in common.

    def _is_off(self, feature: Feature) -> bool:
        return feature in self._identity.me.off

    def _send(
        self,
        channel: str,
        message: Message,
        effect: Claimed,
        metadata: dict[str, Any] | None = None,
    ) -> Receipt:
        mark = {"event_type": rooms.MARK, "event_payload": {"key": effect.key}}
        answer = self._client.call(
            "chat.postMessage",
            channel=channel,
            metadata=metadata or mark,
            **message.as_arguments(),
        )
        return Receipt({"channel": answer["channel"], "ts": answer["ts"]})

    def _replace(
        self, channel: str, ts: str, message: Message, metadata: dict[str, Any] | None = None
    ) -> Receipt:
        arguments = message.as_arguments()
        del arguments["unfurl_links"], arguments["unfurl_media"]
        if metadata is not None:
            arguments["metadata"] = metadata
        self._client.call("chat.update", channel=channel, ts=ts, **arguments)
        return Receipt({"channel": channel, "ts": ts})

    def _find_message(self, channel: str, effect: Claimed) -> Receipt | None:
        """Our own message, by the key in its metadata."""
        oldest = (effect.first_intent_at or effect.created_at) - _LOOK_BACK
        cursor, thread = "", effect.args.get("thread_ts")
        while True:
            page = self._client.read(
                "conversations.replies" if thread else "conversations.history",
                channel=channel,
                ts=thread,
                oldest=f"{oldest.timestamp():.6f}",
                include_all_metadata=True,
                limit=200,
                cursor=cursor or None,
            )
            for message in page["messages"]:
                payload = message.get("metadata", {}).get("event_payload", {})
                if payload.get("key") == effect.key:
                    return Receipt({"channel": channel, "ts": message["ts"]})
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                return None

    def _write(self, effect: Claimed) -> Message:
        words = self._words.get(effect.args["view"])
        if words is None:
            raise Dead(f"no words are called {effect.args['view']}")
        message = words(effect.args["facts"])
        return marked(message) if self._is_drill(effect) else message

    def _is_drill(self, effect: Claimed) -> bool:
        """Whether it is about a drill, whoever is told."""
        if effect.about is None:
            return False
        with self._desk.look() as connection:
            found = incidents.get(connection, effect.about)
        return found is not None and found.is_drill

    def _tolerate(self, method: str, **arguments: Any) -> None:  # noqa: ANN401
        """Call a method for which "it is so already" is success."""
        try:
            self._client.call(method, **arguments)
        except SlackSays as refusal:
            if refusal.code not in errors.ALREADY_SO:
                raise

    def _open_dm(self, person: str) -> str:
        return str(self._client.call("conversations.open", users=person)["channel"]["id"])

    def _channel(self, name: str) -> str:
        """A channel by id, or by the name of one the bot is in."""
        if name[:1] == "C" and name.isupper():
            return name
        wanted = name.lstrip("#")
        for channel in self._our_channels():
            if channel["name"] == wanted:
                return str(channel["id"])
        raise Dead(f"the bot is not in a channel called #{wanted}: invite it there")

    def _incident(self, effect: Claimed) -> Incident:
        with self._desk.look() as connection:
            found = incidents.get(connection, IncidentNumber(effect.incident or 0))
        if found is None:
            raise Dead("the incident is gone")
        return found

    def _may_know(self, effect: Claimed, person: str) -> bool:
        """Whether somebody may know of what it is about: it may have become private meanwhile."""
        if effect.about is None:
            return True
        with self._desk.look() as connection:
            return sees(self._desk, connection, effect.about, PersonId(person), self._clock())

    def _place(self, effect: Claimed) -> str:
        """The channel that the effect names; the incident's room if it names none."""
        named = effect.args.get("channel")
        return self._channel(named) if named else self._room(effect)

    def _room(self, effect: Claimed) -> str:
        """The room of the incident, or the one it had that the effect names."""
        if "room" in effect.args:
            return str(effect.args["room"])
        incident = self._incident(effect)
        if incident.room is None:
            raise NotSent("the room is not open yet")
        if incident.is_private and effect.kind in _TELLS:
            self._refuse_strangers(incident.room)
        return incident.room

    def _refuse_strangers(self, room_id: str) -> None:
        """What is private is not said in a room that another organisation shares."""
        info = self._client.read("conversations.info", channel=room_id)["channel"]
        if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
            raise Dead("the room is shared with another organisation, and the incident is private")

    def _read_card(self, effect: Claimed) -> Card:
        with self._desk.look() as connection:
            card = card_of(self._desk, connection, self._incident(effect).number, self._clock())
        if card is None:
            raise Dead("the incident is gone")
        return card


def _numbered(name: str, attempt: int) -> str:
    return name if attempt == 0 else f"{name[:76]}-{attempt + 1}"
