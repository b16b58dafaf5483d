"""One outage is one episode: what happens next, from what is and what was said before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from incidents.model.budget import Budget
from incidents.model.burn import Loudness, Verdict, judge, rules_for
from incidents.model.episode import (
    Alarm,
    Episode,
    Step,
    alarm,
    next_step,
    notice_in_words,
)
from incidents.model.ids import ServiceName
from incidents.model.objective import Counts, Objective, SLOName
from incidents.model.severity import Severity

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHECKOUT = SLOName("checkout/availability")
MONTH = timedelta(days=30)
OBJECTIVE = Objective(
    slo=CHECKOUT, service=ServiceName("checkout"), target=Fraction(999, 1000), window=MONTH
)
QUIET = Alarm(Loudness.QUIET, "", Severity.SEV3, "", 0.0, is_exhausted=False, crossed=())
TICKET = replace(QUIET, loudness=Loudness.TICKET, burn=4.0)
PAGE = replace(QUIET, loudness=Loudness.PAGE, severity=Severity.SEV2, burn=20.0)
PAGED = Episode(
    "e", CHECKOUT, OBJECTIVE.generation, AT, Loudness.PAGE, 20.0, "", severity=Severity.SEV2
)
TICKETED = replace(PAGED, loudness=Loudness.TICKET, severity=Severity.SEV3, peak_burn=4.0)


@pytest.mark.parametrize(
    ("now", "before", "step"),
    [
        (QUIET, None, Step.NOTHING),
        (TICKET, None, Step.OPEN),
        (PAGE, None, Step.OPEN),
        (TICKET, TICKETED, Step.NOTHING),
        (PAGE, TICKETED, Step.LOUDER),
        (PAGE, PAGED, Step.NOTHING),
        (replace(PAGE, severity=Severity.SEV1), PAGED, Step.WORSE),
        (replace(PAGE, severity=Severity.SEV3), PAGED, Step.NOTHING),
        (replace(PAGE, burn=40.0), PAGED, Step.PEAK),
        (replace(PAGE, burn=21.0), PAGED, Step.NOTHING),
        (TICKET, PAGED, Step.CALM),
        (QUIET, PAGED, Step.CALM),
        (QUIET, replace(PAGED, calm_since=AT - 4 * MINUTE), Step.NOTHING),
        (QUIET, replace(PAGED, calm_since=AT - 5 * MINUTE), Step.CLOSE),
        (PAGE, replace(PAGED, calm_since=AT - 4 * MINUTE), Step.BURNS_AGAIN),
    ],
)
def test_what_happens_next(now: Alarm, before: Episode | None, step: Step) -> None:
    assert next_step(now, before, at=AT) is step


def test_a_ticket_about_what_was_just_paged_is_no_news_and_a_page_is() -> None:
    lately = AT - timedelta(hours=5)

    assert next_step(TICKET, None, at=AT, last_closed=lately) is Step.NOTHING
    assert next_step(PAGE, None, at=AT, last_closed=lately) is Step.OPEN
    assert next_step(TICKET, None, at=AT, last_closed=AT - timedelta(hours=6)) is Step.OPEN


def test_a_fix_is_given_time_to_show() -> None:
    assert next_step(PAGE, PAGED, at=AT, over_since=AT - 44 * MINUTE) is Step.NOTHING
    assert next_step(PAGE, PAGED, at=AT, over_since=AT - 45 * MINUTE) is Step.ANEW
    assert next_step(QUIET, PAGED, at=AT, over_since=AT - 45 * MINUTE) is Step.CALM


def asked(good: int, bad: int, announced: tuple[int, ...] = ()) -> Alarm:
    """What an SLO asks for that lost ``bad`` events long ago and is well now."""
    calm = Verdict(Loudness.QUIET, "no rule fires")
    budget = Budget(OBJECTIVE.budget, MONTH, Counts(good, bad))
    return alarm(OBJECTIVE, 1, calm, budget, announced)


def test_running_out_is_a_page_at_that_moment_only() -> None:
    first = asked(99_900, 100)
    later = asked(99_900, 100, announced=(25, 50, 75, 90, 100))

    assert (first.loudness, first.severity) == (Loudness.PAGE, Severity.SEV1)
    assert first.because == "100 % of the 30 d budget is spent"
    assert first.crossed == (25, 50, 75, 90, 100)
    assert (later.loudness, later.crossed) == (Loudness.QUIET, ())


def test_too_few_failures_announce_nothing() -> None:
    assert asked(100, 4).crossed == ()
    assert asked(100, 4).loudness is Loudness.QUIET
    assert asked(100, 5).crossed == (25, 50, 75, 90, 100)


def test_running_out_while_burning_says_both() -> None:
    rules = rules_for(OBJECTIVE.budget, MONTH)
    verdict = judge(
        dict.fromkeys(rules.windows, Counts(900, 100)), rules.apply, budget=OBJECTIVE.budget
    )
    budget = Budget(OBJECTIVE.budget, MONTH, Counts(900, 100))

    found = alarm(OBJECTIVE, 1, verdict, budget, ())

    assert found.because == (
        "10000 % of the 30 d budget is spent; "
        "burning 100x over 1 h and 100x over 5 min, the limit is 14.4x"
    )
    assert found.burn == 100.0


def test_notices_read_well() -> None:
    half = Budget(OBJECTIVE.budget, MONTH, Counts(999_480, 520))
    gone = Budget(OBJECTIVE.budget, MONTH, Counts(998_500, 1500))

    assert notice_in_words(50, half) == (
        "50 % of the 30 d budget is spent, 48 % is left (52 % of 1000 allowed failures)"
    )
    assert notice_in_words(100, gone) == (
        "100 % of the 30 d budget is spent, nothing is left (150 % of 1000 allowed failures)"
    )
