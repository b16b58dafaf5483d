"""What can be drawn of an error budget."""

from enum import StrEnum


class Picture(StrEnum):
    """A kind of picture, by the name it has in an address and on the command line."""

    BURN_DOWN = "burn-down"
    BURN_RATE = "burn-rate"
    ERRORS = "errors"

    @property
    def caption(self) -> str:
        """What stands above it."""
        return _TITLES[self]


_TITLES = {
    Picture.BURN_DOWN: "Error budget left",
    Picture.BURN_RATE: "Burn rate",
    Picture.ERRORS: "Failed events",
}
