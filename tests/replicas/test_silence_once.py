"""Replicas that all notice a silence at the same moment (F42)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

from replicas.crowd import Crowd
from sqlalchemy import select

from incidents.actions import deadlines, housekeeping, sources
from incidents.actions.desk import Desk
from incidents.store.tables import effect

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)


def test_three_replicas_tell_a_silence_once_and_its_end_once(crowd: Crowd) -> None:
    settings = replace(crowd.desk.catalog.settings, sources={"grafana": EVERY})
    desks = [
        replace(app.desk, catalog=replace(app.desk.catalog, settings=settings))
        for app in crowd.apps
    ]
    together = Barrier(len(desks))

    def notice(desk: Desk) -> None:
        sources.watch(desk, START)
        together.wait()
        deadlines.tick(desk, housekeeping.HANDLERS, START + EVERY)
        together.wait()
        sources.hear(desk, "grafana", START + 2 * EVERY)

    with ThreadPoolExecutor(len(desks)) as replicas:
        list(replicas.map(notice, desks))

    with crowd.desk.look() as connection:
        keys = connection.execute(select(effect.c.key).order_by(effect.c.seq)).scalars().all()
    assert [key.split("/")[:4] for key in keys] == [
        ["ops", "source", "grafana", "silent"],
        ["ops", "source", "grafana", "back"],
    ]
