"""Where an effect belongs: which incident, which room, which channel, and whether people may know.

Read anew each time: while an effect waited, its incident may have become private, and its room may
have been replaced.
"""

from typing import Any

from bot.clock import Clock
from bot.slack import rooms
from bot.slack.client import SlackClient
from bot.slack.identity import Identity
from bot.slack.names import Names
from incidents.actions.deliver import Dead, NotYet
from incidents.actions.desk import Desk
from incidents.model.effects import EffectKind
from incidents.model.features import Feature
from incidents.model.ids import IncidentNumber, PersonId
from incidents.model.incident import Incident
from incidents.queries.access import sees
from incidents.queries.card import Card, card_of
from incidents.store import incidents
from incidents.store.outbox import Claimed

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


def is_in_own_room(effect: Claimed) -> bool:
    """Whether it happens in its incident's room, whichever that is at the moment."""
    return (
        effect.incident is not None
        and effect.kind in _IN_THE_ROOM
        and not {"room", "thread_ts"} & effect.args.keys()
    )


class Addressing:
    """Answers for one workspace."""

    def __init__(self, desk: Desk, client: SlackClient, identity: Identity, clock: Clock) -> None:
        self.desk = desk
        self.client = client
        self.identity = identity
        self.clock = clock

    def is_off(self, feature: Feature) -> bool:
        return feature in self.identity.me.off

    def who_we_are(self) -> str:
        """The bot's own id. Slack is asked for it if it has not said so yet."""
        return self.identity.me.user_id or self.identity.introduce().user_id

    def names(self) -> Names:
        return Names(self.desk, self.client, self.clock(), self.identity.me.url)

    def our_channels(self, *, archived: bool = True) -> list[dict[str, Any]]:
        """The channels the bot is in: far fewer than the workspace has."""
        private = not self.is_off(Feature.PRIVATE)
        return rooms.own_channels(self.client, private=private, archived=archived)

    def open_dm(self, person: str) -> str:
        return str(self.client.call("conversations.open", users=person)["channel"]["id"])

    def channel(self, name: str) -> str:
        """A channel by id, or by the name of one the bot is in."""
        if rooms.is_id(name):
            return name
        wanted = name.lstrip("#")
        for channel in self.our_channels(archived=False):
            if channel["name"] == wanted:
                return str(channel["id"])
        raise Dead(f"the bot is not in a channel called #{wanted}: invite it there")

    def incident(self, effect: Claimed) -> Incident:
        with self.desk.look() as connection:
            found = incidents.get(connection, IncidentNumber(effect.incident or 0))
        if found is None:
            raise Dead("the incident is gone")
        return found

    def is_drill(self, effect: Claimed) -> bool:
        """Whether it is about a drill, whoever is told."""
        if effect.about is None:
            return False
        with self.desk.look() as connection:
            found = incidents.get(connection, effect.about)
        return found is not None and found.is_drill

    def may_know(self, effect: Claimed, person: str) -> bool:
        """Whether somebody may know of what it is about: it may have become private meanwhile."""
        if effect.about is None:
            return True
        with self.desk.look() as connection:
            return sees(self.desk, connection, effect.about, PersonId(person), self.clock())

    def place(self, effect: Claimed) -> str:
        """The channel that the effect names; the incident's room if it names none."""
        named = effect.args.get("channel")
        return self.channel(named) if named else self.room(effect)

    def room(self, effect: Claimed) -> str:
        """The room of the incident, or the one it had that the effect names."""
        if "room" in effect.args:
            return str(effect.args["room"])
        incident = self.incident(effect)
        if incident.room is None:
            raise NotYet("the room is not open yet")
        if incident.is_private and effect.kind in _TELLS:
            self._refuse_strangers(incident.room)
        return incident.room

    def _refuse_strangers(self, room_id: str) -> None:
        """What is private is not said in a room that another organisation shares."""
        info = self.client.read("conversations.info", channel=room_id)["channel"]
        if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
            raise Dead("the room is shared with another organisation, and the incident is private")

    def card(self, effect: Claimed) -> Card:
        with self.desk.look() as connection:
            card = card_of(self.desk, connection, self.incident(effect).number, self.clock())
        if card is None:
            raise Dead("the incident is gone")
        return card
