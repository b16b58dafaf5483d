"""What the web needs of the application it belongs to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from incidents.actions.desk import Desk


class Host(Protocol):
    """The running application, as the web sees it."""

    desk: Desk
    clock: Callable[[], datetime]

    def beat_age(self) -> timedelta | None:
        """How long ago the metronome last beat; None before the first time."""

    def knows_slack(self) -> bool:
        """Whether Slack was ever reached since the start."""
