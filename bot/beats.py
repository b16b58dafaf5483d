"""What is done again and again, and how often. What is due, and was done, is in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot import pulling
from bot.clock import SyncedClock
from bot.prometheus import prometheus_of
from bot.pulling import Puller
from bot.web.health import unfit
from bot.worker import Beat
from incidents.actions import (
    auditing,
    backups,
    commanding,
    contrasting,
    costing,
    housekeeping,
    kit,
    nudging,
    policies,
    reconcile,
    sources,
    window_feeds,
)
from incidents.actions.deliver import Ambiguous, Dead, NotSent, Throttled
from incidents.actions.samples import sort_in
from incidents.actions.slo import tidy
from incidents.model import shards
from incidents.store.host import EVERY

if TYPE_CHECKING:
    from bot.app import App

log = structlog.get_logger(__name__)

_HEARTBEAT_SECONDS, _REDIRECT = 10.0, 300
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def beats_of(app: App) -> list[Beat]:
    """Every beat of a process that serves."""
    return [*_standing(app), *_response(app), *_upkeep(app)]


def _standing(app: App) -> Iterator[Beat]:
    """Are we fit to work, on time, connected, and is everything in that waited for us?"""
    clock = app.clock
    yield Beat("presence", EVERY, lambda: app.seat.beat(clock(), app.skew()))
    yield Beat("gate", EVERY, app.gate.look)
    yield Beat("spool", _SECOND, lambda: app.spool.play(app.reception.play))
    yield Beat("directory", 5 * _SECOND, lambda: _introduce(app))
    if app.sockets is not None:
        yield Beat("socket", 5 * _SECOND, app.sockets.keep)
    if app.settings.warroom_heartbeat_url.get_secret_value():
        yield Beat("heartbeat", _MINUTE, lambda: _show_life(app))
    if isinstance(clock, SyncedClock):
        yield Beat("clock", 10 * _SECOND, clock.sync)


def _response(app: App) -> Iterator[Beat]:
    """What incidents need: deadlines, budgets, effects that were left behind, rooms as recorded."""
    guarded = app.gate.guarded
    yield Beat("due", _SECOND, guarded(app.fire), vital=True)
    yield Beat("slo_shards", shards.EVERY, guarded(app.hold_budgets))
    yield Beat("slo", 10 * _SECOND, guarded(app.evaluate), vital=True)
    yield Beat("counts", 10 * _SECOND, lambda: sort_in(app.desk))
    prometheus = prometheus_of(app.settings, app.outgoing)
    if prometheus is not None:
        puller = Puller(app.desk, prometheus, app.clock)
        yield Beat("prometheus", pulling.EVERY, guarded(puller.pull))
    yield Beat(
        "contrasts", _MINUTE, guarded(lambda: contrasting.look_around(app.desk, app.clock()))
    )
    if app.prober.probes:
        yield Beat("probes", _SECOND, guarded(lambda: len(app.prober.beat())))
    yield Beat("deliveries", _SECOND, guarded(app.work_off))
    yield Beat("leases", 5 * _SECOND, app.deliverer.recover)
    yield Beat("reconcile", _MINUTE, guarded(lambda: reconcile.plan_all(app.desk, app.clock())))
    yield Beat("costs", _MINUTE, guarded(lambda: costing.keep_up(app.desk, app.clock())))
    yield Beat("silence", _MINUTE, guarded(lambda: policies.watch_silence(app.desk, app.clock())))
    yield Beat("quarters", _HOUR, guarded(lambda: policies.look_back(app.desk, app.clock())))
    yield Beat("nudges", _MINUTE, guarded(lambda: nudging.look_around(app.desk, app.clock())))


def _upkeep(app: App) -> Iterator[Beat]:
    """What keeps the house in order."""
    desk, clock, guarded = app.desk, app.clock, app.gate.guarded
    yield Beat("housekeeping", _HOUR, lambda: housekeeping.sweep(desk, clock()))
    yield Beat("sources", _MINUTE, app.gate.guarded(lambda: sources.watch(desk, clock())))
    yield Beat("oncall", _MINUTE, app.gate.guarded(app.read_feeds))
    yield Beat("slo_snapshots", 5 * _MINUTE, guarded(app.keep_counts))
    yield Beat("windows", window_feeds.EVERY, app.gate.guarded(app.read_window_feeds))
    yield Beat("old_counts", _HOUR, lambda: tidy(desk, clock()))
    yield Beat("disk", 30 * _SECOND, lambda: _warn_of_disk(app))
    if app.settings.warroom_backup_dir is not None:
        folder = app.settings.warroom_backup_dir
        yield Beat("backups", 5 * _MINUTE, lambda: _back_up(app, folder))
    if app.settings.warroom_offline_kit_dir is not None:
        out, folders = app.settings.warroom_offline_kit_dir, app.runbook_folders
        yield Beat("offline_kit", _HOUR, lambda: kit.write(desk, out, folders, clock()))
    if app.settings.warroom_audit_anchor is not None:
        path = app.settings.warroom_audit_anchor
        yield Beat("anchor", _MINUTE, lambda: auditing.anchor(desk, path, clock()))


def _show_life(app: App) -> None:
    """Whoever waits for this raises the alarm when it stays away; so it does, unless we are fit."""
    missing = unfit(app)
    if missing:
        log.warning("heartbeat_withheld", because=missing)
        return
    url = app.settings.warroom_heartbeat_url.get_secret_value()
    try:
        status = app.outgoing.get(url, seconds=_HEARTBEAT_SECONDS).status
    except (NotSent, Ambiguous, Dead) as error:  # its words name the host, and not the address
        log.warning("heartbeat_failed", because=str(error))
        return
    if status >= _REDIRECT:
        log.warning("heartbeat_refused", status=status)


def _introduce(app: App) -> None:
    """Learn who we are and who they are, as soon as Slack answers."""
    if app.identity.me.user_id:
        return
    try:
        app.identity.introduce()
        app.identity.learn_everybody()
        commanding.propose_where_missing(app.desk, app.clock())
    except (NotSent, Throttled, Ambiguous, Dead) as error:
        log.warning("slack_unreachable", because=str(error))


def _warn_of_disk(app: App) -> None:
    room = app.disk()
    if room is not None and room.is_low:
        log.warning("disk_low", room=str(room))


def _back_up(app: App, folder: Path) -> None:
    settings = app.settings
    made = backups.due(
        app.desk.store,
        folder,
        app.clock(),
        every=timedelta(hours=settings.warroom_backup_hours),
        keep=settings.warroom_backup_keep,
        key=settings.warroom_backup_key.get_secret_value(),
    )
    if made is not None:
        log.info("backup_taken", path=str(made.path), rows=made.rows, bytes=made.size)
