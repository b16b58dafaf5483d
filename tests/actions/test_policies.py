"""Budget policies at work: steps, the gate, what has to be written up, and a quarter's kinds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from actions.traffic import (
    ANA,
    BY_ANA,
    CHECKOUT,
    HOUR,
    MINUTE,
    OBJECTIVES,
    START,
    Traffic,
    all_incidents,
    desk_on,
    kinds,
    resolve,
    told,
)

from incidents.actions import closing, followups, lifecycle, policies, postmortem
from incidents.actions.closing import NotYet
from incidents.actions.desk import Desk
from incidents.actions.followups import Todo
from incidents.model.alerting import Alerting
from incidents.model.budget_policy import STANDARD, Act, BudgetPolicy, Step
from incidents.model.gate import Ground, Verdict
from incidents.model.ids import IncidentNumber, ServiceName
from incidents.model.severity import Severity
from incidents.model.text import clean
from incidents.model.timeline import Kind
from incidents.queries.card import card_of
from incidents.queries.gate import gate_of
from incidents.queries.policies import rulings_of
from incidents.queries.slo import budget_named
from incidents.store import action_items, outbox_view, timeline
from incidents.store import policies as stored
from incidents.store.engine import Store

FIRST = IncidentNumber(1)


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    store = Store(sqlite_url)
    yield desk_on(store)
    store.close()


def under(desk: Desk, policy: BudgetPolicy) -> Desk:
    """Checkout alone, with no rules but the budget's, under that policy."""
    settings = replace(desk.catalog.settings, budget_policies={"standard": policy})
    quiet = replace(OBJECTIVES[0], alerting=Alerting(()))
    return replace(desk, catalog=replace(desk.catalog, settings=settings), objectives=(quiet,))


def spends(traffic: Traffic, share: float) -> None:
    """A minute that takes this share of the budget of four weeks."""
    failed = round(share * 241_920)  # of 241,920,000 requests
    traffic.passes(1, CHECKOUT, good=6000, bad=failed)


def seen(desk: Desk, word: str) -> int:
    with desk.look() as connection:
        found = outbox_view.listed(connection, states=("pending",), limit=100)
    return sum(word in str(one) for one in found)


def test_a_step_is_taken_once_for_each_passage_and_told_with_its_notice(desk: Desk) -> None:
    policy = BudgetPolicy("strict", (Step(50, (Act.APPROVE,)),))
    changed = under(desk, policy)
    changed = replace(changed, objectives=(replace(changed.objectives[0], stage="ga"),))
    traffic = Traffic(changed)
    traffic.weeks(CHECKOUT, per_hour=360_000)

    spends(traffic, 0.55)
    traffic.passes(5, CHECKOUT)
    spends(traffic, 0.02)

    assert len(told(changed, "direct")) == 1
    with changed.look() as connection:
        assert stored.standing(connection)[CHECKOUT] == {
            changed.objectives[0].generation: ("step 50",)
        }
        (ruling,) = rulings_of(changed, connection, ServiceName("checkout"), traffic.now)
        gate = gate_of(changed, connection, "checkout", traffic.now)
        budget = budget_named(changed, connection, CHECKOUT, traffic.now)
    assert budget is not None
    assert "target 99.9 % (ga); not burning" in budget.because
    assert "; by the policy strict, at 50 %, deploys of checkout need approval" in budget.because
    assert ruling.because.startswith(
        "by the policy strict, at 50 %, deploys of checkout need approval, 5"
    )
    assert gate.verdict is Verdict.FROZEN
    assert gate.reasons[0].ground is Ground.POLICY
    assert gate.because.endswith("is spent: a waiver approves one.")


def test_a_policy_opens_a_small_room_for_a_budget_that_hardly_burns(desk: Desk) -> None:
    changed = under(desk, BudgetPolicy("careful", (Step(50, (Act.ROOM, Act.TICKET)),)))
    traffic = Traffic(changed)
    traffic.weeks(CHECKOUT, per_hour=360_000)

    spends(traffic, 0.55)
    traffic.passes(3, CHECKOUT)

    (incident,) = all_incidents(changed)
    assert incident.severity is Severity.SEV4
    assert incident.facts["because"] == (
        "by the policy careful, at 50 %, a room is opened and there is an action item"
    )
    assert kinds(changed, 1).count(Kind.POLICY) == 1
    with changed.look() as connection:
        (item,) = action_items.of(connection, FIRST)
    assert (item.owner, item.title.raw) == (
        ANA.id,
        "Bring checkout/availability back within its budget",
    )


