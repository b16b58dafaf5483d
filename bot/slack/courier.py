"""Carries effects to Slack, and recognises there what it carried before."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, cast

import structlog

from bot.clock import Clock
from bot.slack import blocks, errors, mrkdwn, room, rooms
from bot.slack.abilities import Abilities
from bot.slack.addressing import Addressing, is_in_own_room
from bot.slack.blocks import Message
from bot.slack.capturing import Capturing
from bot.slack.client import SlackClient, SlackSays
from bot.slack.drills import marked
from bot.slack.entity import REFUSED, incident_entity
from bot.slack.identity import Identity
from bot.slack.manifest import SWITCH_ON
from bot.slack.opening import Opening
from bot.slack.router import Words
from bot.slack.uploading import is_picture, upload_of
from incidents.actions.deliver import Dead, Misplaced
from incidents.actions.desk import Desk
from incidents.model import effects
from incidents.model.converting import TOPIC_BEFORE, is_borrowed
from incidents.model.effects import LEAVES, EffectKind, Receipt
from incidents.model.features import Feature
from incidents.model.lifecycle import ENDED
from incidents.queries.card import Card
from incidents.queries.discretion import WITHHELD
from incidents.render.raster import INSTALL, MISSING
from incidents.store import outbox_view
from incidents.store.outbox import Claimed

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")
_LOOK_BACK = timedelta(minutes=5)
_LEFT = frozenset(LEAVES.values())
_LATE = timedelta(minutes=2)


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
        self._words = words
        self._clock = clock
        self._abilities = Abilities(clock)
        self._at = Addressing(desk, client, identity, clock)
        opening, capturing = Opening(self._at), Capturing(self._at)
        self._carry: dict[EffectKind, Callable[[Claimed], Receipt]] = {
            EffectKind.OPEN_ROOM: opening.open_room,
            EffectKind.INVITE: opening.invite,
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
            EffectKind.CAPTURE: capturing.capture,
            EffectKind.ARCHIVE: self._archive,
            EffectKind.UPLOAD: self._upload,
            EffectKind.RECONCILE: self._reconcile,
            EffectKind.UNARCHIVE: self._unarchive,
            EffectKind.DELETE: self._delete,
            EffectKind.KEEP_FILE: capturing.keep_file,
        }
        self._probes: dict[EffectKind, Callable[[Claimed], Receipt | None]] = {
            EffectKind.OPEN_ROOM: opening.find_room,
            EffectKind.BOOKMARK: self._find_bookmark,
            EffectKind.CARD: lambda effect: self._find_message(self._at.room(effect), effect),
            EffectKind.ANNOUNCE: lambda effect: self._find_message(
                self._at.channel(effect.args["channel"]), effect
            ),
            EffectKind.POST: lambda effect: self._find_message(self._at.place(effect), effect),
            EffectKind.DIRECT: lambda effect: self._find_message(
                self._at.open_dm(effect.args["person"]), effect
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
        return self._in_place(self._carry[effect.kind], effect)

    def _in_place(self, do: Callable[[Claimed], _Result], effect: Claimed) -> _Result:
        """Do something; while the room it belongs in is gone, it has to wait for another.

        Once the incident is over, nobody reads in a room that was put away: then it is left out.
        """
        try:
            return do(effect)
        except SlackSays as refusal:
            if refusal.code not in errors.ROOM_IS_GONE or not is_in_own_room(effect):
                raise
            incident = self._at.incident(effect)
            log.warning("room_is_lost", code=refusal.code, channel=incident.room)
            if incident.is_open:
                raise Misplaced(str(refusal)) from refusal
            if refusal.code == "is_archived":
                return cast("_Result", Receipt({"skipped": "its room is put away"}))
            raise

    # The room.

    def _topic(self, effect: Claimed) -> Receipt:
        if "topic" in effect.args:  # what it was before us
            given = {"channel": effect.args["room"], "topic": effect.args["topic"]}
            self._client.call("conversations.setTopic", **given)
            return Receipt({"topic": given["topic"]})
        card = self._at.card(effect)
        topic = room.topic(card)
        if is_borrowed(card.incident) and card.incident.status in ENDED:
            before_us = card.incident.facts.get(TOPIC_BEFORE)
            if before_us is None:
                return Receipt({"skipped": "nobody knows what it was"}, was_asked=False)
            topic = str(before_us)
        with self._desk.look() as connection:
            before = outbox_view.last_result(connection, effect.lane) or {}
        if before.get("topic") == topic:  # Slack allows few topics a minute, and shows each change
            return Receipt({"topic": topic}, was_asked=False)
        self._client.call("conversations.setTopic", channel=self._at.room(effect), topic=topic)
        return Receipt({"topic": topic})

    def _bookmark(self, effect: Claimed) -> Receipt:
        if self._at.is_off(Feature.LINKS):
            return Receipt({"off": Feature.LINKS}, was_asked=False)
        args = effect.args
        channel = self._at.room(effect)
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
        if self._at.is_off(Feature.LINKS):
            return None
        channel = self._at.room(effect)
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
        incident = self._at.incident(effect)
        opened = incident.declared_at.timestamp()
        since = incident.seen_ts or f"{opened:.6f}"
        me = self._at.who_we_are()
        return Receipt(rooms.look(self._client, self._at.room(effect), me, since, self._at.names()))

    def _delete(self, effect: Claimed) -> Receipt:
        args = effect.args
        with self._desk.look() as connection:
            known = outbox_view.result_of(connection, args.get("of", "")) or {}
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
        self._tolerate("conversations.archive", channel=self._at.room(effect))
        return Receipt()

    # The card and the announcement: written from the record at the moment they are carried.

    def _card(self, effect: Claimed) -> Receipt:
        """Into the room, where there is one card: what waited while it was replaced finds it."""
        incident = self._at.incident(effect)
        with self._desk.look() as connection:
            known = outbox_view.last_result(connection, effect.lane) or {}
        is_there = known.get("channel") == incident.room and known.get("ts") == incident.card_ts
        if is_there and incident.card_ts and not effect.key.endswith(f"/{incident.card_ts}"):
            return Receipt({"channel": incident.room, "ts": incident.card_ts}, was_asked=False)
        return self._send(self._at.room(effect), room.card(self._at.card(effect)), effect)

    def _pin(self, effect: Claimed) -> Receipt:
        card_ts = self._at.incident(effect).card_ts
        self._tolerate("pins.add", channel=self._at.room(effect), timestamp=card_ts)
        return Receipt()

    def _edit_card(self, effect: Claimed) -> Receipt:
        card = self._at.card(effect)
        ts = card.incident.card_ts or ""
        try:
            return self._replace(self._at.room(effect), ts, room.card(card))
        except SlackSays as refusal:
            if refusal.code != "message_not_found":
                raise
            return Receipt({"missing": ts})

    def _announce(self, effect: Claimed) -> Receipt:
        card = self._at.card(effect)
        if card.incident.is_private:
            return Receipt({"withheld": "the incident became private"}, was_asked=False)
        channel = self._at.channel(effect.args["channel"])
        said = room.announcement(card)
        return self._with_entity(
            card, effect.key, lambda more: self._send(channel, said, effect, more)
        )

    def _edit_announcement(self, effect: Claimed) -> Receipt:
        card = self._at.card(effect)
        incident = card.incident
        if incident.is_private and not incident.announcement_ts:
            return Receipt({"skipped": "nobody was told"}, was_asked=False)
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
        return self._send(self._at.place(effect), self._dated(effect), effect)

    def _direct(self, effect: Claimed) -> Receipt:
        return self._send(self._at.open_dm(effect.args["person"]), self._dated(effect), effect)

    def _reply(self, effect: Claimed) -> Receipt:
        """In the thread of a message elsewhere, that leads to the room."""
        args = effect.args
        facts = {**args["facts"], "room": self._at.incident(effect).room}
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
            place = outbox_view.result_of(connection, effect.args["of"])
        if place is None:
            raise Dead("the message to edit was never sent")
        if WITHHELD in place:
            return Receipt({"skipped": "the message to edit was withheld"}, was_asked=False)
        if effect.incident is not None and place["channel"] != self._at.room(effect):
            return Receipt({"skipped": "its room was replaced"}, was_asked=False)
        return self._replace(place["channel"], place["ts"], self._write(effect))

    def _upload(self, effect: Claimed) -> Receipt:
        if self._at.is_off(Feature.FILES):
            if is_picture(effect.args):  # its document says how to have files here
                return Receipt({"skipped": "files are switched off"}, was_asked=False)
            return self._send(self._at.room(effect), self._without_file(effect), effect)
        file = upload_of(effect.args)
        if file is None:
            log.warning("picture_not_drawn", effect=effect.key, because=MISSING, instead=INSTALL)
            return Receipt({"skipped": f"{MISSING} {INSTALL}"}, was_asked=False)
        place = self._client.read(
            "files.getUploadURLExternal",
            filename=file.name,
            length=len(file.content),
            **file.described,
        )
        self._client.upload(place["upload_url"], file.content)
        self._client.call(
            "files.completeUploadExternal",
            files=[{"id": place["file_id"], "title": file.name}],
            channel_id=self._at.room(effect),
            **file.said,
        )
        return Receipt({"file": place["file_id"]})

    def _find_upload(self, effect: Claimed) -> Receipt | None:
        """Our file in the room, since the first attempt. A file's message carries no metadata."""
        if self._at.is_off(Feature.FILES):
            if is_picture(effect.args):
                return None
            return self._find_message(self._at.room(effect), effect)
        since = (effect.first_intent_at or effect.created_at) - timedelta(seconds=60)
        page = self._client.read(
            "conversations.history",
            channel=self._at.room(effect),
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
        incident, url = self._at.incident(effect), self._desk.public_url
        where = f"`warroom postmortem export {incident.key}` writes it"
        if url and not incident.is_private:
            where = f"{mrkdwn.link(f'{url}/incidents/{incident.key}/postmortem', 'Read it')}"
        text = (
            f"`{name}` is ready. {where}. {SWITCH_ON.format(Feature.FILES)} "
            "to have it here as a file."
        )
        return Message(text, [blocks.section(f":page_facing_up: {text}")])

    # What they have in common.

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
        return marked(message) if self._at.is_drill(effect) else message

    def _tolerate(self, method: str, **arguments: Any) -> None:  # noqa: ANN401
        """Call a method for which "it is so already" is success."""
        try:
            self._client.call(method, **arguments)
        except SlackSays as refusal:
            if refusal.code not in errors.ALREADY_SO:
                raise
