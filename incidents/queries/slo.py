"""Error budgets for screens and reports: how much is left, how fast it goes, what took it.

These read the record, so they tell the same in every process; only the tick keeps rings.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.model import budget as budgets
from incidents.model import calendar_forecast
from incidents.model.access import PUBLIC
from incidents.model.budget_policy import in_force, policy_of
from incidents.model.burn import Loudness, Verdict, burn_rate, guarded, judge, recent, rules_of
from incidents.model.coverage import FLOWING, Freeze
from incidents.model.exclusions import within
from incidents.model.forecast import Course, exhausts_in, recovers_in
from incidents.model.guards import FIRST, Second
from incidents.model.ids import IncidentNumber, ServiceName, key
from incidents.model.incident import Incident
from incidents.model.objective import NOTHING, Counts, Objective, SLOName, in_words, percent
from incidents.model.postmortem import Spent
from incidents.model.rolling import FINE
from incidents.model.slicing import EVENTS, Method, Unit
from incidents.model.spending import counted, coverage, span_of
from incidents.model.what_if import Past
from incidents.queries.attribution import objectives_of, taken_by
from incidents.queries.contrasts import contrasts, told_of
from incidents.queries.counting import budgets_at, counts_over, excluded, failed_over, less_of
from incidents.queries.coverage import freezes
from incidents.queries.guarding import second_look
from incidents.queries.windows import surroundings, words_around
from incidents.store import episodes, exclusions, incidents, sli_journal, slo

_HOUR = timedelta(hours=1)
_POINTS = 24  # of a budget's course over an incident


@dataclass(frozen=True, slots=True)
class Counting:
    """What a budget counts, and since when.

    ``coverage`` is the share of its slices that there was data for, None where events are counted;
    ``span`` are the beginning and the end of a calendar's window.
    """

    method: Method = Method.OCCURRENCES
    unit: Unit = EVENTS
    over: str = ""
    coverage: float | None = None
    span: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """A budget with nothing excluded."""

    counts: Counts
    sli: float | None
    remaining: float
    unit: Unit

    @property
    def good(self) -> int | float:
        """Good events, or slices."""
        return _told(self.counts.good, self.unit)

    @property
    def bad(self) -> int | float:
        """Bad events, or slices."""
        return _told(self.counts.bad, self.unit)


def _raw(raw: budgets.Budget | None) -> Raw | None:
    if raw is None:
        return None
    sli = None if raw.counts.sli is None else float(raw.counts.sli)
    return Raw(raw.counts, sli, float(raw.remaining), raw.unit)


@dataclass(frozen=True, slots=True)
class Budget:
    """One error budget as of the last 10 complete seconds.

    ``remaining`` and ``consumed`` are shares of the whole, signed and not clamped. ``burns`` has
    the burn rate over each window of the rules, None without traffic. ``runs_out_in`` and
    ``back_in`` are None where that never happens. ``incident`` is the one that is open for it.
    ``holds`` are the windows that hold, in words. ``freeze`` tells what cannot be judged now, and
    how much of each window was measured. ``raw`` is what it would be if everything counted, where
    something does not.
    """

    slo: SLOName
    title: str
    service: str
    target: Fraction
    window: timedelta
    counts: Counts
    sli: float | None
    remaining: float
    consumed: float
    burns: tuple[tuple[timedelta, float | None], ...]
    loudness: Loudness
    because: str
    runs_out_in: timedelta | None
    back_in: timedelta | None
    latest: datetime | None
    is_frozen: bool
    incident: IncidentNumber | None
    counting: Counting = Counting()
    holds: str = ""
    freeze: Freeze = FLOWING
    raw: Raw | None = None

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.counts.total > 0 and self.consumed >= 1

    @property
    def good(self) -> int | float:
        """Good events, or slices."""
        return _told(self.counts.good, self.counting.unit)

    @property
    def bad(self) -> int | float:
        """Bad events, or slices."""
        return _told(self.counts.bad, self.counting.unit)

    @property
    def burn(self) -> float | None:
        """The burn rate over the last hour, or over the shortest window that spans one."""
        return next((rate for window, rate in self.burns if window >= _HOUR), None)


def _told(kept: int, unit: Unit) -> int | float:
    return kept if unit.per == 1 else round(kept / unit.per, 3)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a decision tree asks of an SLO: shares and multiples, over the window it asked for."""

    slo: SLOName
    remaining: float
    burn: float
    error_ratio: float


