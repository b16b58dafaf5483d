"""What would become of a budget if traffic and errors changed now; nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import NotFound, Refused
from incidents.model.budget import NOTICES
from incidents.model.burn import Loudness, rules_of
from incidents.model.objective import Counts, Objective, SLOName, in_words
from incidents.model.rolling import FINE
from incidents.model.what_if import Assumed, Flow, Foreseen, Past, Window, foreseen
from incidents.model.what_if import runs_out as run_out
from incidents.queries.slo import past_of
from incidents.store import slo

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SHOWN = (_HOUR, 6 * _HOUR, _DAY, 7 * _DAY)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Question:
    """Traffic times ``traffic``, of which the share ``errors`` is bad; None: as large as before.

    After ``lasting`` all is as it was; None is for ever.
    """

    traffic: Fraction = Fraction(1)
    errors: Fraction | None = None
    lasting: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A share of the budget in percent, and when it would be spent."""

    percent: int
    reached_in: timedelta


@dataclass(frozen=True, slots=True)
class Outlook:
    """The answer. Shares are exact and signed; times are from now.

    ``before`` is where it starts from: events in an hour and the share of them that fails, over the
    last ``measured``. ``assumed`` is the same for what is asked. ``left`` is what would remain at
    some moments. ``runs_out_in`` and ``back_in`` are None where that never happens.
    """

    slo: SLOName
    target: Fraction
    window: timedelta
    remaining: Fraction
    measured: timedelta
    before: tuple[Fraction, Fraction]
    assumed: tuple[Fraction, Fraction]
    burn: Fraction
    left: tuple[tuple[timedelta, Fraction], ...]
    notices: tuple[Notice, ...]
    alerts: tuple[Foreseen, ...]
    refused: tuple[str, ...]
    runs_out_in: timedelta | None
    back_in: timedelta | None


def outlook(
    desk: Desk, connection: Connection, name: str, question: Question, now: datetime
) -> Outlook:
    """What would happen to one SLO. Raises `NotFound`; `Refused` if nothing was ever counted."""
    objective = next((one for one in desk.objectives if one.slo == name), None)
    if objective is None:
        raise NotFound(f"There is no SLO called {name}.", instead="See: warroom slo status")
    if objective.slicing is not None or objective.calendar is not None:
        what = "slices of time" if objective.slicing else f"a {objective.over}"
        raise Refused(
            f"{name} counts {what}, and only events over a rolling window are simulated.",
            instead="See when it runs out if this goes on: warroom slo forecast",
        )
    until = FINE.start(FINE.number(now))
    past = past_of(connection, objective.slo, objective.window, until)
    measured, counts = _baseline(connection, objective, until)
    hours = Fraction(measured // _SECOND, _HOUR // _SECOND)
    usual = counts.total / hours
    errors = Fraction(counts.bad, counts.total)
    share = errors if question.errors is None else question.errors
    coming = usual * question.traffic
    then = Assumed(_flow(coming, share), question.lasting, _flow(usual, errors))
    return _seen(
        connection,
        objective,
        past,
        then,
        until=until,
        measured=measured,
        before=(usual, errors),
        assumed=(coming, share),
    )


def _seen(  # noqa: PLR0913 (all of it is named)
    connection: Connection,
    objective: Objective,
    past: Past,
    then: Assumed,
    *,
    until: datetime,
    measured: timedelta,
    before: tuple[Fraction, Fraction],
    assumed: tuple[Fraction, Fraction],
) -> Outlook:
    whole, budget = Window(past, then), objective.budget
    runs_out = whole.reaches(budget)
    back = None if runs_out is None else whole.falls_below(budget, after=runs_out)
    told = run_out(whole, budget=budget, min_failures=objective.min_failures)
    spent_now = whole.consumed(timedelta(0), budget)
    notices = [(one, whole.reaches(budget * Fraction(one, 100))) for one in NOTICES]
    rules = rules_of(objective)
    windows = {
        length: Window(past_of(connection, objective.slo, length, until), then)
        for length in rules.windows
    }
    alerts = [
        alert
        for rule in rules.apply
        for alert in foreseen(
            windows[rule.long],
            windows[rule.short],
            rule,
            budget=budget,
            min_failures=objective.min_failures,
        )
    ]
    if told:
        spent = f"100 % of the {in_words(objective.window)} budget is spent"
        alerts.append(Foreseen(told, back, Loudness.PAGE, spent))
    return Outlook(
        slo=objective.slo,
        target=objective.target,
        window=objective.window,
        remaining=1 - spent_now,
        measured=measured,
        before=before,
        assumed=assumed,
        burn=assumed[1] / budget,
        left=tuple((at, 1 - whole.consumed(at, budget)) for at in _moments(objective, then.lasts)),
        notices=tuple(Notice(one, at) for one, at in notices if at),
        alerts=tuple(sorted(alerts, key=lambda one: (one.fires_in, one.loudness))),
        refused=tuple(
            f"{rule.loudness} over {in_words(rule.long)}: {why}" for rule, why in rules.refused
        ),
        runs_out_in=runs_out,
        back_in=back,
    )


def _moments(objective: Objective, lasting: timedelta | None) -> list[timedelta]:
    """Moments at which people want to know what is left, up to the window's own length."""
    shown = {one for one in _SHOWN if one < objective.window} | {objective.window}
    return sorted(shown | {lasting} if lasting else shown)


def _baseline(
    connection: Connection, objective: Objective, until: datetime
) -> tuple[timedelta, Counts]:
    """The last hour, as forecasts take it; without events in it, the whole window."""
    for length in (min(_HOUR, objective.window), objective.window):
        found = slo.counts(connection, [objective.slo], length, until)[objective.slo]
        if found.total:
            return length, found
    raise Refused(
        f"Nothing has been counted for {objective.slo} in {in_words(objective.window)}.",
        instead="There is nothing to start from until its first samples arrive.",
    )


def _flow(per_hour: Fraction, share: Fraction) -> Flow:
    seconds = _HOUR // _SECOND
    return Flow(per_hour / seconds, per_hour * share / seconds)
