"""What budget policies do: their steps, once for each passage, and what they ask of a quarter."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from fractions import Fraction

from incidents.actions import followups
from incidents.actions.desk import CLOCK, Desk, Work
from incidents.actions.followups import Todo
from incidents.actions.slo_owner import owner_of, tell_owner
from incidents.model.budget_policy import (
    QUARTER,
    Act,
    BudgetPolicy,
    policy_of,
    step_name,
    step_words,
    steps_at,
)
from incidents.model.episode import STALE
from incidents.model.ids import ActionNumber, IncidentNumber, uuid7
from incidents.model.incident import Incident
from incidents.model.objective import Objective, SLOName, in_words, percent
from incidents.model.text import clean_line
from incidents.model.timeline import Kind
from incidents.queries.counting import budgets_at
from incidents.queries.policies import classes_of, lasting
from incidents.store import episodes, incidents, policies, slo

_FORTNIGHT = timedelta(days=14)
_SLACK = 0.75  # of its share a kind of outage falls to, before it may be told of again
_SILENCE = "no data"


def take_steps(
    work: Work, objective: Objective, notices: Collection[int], incident: Incident | None
) -> str:
    """Do what the policy wants at these notices, which were just given. What it says, in words.

    Freezing needs nothing done: the gate asks the budget itself.
    """
    policy = policy_of(work.desk.catalog.settings.budget_policies, objective)
    said: list[str] = []
    number = None if incident is None else incident.number
    for step in steps_at(policy, notices):
        words = step_words(policy, step, objective)
        is_new = policies.take(
            work.connection,
            objective.slo,
            objective.generation,
            step.name,
            work.now,
            because=words,
            incident=number,
        )
        if not is_new:
            continue
        if Act.TICKET in step.acts:
            words += _ticket(work, objective, incident)
        if Act.NOTIFY in step.acts and incident is not None:
            tell_owner(work, objective, f"{uuid7(work.now)}/policy", words)
        if number is not None:
            body = {"slo": objective.slo, "because": words}
            work.log(number, Kind.POLICY, body)
        said.append(words)
    return "; ".join(said)


def leave_steps(work: Work, objective: Objective, notices: Collection[int]) -> None:
    """These notices are over: what was done at them may be done anew."""
    for notice in notices:
        policies.leave(
            work.connection, objective.slo, objective.generation, step_name(notice), work.now
        )


def look_back(desk: Desk, now: datetime) -> int:
    """Kinds of outages that took too much of a quarter: an action item each, told once. How many.

    It stays told until the kind took a good deal less again.
    """
    kinds_of = _policies_with_classes(desk)
    if not kinds_of:
        return 0
    with desk.look() as connection:
        classes = classes_of(desk, connection, now)
        known = policies.standing(connection)
        about = [one for one in kinds_of if one.slo in classes or one.slo in known]
        whole = budgets_at(connection, [lasting(one, QUARTER) for one in about], now)
    told = 0
    for one in about:
        limit = kinds_of[one].class_over or Fraction(1)
        shares = {
            kind: (whole[one.slo].spent_by(bad), last)
            for kind, (bad, last) in classes.get(one.slo, {}).items()
        }
        standing = known.get(one.slo, {}).get(one.generation, ())
        for kind, (share, last) in shares.items():
            if share > limit and _class_step(kind) not in standing:
                words = (
                    f"outages of the kind “{kind}” took {percent(share)} of a quarter's budget of "
                    f"{one.slo}, and by the policy {kinds_of[one].name} over "
                    f"{percent(limit)} needs an action item of top priority"
                )
                told += _tell_class(desk, one, kind, words, last.number, now)
        gone = [
            step
            for step in standing
            if step.startswith(_class_step(""))
            and shares.get(step.removeprefix(_class_step("")), (0, None))[0] < limit * _SLACK
        ]
        _leave(desk, one, gone, now)
    return told


def watch_silence(desk: Desk, now: datetime) -> int:
    """Owners hear that data ended, where an alert policy asks for it; once. How many did."""
    asked = [one for one in desk.objectives if one.alerting and one.alerting.when_no_data]
    if not asked:
        return 0
    with desk.look() as connection:
        latest = slo.latest(connection, [one.slo for one in asked])
        known = policies.standing(connection)
    told = 0
    for one in asked:
        at = latest.get(one.slo)
        is_silent = at is not None and now - at > STALE
        is_told = _SILENCE in known.get(one.slo, {}).get(one.generation, ())
        if is_told and not is_silent:
            _leave(desk, one, [_SILENCE], now)
        if at is not None and is_silent and not is_told:
            words = (
                f"there has been no data for {in_words(now - at)}: nothing fires and nothing ends "
                "until it is back"
            )
            with desk.work(CLOCK, now) as work:
                if _take(work, one, _SILENCE, words, None):
                    tell_owner(work, one, f"{uuid7(now)}/silence", words)
                    told += 1
    return told


def _policies_with_classes(desk: Desk) -> Mapping[Objective, BudgetPolicy]:
    known = desk.catalog.settings.budget_policies
    found = {one: policy_of(known, one) for one in desk.objectives}
    return {one: policy for one, policy in found.items() if policy.class_over is not None}


def _class_step(kind: str) -> str:
    return f"class {kind}"


def _tell_class(
    desk: Desk,
    objective: Objective,
    kind: str,
    words: str,
    last: IncidentNumber,
    now: datetime,
) -> bool:
    with desk.work(CLOCK, now) as work:
        if not _take(work, objective, _class_step(kind), words, last):
            return False
        incident = work.incident(last)
        title = f"P0: end outages of the kind {kind} in {objective.service}"
        item = _item(work, objective, title, incident)
        work.log(last, Kind.POLICY, {"slo": objective.slo, "because": words})
        more = f"; that is action item {item}" if item is not None else ""
        tell_owner(work, objective, f"{uuid7(now)}/class", words + more)
        return True


def _take(
    work: Work, objective: Objective, step: str, words: str, number: IncidentNumber | None
) -> bool:
    return policies.take(
        work.connection,
        objective.slo,
        objective.generation,
        step,
        work.now,
        because=words,
        incident=number,
    )


def _leave(desk: Desk, objective: Objective, steps: Collection[str], now: datetime) -> None:
    if not steps:
        return
    with desk.work(CLOCK, now) as work:
        for step in steps:
            policies.leave(work.connection, objective.slo, objective.generation, step, now)


def _ticket(work: Work, objective: Objective, incident: Incident | None) -> str:
    """An action item with the incident at hand, or with the last one that this budget opened."""
    if incident is None:
        incident = _last_of(work, objective.slo)
    if incident is None:
        return ", but no incident is there to keep it with"
    item = _item(work, objective, f"Bring {objective.slo} back within its budget", incident)
    return f": number {item}" if item is not None else ", but nobody owns the service"


def _last_of(work: Work, name: SLOName) -> Incident | None:
    number = episodes.last_incident(work.connection, name)
    return None if number is None else incidents.lock(work.connection, number)


def _item(work: Work, objective: Objective, title: str, incident: Incident) -> ActionNumber | None:
    """The number of a new action item; None if nobody is there to own it, or may see it."""
    owner = owner_of(work, objective)
    if owner is None or incident.is_private:
        return None
    todo = Todo(clean_line(title), owner, work.now + _FORTNIGHT)
    return followups.add_in(work, incident.number, todo).number
