"""What this workspace cannot do, as far as we have found out: asked again after a day."""

from datetime import datetime, timedelta

from bot.clock import Clock

_REMEMBERED = timedelta(days=1)  # a workspace's plan and an app's switches change


class Abilities:
    """Features that Slack refused. Every process finds out by itself, from the first refusal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, datetime] = {}

    def has(self, feature: str) -> bool:
        """Whether it is worth trying."""
        refused = self._refused.get(feature)
        return refused is None or self._clock() - refused > _REMEMBERED

    def lacks(self, feature: str) -> None:
        """Slack refused it."""
        self._refused[feature] = self._clock()
