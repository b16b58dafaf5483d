"""Prometheus' HTTP API, and whoever speaks it: Thanos, Mimir, VictoriaMetrics.

All SLOs are asked for together: one question for each rule that `warroom slo rules` writes. An
answer that may not be whole is no answer: a number that is counted stays counted.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from bot.outgoing import Outgoing
from bot.settings import Settings
from incidents.actions.deliver import Ambiguous, Dead, NotSent
from incidents.model.budget_source import BudgetSource, Standing
from incidents.model.objective import Counts, SLOName
from incidents.model.rolling import MOST_EVENTS
from incidents.render.prometheus_rules import BAD, STEPS, TOTAL, recorded, span, summed

_SECONDS = 20.0
_LARGEST = 64 * 1024 * 1024  # bytes
_LONG = timedelta(days=1)
_STATUS = {
    401: "does not accept the token",
    403: "does not allow the token to ask",
    404: "knows no such API: is the address right?",
    422: "cannot answer the question",
    429: "was asked too often",
}


class NoAnswer(Exception):
    """What came back is no whole answer; the words say why, and hold no secret."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to an SLO in the step that ended at ``at``."""

    slo: SLOName
    at: datetime
    counts: Counts


@dataclass(frozen=True, slots=True)
class Steps:
    """What could be read, and what was odd: by SLO, the first reason."""

    steps: tuple[Step, ...]
    odd: Mapping[SLOName, str]


