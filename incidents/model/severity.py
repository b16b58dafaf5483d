"""How bad it is, and what that asks of people."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Severity(StrEnum):
    """``sev1`` is the worst. Compare with `is_worse`: ``<`` would not say which way."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"

    @property
    def rank(self) -> int:
        """1 for sev1 up to 4 for sev4."""
        return int(self.value[3])


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a severity is called, looks like (shape and word, never colour alone) and asks for."""

    label: str
    emoji: str
    describes: str
    update_every: timedelta


MEANINGS: dict[Severity, Meaning] = {
    Severity.SEV1: Meaning(
        "SEV1 Critical",
        ":red_circle:",
        "Most customers cannot do the main thing",
        timedelta(minutes=15),
    ),
    Severity.SEV2: Meaning(
        "SEV2 Major",
        ":large_orange_diamond:",
        "Many customers are affected, or one important part is down",
        timedelta(minutes=30),
    ),
    Severity.SEV3: Meaning(
        "SEV3 Minor",
        ":large_yellow_square:",
        "Some customers notice, there is a way around",
        timedelta(minutes=60),
    ),
    Severity.SEV4: Meaning(
        "SEV4 Low", ":white_circle:", "Nobody outside notices yet", timedelta(hours=4)
    ),
}


def is_worse(one: Severity, other: Severity) -> bool:
    """Whether ``one`` is strictly worse than ``other``."""
    return one.rank < other.rank


def worst(first: Severity, *others: Severity) -> Severity:
    """The worst of the given severities."""
    return min((first, *others), key=lambda severity: severity.rank)


def parse_severity(typed: str) -> Severity | None:
    """``sev2``, ``SEV2``, ``2`` or ``s2``; None if it is none of these."""
    digits = typed.strip().lower().removeprefix("sev").removeprefix("s").removeprefix("-")
    return next((severity for severity in Severity if digits == str(severity.rank)), None)
