"""``warroom doctor``: is the live set-up right, and what to do where it is not."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from bot.cli import common
from bot.cli.common import AsJson
from bot.cli.found import MARKS, Found, look
from bot.cli.pager_checkup import pagers
from bot.cli.probe import checkup as probes
from bot.cli.prometheus_checkup import prometheus
from bot.cli.slack_checkup import slack

_MOST_SKEW = timedelta(seconds=2)


def doctor(
    as_json: AsJson = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Write into the ops channel, and wait for the echo.")
    ] = False,
) -> None:
    """Look at settings, configuration, database and Slack. Exit 1 for faults, 3 if unreachable."""
    looks = (_settings, _configuration, _database, _calendars, _deliveries)
    found = [see() for see in (*looks, _replicas, _disk, _backups)]
    found += pagers()
    found += prometheus()
    found += probes()
    found += slack(probe=probe)
    rows = [[MARKS[one.state], one.what, one.say] for one in found]
    value = [{"what": one.what, "state": one.state, "say": one.say} for one in found]
    common.show({"checks": value}, rows, as_json=as_json)
    states = {one.state for one in found}
    sys.exit(3 if "unreachable" in states else 1 if "wrong" in states else 0)


def _settings() -> Found:
    from bot.settings import BadSettings, needed_to_serve

    try:
        missing = needed_to_serve(common.settings())
    except BadSettings as error:
        return Found("settings", "wrong", str(error))
    if missing:
        return Found("settings", "wrong", f"missing: {', '.join(missing)}")
    return Found("settings", "ok", "everything that serving needs is set")


def _configuration() -> Found:
    return look("configuration", lambda: f"{len(common.desk().catalog.services)} services")


def _database() -> Found:
    from incidents.store import migrate

    def see() -> str:
        store = common.desk().store
        return f"{store.url.get_backend_name()}, at revision {migrate.revision(store)}"

    return look("database", see)


def _calendars() -> Found:
    """Whether everybody answers who plans on-call for us."""
    from incidents.errors import Refused
    from incidents.store import oncall

    def see() -> str:
        desk = common.desk()
        planned = [one.name for one in desk.catalog.rotations.values() if one.feed]
        with desk.look() as connection:
            fetched = oncall.feeds(connection)
        silent = [name for name in planned if name not in fetched]
        broken = [f"{name}: {fetched[name].error}" for name in planned
                  if name in fetched and fetched[name].error]  # fmt: skip
        if broken:
            raise Refused(f"{'; '.join(broken)}.", instead="The last good copy is used meanwhile.")
        if silent:
            return f"{', '.join(silent)} not fetched yet: that begins with `warroom serve`"
        return f"{len(planned)} answer" if planned else "on-call is planned in our own files"

    return look("calendars", see)


def _replicas() -> Found:
    """Who serves from this database, and whether their clocks agree."""
    from incidents.errors import Refused
    from incidents.queries.health import replicas_of

    def see() -> str:
        desk = common.desk()
        found = replicas_of(desk, common.now(desk))
        told = [f"{one.owner} {one.version} {one.skew.total_seconds():+.3f} s" for one in found]
        if any(abs(one.skew) > _MOST_SKEW for one in found):
            raise Refused(f"clocks differ: {', '.join(told)}.", instead="Set them by NTP.")
        return ", ".join(told) or "nobody serves from this database"

    return look("replicas", see)


def _disk() -> Found:
    from incidents.errors import Refused
    from incidents.store import disk, host

    def see() -> str:
        settings, file = common.settings(), host.file_of(common.desk().store)
        own = (settings.warroom_spool_dir, settings.warroom_backup_dir, file and file.parent)
        room = disk.tightest(folder for folder in own if folder is not None)
        if room is not None and room.is_low:
            raise Refused(f"{room}.", instead="Make room before it is full.")
        return str(room)

    return look("disk", see)


def _backups() -> Found:
    from incidents.actions import backups
    from incidents.errors import Refused

    def see() -> str:
        settings = common.settings()
        if settings.warroom_backup_dir is None:
            return "none are scheduled: WARROOM_BACKUP_DIR is not set"
        kept = backups.kept(settings.warroom_backup_dir)
        if not kept:
            raise Refused("There is no backup yet.", instead="Is `warroom serve` running?")
        age = common.now() - backups.taken_at(kept[-1])
        if age > 2 * timedelta(hours=settings.warroom_backup_hours):
            raise Refused(f"The newest, {kept[-1]}, is {age.total_seconds() / 3600:.0f} h old.")
        return f"{len(kept)}, the newest {age.total_seconds() / 3600:.1f} h old"

    return look("backups", see)


def _deliveries() -> Found:
    from incidents.errors import Refused
    from incidents.store import deliveries

    def see() -> str:
        with common.desk().look() as connection:
            found = deliveries.count_by(connection)
        waiting, dead = (
            sum(count for _, state, count in found if state == wanted)
            for wanted in ("waiting", "dead")
        )
        if dead:
            raise Refused(f"{dead} could not be worked on.", instead="warroom deliveries list")
        return f"{waiting} wait"

    return look("deliveries", see)
