"""Whoever counts events for SLOs: ourselves, or a Prometheus. What is asked of each is the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Protocol

from incidents.model.objective import Counts, SLOName


@dataclass(frozen=True, slots=True)
class Standing:
    """What a source knows of one SLO. A window that is missing is not known to it.

    ``coverage`` is the share of each window of which it has data at all, ``watermark`` until when
    its data reaches; None if there is none.
    """

    counts: Mapping[timedelta, Counts] = field(default_factory=dict)
    coverage: Mapping[timedelta, Fraction] = field(default_factory=dict)
    watermark: datetime | None = None


class BudgetSource(Protocol):
    """Counts events of many SLOs at once."""

    def current(
        self, slos: Sequence[SLOName], windows: Sequence[timedelta], at: datetime
    ) -> Mapping[SLOName, Standing]:
        """How each SLO stands at ``at``; those that the source does not know are left out."""
        ...
