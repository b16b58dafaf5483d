"""What would become of a budget if traffic and errors changed now; nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from incidents.actions.desk import Desk
from incidents.errors import NotFound, Refused
from incidents.model.budget import NOTICES
from incidents.model.burn import Loudness, rules_of
from incidents.model.objective import NOTHING, Counts, Objective, SLOName, in_words
from incidents.model.rolling import FINE, TICK
from incidents.model.what_if import Assumed, Flow, Foreseen, Past, Window, foreseen
from incidents.model.what_if import runs_out as run_out
from incidents.model.what_if_calendar import CalendarWindow
from incidents.queries.counting import budgets_at
from incidents.queries.slo import course_of, past_of
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
    over: str
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
    until = FINE.start(FINE.number(now))
    asked = _asked(connection, objective, question, until)
    whole = _whole(connection, objective, asked.then, until)
    return _seen(connection, objective, whole, asked, until)


def foreseen_window(
    connection: Connection, objective: Objective, question: Question, now: datetime
) -> Window | CalendarWindow:
    """What the window of a budget will hold. Raises `Refused` if nothing was ever counted."""
    until = FINE.start(FINE.number(now))
    asked = _asked(connection, objective, question, until)
    return _whole(connection, objective, asked.then, until)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What it starts from, and what is assumed, as people say it and as it is counted."""

    measured: timedelta
    before: tuple[Fraction, Fraction]
    assumed: tuple[Fraction, Fraction]
    then: Assumed


def _asked(
    connection: Connection, objective: Objective, question: Question, until: datetime
) -> _Asked:
    measured, counts = _baseline(connection, objective, until)
    usual = counts.total / Fraction(measured // _SECOND, _HOUR // _SECOND)
    errors = Fraction(counts.bad, counts.total)
    share = errors if question.errors is None else question.errors
    coming = usual * question.traffic
    flow, after = _flow(objective, coming, share), _flow(objective, usual, errors)
    then = Assumed(flow, question.lasting, after)
    return _Asked(measured, (usual, errors), (coming, share), then)


def _seen(
    connection: Connection,
    objective: Objective,
    whole: Window | CalendarWindow,
    asked: _Asked,
    until: datetime,
) -> Outlook:
    budget, then = objective.budget, asked.then
    guard = 0 if objective.slicing else objective.min_failures
    runs_out = whole.reaches(budget)
    back = None if runs_out is None else whole.falls_below(budget, after=runs_out)
    told = _told(whole, objective, guard)
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
            min_failures=guard,
        )
    ]
    if told:
        spent = f"100 % of the {objective.over} budget is spent"
        alerts.append(Foreseen(told, back, Loudness.PAGE, spent))
    return Outlook(
        slo=objective.slo,
        target=objective.target,
        window=objective.window,
        remaining=1 - spent_now,
        over=objective.over,
        measured=asked.measured,
        before=asked.before,
        assumed=asked.assumed,
        burn=then.flow.bad / then.flow.total / budget if then.flow.total else Fraction(0),
        left=tuple(
            (at, 1 - whole.consumed(at, budget)) for at in _moments(objective, whole, then.lasts)
        ),
        notices=tuple(Notice(one, at) for one, at in notices if at),
        alerts=tuple(sorted(alerts, key=lambda one: (one.fires_in, one.loudness))),
        refused=tuple(
            f"{rule.loudness} over {in_words(rule.long)}: {why}" for rule, why in rules.refused
        ),
        runs_out_in=runs_out,
        back_in=back,
    )


def _whole(
    connection: Connection, objective: Objective, then: Assumed, until: datetime
) -> Window | CalendarWindow:
    """What the budget's own window will hold."""
    if objective.calendar is not None:
        return CalendarWindow(budgets_at(connection, [objective], until)[objective.slo], then)
    held = course_of(connection, objective, NOTHING, until)
    return Window(Past(held.history, held.bucket, held.until_first), then)


def _told(whole: Window | CalendarWindow, objective: Objective, guard: int) -> timedelta | None:
    """The tick at which people hear that nothing is left; None if never, or if it is so already."""
    if isinstance(whole, Window):
        return run_out(whole, budget=objective.budget, min_failures=guard)
    at = whole.reaches(objective.budget)
    return -(-at // TICK) * TICK if at else None


def _moments(
    objective: Objective, whole: Window | CalendarWindow, lasting: timedelta | None
) -> list[timedelta]:
    """Moments at which people want to know what is left, up to the window's own length or end."""
    end = objective.window
    if isinstance(whole, CalendarWindow):
        end = whole.left * timedelta(microseconds=1) - _SECOND
    shown = {one for one in (*_SHOWN, lasting) if one and one < end}
    if lasting and isinstance(whole, Window):
        shown.add(lasting)
    return sorted(shown | {max(end, timedelta(0))})


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


def _flow(objective: Objective, per_hour: Fraction, share: Fraction) -> Flow:
    """What comes in, as the budget counts it: events, or slices that all are alike."""
    seconds = _HOUR // _SECOND
    slicing = objective.slicing
    if slicing is None:
        return Flow(per_hour / seconds, per_hour * share / seconds)
    if not per_hour and not slicing.is_silence_good:
        return Flow(Fraction(0), Fraction(0))
    each = Fraction(slicing.unit.per, slicing.length // _SECOND)
    part = share if slicing.target is None else Fraction(share > 1 - slicing.target)
    return Flow(each, each * part if per_hour else Fraction(0))