def all_budgets(desk: Desk, connection: Connection, now: datetime) -> tuple[Budget, ...]:
    """Every budget, in order of name."""
    return _budgets(desk, connection, desk.objectives, now)


def budgets_for(
    desk: Desk, connection: Connection, service: ServiceName, now: datetime
) -> tuple[Budget, ...]:
    """Every budget of one service, in order of name."""
    return _budgets(desk, connection, [o for o in desk.objectives if o.service == service], now)


def budgets_of(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> tuple[Budget, ...]:
    """The budgets an incident is about: the one that opened it, then those of its services."""
    found = _budgets(desk, connection, objectives_of(desk, incident), now)
    opened_by = incident.facts.get("slo")
    return tuple(sorted(found, key=lambda one: (one.slo != opened_by, one.remaining, one.slo)))


def burns_of(
    desk: Desk, connection: Connection, services: Collection[ServiceName], now: datetime
) -> dict[ServiceName, float]:
    """How fast each of ``services`` burns its budget, by the worst of its SLOs.

    Services without an SLO, or without traffic, are left out.
    """
    objectives = [one for one in desk.objectives if one.service in services]
    found: dict[ServiceName, float] = {}
    for budget in _budgets(desk, connection, objectives, now) if objectives else ():
        service = ServiceName(budget.service)
        if budget.burn is not None:
            found[service] = max(budget.burn, found.get(service, 0.0))
    return found


def budget_named(desk: Desk, connection: Connection, name: str, now: datetime) -> Budget | None:
    """The budget of one SLO; None if there is no such SLO."""
    objectives = [one for one in desk.objectives if one.slo == name]
    return next(iter(_budgets(desk, connection, objectives, now)), None)


def worst_reading(
    desk: Desk, connection: Connection, incident: Incident, window: timedelta, now: datetime
) -> Reading | None:
    """Of the incident's SLOs the one that burns fastest over ``window``; None without any data.

    ``window`` is counted in whole buckets, at least one.
    """
    objectives = objectives_of(desk, incident)
    until = FINE.start(FINE.number(now))
    length = max(window, FINE.size)
    lately = {
        one.slo: counts_over(connection, [one], _whole(one, length), until)[one.slo]
        for one in objectives
    }
    whole = budgets_at(connection, objectives, until)
    readings: list[Reading] = []
    for objective in objectives:
        burn = burn_rate(lately[objective.slo], objective.budget)
        if burn is None:
            continue
        left = float(whole[objective.slo].remaining)
        errors = float(burn * objective.budget)
        readings.append(Reading(objective.slo, left, float(burn), errors))
    return max(readings, key=lambda one: one.burn, default=None)


def _whole(objective: Objective, length: timedelta) -> timedelta:
    return objective.slicing.whole(length) if objective.slicing else length


def spent_by(
    desk: Desk, connection: Connection, incident: Incident, now: datetime
) -> tuple[Spent, ...]:
    """What an incident did to each budget it is about, from its impact's start to its end or now.

    Budgets without a single failure of its own in that time are left out.
    """
    start, end = incident.started_at, max(incident.resolved_at or now, incident.started_at)
    during = taken_by(desk, connection, incident, now)
    found = [
        _spent(connection, objective, during[objective.slo], start, end)
        for objective in desk.objectives
        if objective.slo in during and during[objective.slo].bad
    ]
    return tuple(sorted(found, key=lambda one: (-one.spent, one.slo)))


def _spent(
    connection: Connection, objective: Objective, during: Counts, start: datetime, end: datetime
) -> Spent:
    before = _budget_at(connection, objective, start)
    after = _budget_at(connection, objective, end)
    step = max((end - start) / _POINTS, timedelta(minutes=1))
    moments = [start + step * place for place in range((end - start) // step + 1)]
    return Spent(
        slo=objective.slo,
        target=objective.target,
        window=objective.window,
        before=before.remaining if before.counts.total else None,
        after=after.remaining if after.counts.total else None,
        spent=after.spent_by(during.bad),
        over=objective.over if objective.calendar else "",
        counted="Bad slices" if objective.slicing else "Failed events",
        bad=max(round(Fraction(during.bad, objective.unit.per)), 1),
        history=tuple(
            (at, _budget_at(connection, objective, at).remaining)
            for at in dict.fromkeys((*moments, end))
        ),
    )


def _budget_at(connection: Connection, objective: Objective, at: datetime) -> budgets.Budget:
    return budgets_at(connection, [objective], at)[objective.slo]


def _budgets(
    desk: Desk, connection: Connection, objectives: Sequence[Objective], now: datetime
) -> tuple[Budget, ...]:
    figures = _figures(desk, connection, objectives, FINE.start(FINE.number(now)))
    running = episodes.running(connection)
    led_to = [one.incident for one in running.values() if one.incident is not None]
    shown = incidents.visible(connection, led_to, PUBLIC)
    nearby = surroundings(desk, connection, now)
    compared = told_of(contrasts(connection, objectives, FINE.start(FINE.number(now))))
    found: list[Budget] = []
    for objective in sorted(objectives, key=lambda one: one.slo):
        episode = running.get(objective.slo)
        here = episode.incident if episode and episode.incident in shown else None
        budget = _budget(objective, figures[objective.slo], here)
        holds = words_around(desk, nearby.of(objective))
        policy = policy_of(desk.catalog.settings.budget_policies, objective)
        asks = in_force(policy, objective, figures[objective.slo].budget.consumed)
        beside = (budget.because, asks, holds, compared.get(objective.slo, ""))
        because = "; ".join(part for part in beside if part)
        found.append(replace(budget, because=because, holds=holds))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Figures:
    """What was counted for an objective until ``until``, and where that leads.

    ``failures`` are bad events over the windows that may wake somebody, where slices are counted.
    """

    until: datetime
    latest: datetime | None
    budget: budgets.Budget
    windows: Mapping[timedelta, Counts]
    failures: Mapping[timedelta, int]
    freeze: Freeze
    runs_out_in: timedelta | None
    back_in: timedelta | None
    second: Second = FIRST

    @property
    def silence(self) -> str:
        if self.latest is None:
            return "no data yet"
        words = f"{self.freeze.because}, so nothing fires and nothing ends"
        return words * self.freeze.is_stale


def _figures(
    desk: Desk, connection: Connection, objectives: Sequence[Objective], until: datetime
) -> dict[SLOName, _Figures]:
    """Of each objective. They are the same until the next 10 seconds are over or data comes."""
    as_of = (until, sli_journal.position(connection), exclusions.version(connection))
    found: dict[SLOName, _Figures] = {}
    unknown: list[Objective] = []
    for objective in objectives:
        known = desk.figures.known(objective, as_of)
        if known is None:
            unknown.append(objective)
        else:
            found[objective.slo] = known
    windows = _windows(connection, unknown, until)
    whole = budgets_at(connection, unknown, until)
    latest = slo.latest(connection, [one.slo for one in unknown])
    held = freezes(connection, unknown, latest, until)
    for objective in unknown:
        name, budget = objective.slo, whole[objective.slo]
        lately = windows[name][recent(objective)]
        ahead = _ahead(connection, objective, budget, lately, until)
        failed = _failures(connection, objective, until)
        second = second_look(connection, objective, windows[name], budget.counts, until)
        figures = _Figures(
            until, latest.get(name), budget, windows[name], failed, held[name], *ahead, second
        )
        found[name] = desk.figures.keep(objective, as_of, figures)
    return found


def _failures(
    connection: Connection, objective: Objective, until: datetime
) -> dict[timedelta, int]:
    return {
        window: failed_over(connection, [objective], window, until)[objective.slo]
        for window in guarded(objective)
    }


def _windows(
    connection: Connection, objectives: Iterable[Objective], until: datetime
) -> Mapping[SLOName, Mapping[timedelta, Counts]]:
    """Events in every window of every objective: one question for each window, not for each SLO."""
    wanted: dict[timedelta, list[Objective]] = {}
    found: dict[SLOName, dict[timedelta, Counts]] = {}
    for objective in objectives:
        found[objective.slo] = {}
        for window in rules_of(objective).windows | {recent(objective)}:
            wanted.setdefault(window, []).append(objective)
    for window, some in wanted.items():
        for name, counts in counts_over(connection, some, window, until).items():
            found[name][window] = counts
    return found


def _budget(objective: Objective, figures: _Figures, incident: IncidentNumber | None) -> Budget:
    budget, windows = figures.budget, figures.windows
    rules = rules_of(objective)
    verdict = judge(
        windows,
        figures.freeze.judged(figures.second.rules(objective)),
        budget=objective.budget,
        min_failures=objective.min_failures if figures.failures or not objective.slicing else 0,
        failures=figures.failures if objective.slicing else None,
        guard=figures.second.guard,
    )
    known = coverage(objective, budget, figures.until)
    is_frozen = bool(figures.silence)
    burns = ((window, burn_rate(windows[window], objective.budget)) for window in sorted(windows))
    return Budget(
        slo=objective.slo,
        title=objective.name,
        service=objective.service,
        target=objective.target,
        window=objective.window,
        counts=budget.counts,
        sli=float(budget.counts.sli) if budget.counts.sli is not None else None,
        remaining=float(budget.remaining),
        consumed=float(budget.consumed),
        burns=tuple(
            (window, None if rate is None else float(rate))
            for window, rate in burns
            if window in rules.windows
        ),
        loudness=Loudness.QUIET if is_frozen else verdict.loudness,
        because=_why(objective, verdict, figures, incident),
        runs_out_in=figures.runs_out_in,
        back_in=figures.back_in,
        latest=figures.latest,
        is_frozen=is_frozen,
        incident=incident,
        freeze=figures.freeze,
        raw=_raw(budget.raw),
        counting=Counting(
            method=objective.slicing.method if objective.slicing else Method.OCCURRENCES,
            unit=objective.unit,
            over=objective.over,
            coverage=None if known is None else float(known),
            span=span_of(objective, figures.until) if objective.calendar else None,
        ),
    )


def _ahead(
    connection: Connection,
    objective: Objective,
    budget: budgets.Budget,
    lately: Counts,
    until: datetime,
) -> tuple[timedelta | None, timedelta | None]:
    """When the budget runs out and when it is back, if what came lately goes on."""
    if not budget.counts.bad:
        return None, timedelta(0)
    lasted = recent(objective)
    if objective.calendar is not None:
        rest = calendar_forecast.Rest(budget, lately, lasted)
        return calendar_forecast.exhausts_in(rest), calendar_forecast.back_in(rest)
    course = course_of(connection, objective, lately, until)
    return exhausts_in(course), recovers_in(course)


def course_of(
    connection: Connection, objective: Objective, lately: Counts, until: datetime
) -> Course:
    """What is in a rolling window, and what comes in if the last hour goes on."""
    past = past_of(connection, objective.series, objective.window, until)
    traffic = lately.total * Fraction(past.bucket // FINE.size, recent(objective) // FINE.size)
    return Course(
        history=_as_counted(connection, objective, past, until),
        bucket=past.bucket,
        budget=objective.budget,
        traffic=traffic,
        burn=burn_rate(lately, objective.budget) or Fraction(0),
        until_first=past.until_first,
    )


def _as_counted(
    connection: Connection, objective: Objective, past: Past, until: datetime
) -> tuple[Counts, ...]:
    """The history of a window as its budget counts it: whole slices, and silent ones if they do."""
    begin = until + past.until_first - past.bucket * len(past.history)
    starts = [begin + past.bucket * place for place in range(len(past.history))]
    away = excluded(connection, [objective], begin, until).get(objective.slo, ())
    if objective.slicing is None and not away:
        return tuple(past.history)
    history = past.history
    if objective.slicing is not None:
        ended = slo.since(connection, [objective.series], starts[-1], until)[objective.series]
        history = (*history[:-1], ended)
    found: list[Counts] = []
    for start, held in zip(starts, history, strict=True):
        end = min(start + past.bucket, until)
        spans = within(away, start, end)
        less = less_of(connection, objective, held, spans)
        found.append(counted(objective, less, start, end, spans))
    return tuple(found)


def past_of(connection: Connection, name: SLOName, window: timedelta, until: datetime) -> Past:
    """The buckets that `counts` sums for ``window``, those without events too, oldest first."""
    tier = slo.tier_of(window)
    last = tier.number(until - timedelta(microseconds=1))
    since = tier.start(last + 1) - window
    kept = dict(slo.history(connection, name, tier, since, until))
    starts = (since + tier.size * place for place in range(window // tier.size))
    held = tuple(kept.get(start, NOTHING) for start in starts)
    return Past(held, tier.size, tier.start(last + 1) - until)


def _why(
    objective: Objective, verdict: Verdict, figures: _Figures, incident: IncidentNumber | None
) -> str:
    """One line that a person can act on: attained, burning, when it ends, and where people meet."""
    budget = figures.budget
    if not budget.counts.total:
        return figures.silence or f"no {objective.unit.many} in its window"
    burning = verdict.because
    if verdict.rule is None:
        burning = figures.second.patience or "not burning"
    if figures.freeze.rules and not figures.freeze.is_stale:
        burning += f" ({frozen_in_words(figures.freeze, figures.until)})"
    parts = [_attained(objective, budget, figures.until), figures.silence or burning]
    if budget.is_exhausted:
        back = figures.back_in
        parts.append("spent" if back is None else f"spent, back in {in_words(back)}")
    elif figures.runs_out_in is not None:
        parts.append(f"runs out in {in_words(figures.runs_out_in)} if this goes on")
    if incident is not None:
        parts.append(key(incident))
    return "; ".join(parts)


def frozen_in_words(held: Freeze, until: datetime) -> str:
    """``frozen since 10:12 because 62 % of the last 1 h measured: 1 h and 5 min``."""
    pairs = ", ".join(f"{in_words(rule.long)}/{in_words(rule.short)}" for rule in held.rules)
    since = "" if held.since is None else f" since {_moment(held.since, until)}"
    return f"{pairs} frozen{since}: {held.because}"


def _moment(at: datetime, until: datetime) -> str:
    return f"{at:%H:%M} UTC" if at.date() == until.date() else f"{at.day} {at:%b %H:%M} UTC"


def _attained(objective: Objective, budget: budgets.Budget, until: datetime) -> str:
    """``99.95 % of slices good since 1 Nov, target 99.9 % (beta)``."""
    what = f" of {objective.unit.many}" * (objective.slicing is not None)
    over = f"over {objective.over}"
    if objective.calendar is not None:
        begin = span_of(objective, until)[0].astimezone(objective.calendar.zone)
        over = f"since {begin.day} {begin:%b}" + f" {begin:%H:%M}" * (begin.time() != time())
    share = percent(budget.counts.sli or Fraction(0), digits=3)
    target = percent(objective.target, digits=3) + f" ({objective.stage})" * bool(objective.stage)
    found = f"{share}{what} good {over}, target {target}"
    known = coverage(objective, budget, until)
    found = found if known is None or known >= 1 else f"{found}, {percent(known)} measured"
    if budget.raw is None:
        return found
    raw = percent(budget.raw.counts.sli or Fraction(0), digits=3)
    left = percent(budget.raw.remaining)
    return f"{found} (if all counted: {raw} good, {left} left)"
