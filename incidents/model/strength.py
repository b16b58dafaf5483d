"""How much something is needed."""

from enum import StrEnum


class Strength(StrEnum):
    """Hard: without it nothing works. Soft: it works, but worse."""

    HARD = "hard"
    SOFT = "soft"
