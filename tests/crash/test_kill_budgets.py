"""``kill -9`` of a process that counts: no budget changes, nothing is lost, or said twice."""

import random
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from actions.traffic import START
from crash.budgets import OBJECTIVES, POINTS, Diary, Lives, desk_on, happened, moment
from crash.fleet import forks
from sqlalchemy import select

from incidents.actions.watching import watch
from incidents.model.objective import Counts, SLOName
from incidents.queries.counting import budgets_at
from incidents.store import slo
from incidents.store.engine import Store
from incidents.store.sli_journal import TIERS
from incidents.store.slo_tables import depletion, episode
from incidents.store.tables import effect, incident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUICK = ("work.committing", "slo.taken", "slo.sorting", "slo.counted", "slo.snapping")
Buckets = Mapping[datetime, tuple[int, int]]


def test_killed_at_some_points_and_at_any_moment_no_budget_changes(
    tmp_path: Path, sqlite_template: Path
) -> None:
    killed_again_and_again(tmp_path, sqlite_template, seed=1, points=QUICK, each=1, moments=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_killed_a_hundred_times_at_every_point_no_budget_changes(
    tmp_path: Path, sqlite_template: Path, seed: int
) -> None:
    killed_again_and_again(tmp_path, sqlite_template, seed=seed, points=POINTS, each=6, moments=40)


def killed_again_and_again(
    folder: Path, template: Path, *, seed: int, points: Sequence[str], each: int, moments: int
) -> None:
    chance = random.Random(seed)
    killed, whole = (lives(folder / name, template, seed) for name in ("killed", "whole"))
    while left := [one for one in points if killed.diary.deaths[one] < each]:
        killed.dies_at(left)
    for _ in range(moments):
        killed.dies_after(chance.uniform(0.02, 0.25))
    minutes = killed.diary.acknowledged + 3

    killed.goes_on(minutes)
    whole.goes_on(minutes)

    assert killed.diary.deaths == dict.fromkeys(points, each)
    assert killed.count == each * len(points) + moments + 1
    adds_up(killed.url, happened(seed, minutes), moment(minutes - 1))
    assert said(killed.url) == said(whole.url)
    assert said(killed.url)["episode"]


def lives(folder: Path, template: Path, seed: int) -> Lives:
    folder.mkdir()
    shutil.copy(template, folder / "warroom.db")
    url = f"sqlite:///{folder / 'warroom.db'}"
    return Lives(forks("crash.budgets"), url, Diary(folder / "diary"), seed)


def adds_up(url: str, counted: Mapping[SLOName, Buckets], until: datetime) -> None:
    """Buckets, budgets and the rings of whoever starts now are what was sent, each once."""
    store = Store(url)
    desk = desk_on(store)
    rings = watch(desk, until).rings
    with store.read() as connection:
        budgets = budgets_at(connection, OBJECTIVES, until)
        for name, buckets in counted.items():
            for tier in TIERS:
                held = slo.history(connection, name, tier, START - DAY, until + DAY)
                assert {at: one for at, one in held if one.total} == coarser(buckets, tier.size)
    for objective in OBJECTIVES:
        buckets = counted[objective.series]
        assert budgets[objective.slo].counts == summed(buckets, START - DAY, until)
        for window in rings.windows:
            found = rings.figures(objective.series, [window]).counts[window]
            assert found == summed(buckets, begin_of(window, until), until), window
        if objective.calendar is not None:
            since = rings.since(objective.calendar, objective.series)
            assert since == summed(buckets, START - DAY, until)
    store.close()


def coarser(buckets: Buckets, size: timedelta) -> dict[datetime, Counts]:
    found: dict[datetime, Counts] = {}
    for at, counts in buckets.items():
        begin = at - (at - START) % size
        found[begin] = found.get(begin, Counts(0, 0)) + Counts(*counts)
    return {at: one for at, one in found.items() if one.total}


def summed(buckets: Buckets, begin: datetime, until: datetime) -> Counts:
    some = [counts for at, counts in buckets.items() if begin <= at < until]
    return Counts(sum(good for good, _ in some), sum(bad for _, bad in some))


def begin_of(window: timedelta, until: datetime) -> datetime:
    """A window begins with a whole bucket of the finest kind that is kept for as long."""
    sizes = {6 * HOUR: timedelta(seconds=10), 3 * DAY: timedelta(minutes=5)}
    size = next((one for span, one in sizes.items() if window <= span), HOUR)
    return until + (START - until) % size - window


def said(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was said of budgets, and to whom, but for the names that are drawn by lot.

    Of effects how many of each kind: who begins anew may edit a card a tick earlier, not once more.
    """
    store = Store(url)
    asked = {
        "episode": select(*[one for one in episode.c if one.name != "id"]),
        "notice": select(depletion),
        "incident": select(incident.c.number, incident.c.title, incident.c.declared_at),
        "effect": select(effect.c.kind),
    }
    with store.read() as connection:
        found = {
            name: sorted((tuple(row) for row in connection.execute(query)), key=repr)
            for name, query in asked.items()
        }
    store.close()
    return found
