"""Traffic for the demo's SLOs: counts of good and bad events, as a service would report them."""

import math
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

BUCKET = timedelta(seconds=10)
_DAY = 86_400


@dataclass(slots=True)
class Traffic:
    """Makes samples for every SLO, bucket by bucket.

    ``errors`` maps an SLO's name to the share of bad events while something is wrong with it; every
    other SLO has ``healthy`` bad events. Deterministic for a ``seed``.
    """

    slos: tuple[str, ...]
    healthy: float = 0.00005
    errors: dict[str, float] = field(default_factory=dict)
    seed: int = 1
    source: str = "demo-edge"

    def samples(self, at: datetime) -> list[dict[str, object]]:
        """One sample for each SLO for the bucket that begins at ``at``."""
        return [self._sample(slo, at) for slo in self.slos]

    def _sample(self, slo: str, at: datetime) -> dict[str, object]:
        bucket = int(at.timestamp()) // int(BUCKET.total_seconds())
        chance = random.Random(f"{self.seed}/{slo}/{bucket}")  # noqa: S311 (a demo, not a secret)
        wave = 1 + 0.4 * math.sin(2 * math.pi * (at.timestamp() % _DAY) / _DAY)
        total = round(1000 * wave * chance.uniform(0.9, 1.1))
        share = self.errors.get(slo, self.healthy)
        bad = min(total, round(total * share * chance.uniform(0.9, 1.1) + chance.random() * 0.5))
        return {
            "slo": slo,
            "at": at.isoformat(),
            "good": total - bad,
            "bad": bad,
            "source": f"{self.source}/{slo}",
            "seq": bucket,
        }
