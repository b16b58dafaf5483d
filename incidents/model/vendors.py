"""Companies whose service we need: what they promised, how to reach them, who answers here.

We cannot repair a vendor. What we can do at three in the morning is look at their status page, ask
the right desk with the right account number, and switch to something else if somebody prepared it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import NewType

from incidents.model.ids import ServiceName, TeamName
from incidents.model.objective import in_words, percent
from incidents.model.severity import Severity
from incidents.model.strength import Strength

VendorName = NewType("VendorName", str)


@dataclass(frozen=True, slots=True)
class Reliance:
    """A vendor that a service needs, and how much."""

    on: VendorName
    strength: Strength = Strength.HARD


@dataclass(frozen=True, slots=True)
class Contact:
    """A desk at the vendor's. Of e-mail, phone and address at least one is there.

    ``severities`` are those it is meant for: all of them if none is named.
    """

    name: str
    email: str = ""
    phone: str = ""
    url: str = ""
    note: str = ""
    severities: tuple[Severity, ...] = ()

    @property
    def says(self) -> str:
        """``Priority support: +1 555 0100, https://… (have the account number ready)``."""
        ways = ", ".join(way for way in (self.phone, self.email, self.url) if way)
        return f"{self.name}: {ways}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the vendor signed: a share of good time over a window, and how soon they answer."""

    target: Fraction | None = None
    window: timedelta = timedelta(days=30)
    answers_within: Mapping[Severity, timedelta] = field(default_factory=dict, hash=False)
    url: str = ""

    @property
    def says(self) -> str:
        """``99.95 % over 30 d, answers sev1 within 15 min``; empty if nothing is agreed."""
        parts: list[str] = []
        if self.target is not None:
            parts.append(f"{percent(self.target, digits=3)} over {in_words(self.window)}")
        within = self.answers_within.items()
        answers = [f"{severity} within {in_words(span)}" for severity, span in within]
        if answers:
            parts.append(f"answers {', '.join(answers)}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Vendor:
    """Somebody else's service that some of ours rely on.

    ``accountable`` is the team that answers for the vendor on our side: it holds the contract and
    talks to them.
    ``account`` is what the vendor's desk asks for first. ``fallback`` is what we can do without
    them, in words; a vendor that has one is no single point of failure. ``maintenances`` is where
    their status page says, for programs, what they are going to work on.
    """

    name: VendorName
    title: str
    accountable: TeamName | None = None
    account: str = ""
    status_page: str = ""
    contacts: tuple[Contact, ...] = ()
    agreement: Agreement = Agreement()
    fallback: str = ""
    description: str = ""
    maintenances: str = ""

    def contacts_for(self, severity: Severity) -> tuple[Contact, ...]:
        """The desks to ask, in the order they are written."""
        return tuple(
            one for one in self.contacts if not one.severities or severity in one.severities
        )


@dataclass(frozen=True, slots=True)
class Relying:
    """A service of ours that a vendor's outage reaches directly."""

    service: ServiceName
    strength: Strength


def relying_on(
    vendor: VendorName, reliances: Iterable[tuple[ServiceName, tuple[Reliance, ...]]]
) -> tuple[Relying, ...]:
    """Which services need ``vendor``, those first that cannot do without, then by name."""
    found = [
        Relying(service, one.strength)
        for service, all_of_them in reliances
        for one in all_of_them
        if one.on == vendor
    ]
    return tuple(sorted(found, key=lambda one: (one.strength is Strength.SOFT, one.service)))