def test_a_policy_that_pages_escalates_in_place_and_opens_no_second_room(desk: Desk) -> None:
    changed = under(desk, BudgetPolicy("loud", (Step(50, (Act.ROOM,)), Step(75, (Act.PAGE,)))))
    traffic = Traffic(changed)
    traffic.weeks(CHECKOUT, per_hour=360_000)

    spends(traffic, 0.55)
    spends(traffic, 0.25)

    (incident,) = all_incidents(changed)
    assert incident.severity is Severity.SEV3


def outage(desk: Desk, share: float) -> tuple[Desk, Traffic]:
    """An incident that took this share of four weeks, and is resolved."""
    changed = replace(desk, objectives=OBJECTIVES[:1])
    traffic = Traffic(changed)
    traffic.weeks(CHECKOUT, per_hour=360_000)
    for _ in range(10):
        spends(traffic, share / 10)
    lifecycle.set_severity(changed, FIRST, Severity.SEV3, why="small", by=BY_ANA, now=traffic.now)
    resolve(changed, 1, traffic.now + MINUTE)
    return changed, traffic


def test_what_took_over_a_fifth_of_four_weeks_is_not_closed_before_it_is_written_up(
    desk: Desk,
) -> None:
    changed, traffic = outage(desk, 0.3)
    later = traffic.now + HOUR

    with pytest.raises(NotYet) as refused:
        lifecycle.close(changed, FIRST, by=BY_ANA, now=later)

    codes = [one.code for one in refused.value.blockers]
    assert [one for one in codes if one.startswith("budget")] == [
        "budget_postmortem",
        "budget_action",
    ]
    assert "of the four-week budget of checkout/availability, and by the policy standard over" in (
        str(refused.value)
    )
    with changed.look() as connection:
        card = card_of(changed, connection, FIRST, later)
    assert card is not None
    assert [one.slo for one in card.owed] == [CHECKOUT]

    sections = {"summary": clean("It was down."), "factors": clean("dependency: the bank")}
    postmortem.edit(changed, FIRST, sections, seen={}, by=BY_ANA, now=later)
    postmortem.publish(changed, FIRST, by=BY_ANA, now=later)
    todo = Todo(clean("P0: retry the bank less often"), ANA.id)
    followups.add(changed, FIRST, todo, by=BY_ANA, now=later)
    with changed.work(BY_ANA, later) as work:
        left = closing.why_not_close(work, work.incident(FIRST))
    assert [one.code for one in left if one.code.startswith("budget")] == []


def test_what_took_a_fifth_or_less_may_be_closed_as_ever(desk: Desk) -> None:
    changed, traffic = outage(desk, 0.15)

    with changed.work(BY_ANA, traffic.now + HOUR) as work:
        left = closing.why_not_close(work, work.incident(FIRST))

    assert [one.code for one in left if one.code.startswith("budget")] == []


def test_a_kind_of_outage_that_took_too_much_of_a_quarter_is_told_once(desk: Desk) -> None:
    changed, traffic = outage(desk, 0.5)
    sections = {"factors": clean("dependency: the bank was down")}
    postmortem.edit(changed, FIRST, sections, seen={}, by=BY_ANA, now=traffic.now + HOUR)
    later = traffic.now + 2 * HOUR

    assert [policies.look_back(changed, later + HOUR * n) for n in range(3)] == [1, 0, 0]

    with changed.look() as connection:
        items = [one.title.raw for one in action_items.of(connection, FIRST)]
        (entry,) = timeline.of_kinds(connection, FIRST, {Kind.POLICY})
    assert "P0: end outages of the kind dependency in checkout" in items
    assert "outages of the kind “dependency” took" in entry.body["because"]


def test_without_a_limit_nobody_asks_for_kinds(desk: Desk) -> None:
    free = under(desk, replace(STANDARD, class_over=None))

    assert policies.look_back(free, START) == 0


def test_the_end_of_data_is_told_once_where_an_alert_policy_asks_for_it(desk: Desk) -> None:
    asked = replace(OBJECTIVES[0], alerting=Alerting((), when_no_data=True))
    changed = replace(desk, objectives=(asked,))
    traffic = Traffic(changed)
    assert policies.watch_silence(changed, START) == 0  # it never had any
    traffic.passes(2, CHECKOUT)

    found = [policies.watch_silence(changed, traffic.now + MINUTE * n) for n in range(12)]
    traffic.now += timedelta(minutes=12)
    traffic.passes(1, CHECKOUT)
    back = policies.watch_silence(changed, traffic.now)
    again = policies.watch_silence(changed, traffic.now + 20 * MINUTE)

    assert (sum(found), back, again) == (1, 0, 1)
    assert seen(changed, "nothing fires and nothing ends") == 2


def test_a_share_is_exactly_what_it_says() -> None:
    assert Fraction(241_920, 241_920_000) == OBJECTIVES[0].budget
