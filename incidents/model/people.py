"""People as the rest of the rules sees them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from incidents.model.ids import PersonId


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workspace. ``id`` is Slack's user id; ``zone`` an IANA time zone name.

    ``handle`` is what people type after ``@``; ``name`` is what they are called. A guest is
    restricted to some channels, or belongs to another organisation; an admin administers the
    workspace.
    """

    id: PersonId
    handle: str
    name: str
    zone: str = "UTC"
    email: str = ""
    is_bot: bool = False
    is_active: bool = True
    is_guest: bool = False
    is_admin: bool = False

    @property
    def tz(self) -> ZoneInfo:
        """The zone as an object."""
        return ZoneInfo(self.zone)


BOT = PersonId("warroom")  # the actor of everything automatic
