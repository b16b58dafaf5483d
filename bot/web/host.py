"""What the web needs of the application it belongs to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from incidents.actions.desk import Desk
from incidents.store.disk import Room


class Host(Protocol):
    """The running application, as the web sees it."""

    @property
    def desk(self) -> Desk:
        """The record and the rules."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """What time it is."""

    @property
    def command(self) -> str:
        """What people type in Slack."""

    def lateness(self) -> timedelta | None:
        """How late the metronome or the carrier is; None before the start."""

    def skew(self) -> timedelta:
        """How far this host's clock is ahead of the one all replicas go by."""

    def knows_slack(self) -> bool:
        """Whether Slack was ever reached since the start."""

    def write_trouble(self) -> str:
        """Why the last heartbeat could not be written to the database; empty if it could."""

    def disk(self) -> Room | None:
        """What is left where we write; None if that is not ours to know."""
