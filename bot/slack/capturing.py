"""Messages that people marked or declared from, read for the record, and the files on them."""

from typing import Any

from bot.slack import files, grounds, reading
from bot.slack.addressing import Addressing
from bot.slack.manifest import SWITCH_ON
from incidents.actions import origins
from incidents.model.converting import HISTORY
from incidents.model.effects import Receipt
from incidents.model.features import Feature
from incidents.model.timeline import moment_of
from incidents.store.outbox import Claimed


class Capturing:
    """Reads in one workspace, and changes nothing there."""

    def __init__(self, at: Addressing) -> None:
        self._at = at

    def capture(self, effect: Claimed) -> Receipt:
        """What is said there now, by whom, and which marks are on it."""
        if effect.args.get("use") == origins.USE:
            return Receipt(self._origin(effect))
        if effect.args.get("use") == HISTORY:
            return Receipt(self._history(effect))
        channel, ts = effect.args["channel"], effect.args["ts"]
        message = reading.one_message(self._at.client, channel, ts)
        if message is None:
            return Receipt({"found": False})
        return Receipt(
            {
                "found": True,
                "at": moment_of(ts).isoformat(),
                "link": self._link(channel, ts),
                "uses": sorted(self._uses(message)),
                **reading.content(message, self._at.names()),
            }
        )

    def keep_file(self, effect: Claimed) -> Receipt:
        """Its content, kept by us; or why not."""
        if self._at.is_off(Feature.EVIDENCE):
            because = f"the app may not read files. {SWITCH_ON.format(Feature.EVIDENCE)}"
            return Receipt({"because": because}, was_asked=False)
        now = self._at.clock()
        return Receipt(files.keep(self._at.desk, self._at.client, effect.args["file"], now))

    def _uses(self, message: dict[str, Any]) -> set[str]:
        """What the marks that are on a message ask for."""
        emoji = self._at.desk.catalog.settings.emoji
        used = {emoji.use_of(one["name"]) for one in message.get("reactions") or []}
        pinned = {"timeline"} if message.get("pinned_to") else set()
        return {use for use in used if use} | pinned

    def _origin(self, effect: Claimed) -> dict[str, Any]:
        """The message that an incident was declared from, with its thread if all may read it."""
        channel, ts = effect.args["channel"], effect.args["ts"]
        if effect.args["whole"]:
            said = reading.whole_thread(self._at.client, channel, ts)
        else:
            only = reading.one_message(self._at.client, channel, ts)
            said = [only] if only else []
        found = [
            {
                "at": moment_of(one["ts"]).isoformat(),
                "ts": one["ts"],
                "link": self._link(channel, one["ts"]),
                **reading.content(one, self._at.names()),
                **reading.links_of_files(one),
            }
            for one in said
            if one.get("user") != self._at.identity.me.user_id
        ]
        return {"found": bool(found), "messages": found}

    def _history(self, effect: Claimed) -> dict[str, Any]:
        """What was said in a channel, or in a thread of it, before it became the room."""
        place, since, until = (effect.args[name] for name in ("channel", "ts", "at"))
        client, names = self._at.client, self._at.names()
        threads: list[str] = []
        if effect.args.get("is_thread"):
            said = grounds.said_below(client, place, since, until, names)
        else:
            said, threads = grounds.said_since(client, place, since, until, names)
        me = self._at.who_we_are()
        found = [one for one in said if one["author"] != me]
        return {"found": bool(found), "messages": found, "threads": threads}

    def _link(self, channel: str, ts: str) -> str:
        answer = self._at.client.read("chat.getPermalink", channel=channel, message_ts=ts)
        return str(answer["permalink"])