@dataclass(frozen=True, slots=True)
class Prometheus(BudgetSource):
    """One server. ``step`` is that of its rules."""

    outgoing: Outgoing
    url: str
    step: timedelta
    token: str = field(default="", repr=False)
    tenant: str = ""

    def current(
        self, slos: Sequence[SLOName], windows: Sequence[timedelta], at: datetime
    ) -> Mapping[SLOName, Standing]:
        """By the sums that its rules keep. Raises `NoAnswer`."""
        wanted = set(slos)
        counts: dict[SLOName, dict[timedelta, Counts]] = {}
        coverage: dict[SLOName, dict[timedelta, Fraction]] = {}
        for window in windows:
            total, bad = (self._numbers(summed(side, window), at) for side in (TOTAL, BAD))
            held = self._numbers(f"count_over_time({self._steps_of(TOTAL, window)})", at)
            for name in wanted & total.keys() & bad.keys():
                counts.setdefault(name, {})[window] = _counts(total[name], bad[name])
                share = Fraction(held.get(name, 0)) / (window // self._counted_in(window))
                coverage.setdefault(name, {})[window] = min(share, Fraction(1))
        newest = self._numbers(f"timestamp({recorded(TOTAL, self.step)})", at)
        return {
            name: Standing(
                found,
                coverage[name],
                datetime.fromtimestamp(newest[name], UTC) if name in newest else None,
            )
            for name, found in counts.items()
        }

    def steps(self, since: datetime, until: datetime) -> Steps:
        """All steps that ended in ``[since, until]``, of every SLO. Raises `NoAnswer`.

        A step that only one of the two counts is there of, is not told yet.
        """
        odd: dict[SLOName, str] = {}
        length = span(max(until - since, self.step))
        total, bad = (
            self._series(f"{recorded(side, self.step)}[{length}]", until, odd)
            for side in (TOTAL, BAD)
        )
        found: list[Step] = []
        for name in total.keys() & bad.keys() - odd.keys():
            for at in sorted(total[name].keys() & bad[name].keys()):
                try:
                    counts = _counts(float(total[name][at]), float(bad[name][at]))
                except (ValueError, TypeError) as error:
                    odd.setdefault(name, f"{error} at {datetime.fromtimestamp(at, UTC):%H:%M:%S}")
                    continue
                found.append(Step(name, datetime.fromtimestamp(at, UTC), counts))
        return Steps(tuple(found), odd)

    def _steps_of(self, side: str, window: timedelta) -> str:
        length = span(window - timedelta(milliseconds=1))
        return f"{recorded(side, self._counted_in(window))}[{length}]"

    def _counted_in(self, window: timedelta) -> timedelta:
        return STEPS["5m"] if window >= _LONG else self.step

    def _numbers(self, query: str, at: datetime) -> dict[SLOName, float]:
        """The one number of each SLO; one that is none, is left out."""
        found: dict[SLOName, float] = {}
        for name, series in self._answers(query, at, "vector"):
            number = float(series["value"][1])
            if name in found:
                raise NoAnswer(f"Prometheus knows two series of {name}")
            if math.isfinite(number):
                found[name] = number
        return found

    def _series(
        self, query: str, at: datetime, odd: dict[SLOName, str]
    ) -> dict[SLOName, dict[float, str]]:
        found: dict[SLOName, dict[float, str]] = {}
        for name, series in self._answers(query, at, "matrix"):
            if name in found:
                odd[name] = "two series are called so, and which one is right cannot be known"
            found[name] = {float(when): value for when, value in series["values"]}
        return found

    def _answers(
        self, query: str, at: datetime, kind: str
    ) -> Iterator[tuple[SLOName, Mapping[str, Any]]]:
        data = self._ask(query, at)
        try:
            if data["resultType"] != kind:
                raise NoAnswer(f"Prometheus answered with a {data['resultType']}, not a {kind}")
            for series in data["result"]:
                name = series["metric"].get("slo")
                if name:
                    yield SLOName(name), series
        except (KeyError, TypeError, ValueError, AttributeError):
            raise NoAnswer("Prometheus answered with something that is no answer") from None

    def _ask(self, query: str, at: datetime) -> Mapping[str, Any]:
        asked = {"query": query, "time": f"{at.timestamp():.3f}", "partial_response": "false"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.tenant:
            headers["X-Scope-OrgID"] = self.tenant
        try:
            answer = self.outgoing.post(
                f"{self.url}/api/v1/query",
                urlencode(asked).encode(),
                headers=headers,
                seconds=_SECONDS,
                largest=_LARGEST,
            )
        except (NotSent, Ambiguous, Dead) as error:
            raise NoAnswer(str(error)) from None
        if answer.status != 200:  # noqa: PLR2004 (HTTP)
            said = _STATUS.get(answer.status, f"answered {answer.status}")
            raise NoAnswer(f"Prometheus {said}")
        if len(answer.body) >= _LARGEST:
            raise NoAnswer("Prometheus' answer is too large to be read whole")
        return _whole(answer.body)


def prometheus_of(settings: Settings, outgoing: Outgoing) -> Prometheus | None:
    """The one that is set, if one is."""
    if not settings.warroom_prometheus_url:
        return None
    return Prometheus(
        outgoing,
        settings.warroom_prometheus_url,
        STEPS[settings.warroom_prometheus_step],
        token=settings.warroom_prometheus_token.get_secret_value(),
        tenant=settings.warroom_prometheus_tenant,
    )


def _whole(body: bytes) -> Mapping[str, Any]:
    """The data of an answer that is whole. With warnings, a part of it may be missing."""
    try:
        said = json.loads(body)
        is_fine, data = said["status"] == "success", said.get("data")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoAnswer("Prometheus answered with something that is no answer") from None
    if not is_fine or not isinstance(data, dict):
        raise NoAnswer("Prometheus could not answer")
    if said.get("warnings") or said.get("isPartial"):
        raise NoAnswer("Prometheus gave only a part of the answer")
    return data


def _counts(total: float, bad: float) -> Counts:
    """Raises ValueError for what is no count."""
    for number in (total, bad):
        if not math.isfinite(number):
            raise ValueError("a count is no number")
        if number != int(number):
            raise ValueError("a count is no whole number: are these our own rules?")
        if not 0 <= number <= MOST_EVENTS:
            raise ValueError(f"a count is not between 0 and {MOST_EVENTS}")
    if bad > total:
        raise ValueError("more events failed than there were")
    return Counts(int(total - bad), int(bad))
