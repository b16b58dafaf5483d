"""``warroom doctor``: is the live set-up right, and what to do where it is not."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.cli import common
from bot.cli.common import AsJson


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at. ``state`` is ok, wrong or unreachable."""

    what: str
    state: str
    say: str


_MOST_SKEW = timedelta(seconds=2)
_MARKS = {"ok": "✔ ok", "wrong": "✖ wrong", "unreachable": "✖ unreachable"}


def doctor(as_json: AsJson = False) -> None:
    """Look at settings, configuration, database and Slack. Exit 1 for faults, 3 if unreachable."""
    looks = (_settings, _configuration, _database, _deliveries, _replicas, _disk, _backups)
    found = [look() for look in looks]
    found += _slack()
    rows = [[_MARKS[one.state], one.what, one.say] for one in found]
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
    return _try("configuration", lambda: f"{len(common.desk().catalog.services)} services")


def _database() -> Found:
    from incidents.store import migrate

    def look() -> str:
        store = common.desk().store
        return f"{store.url.get_backend_name()}, at revision {migrate.revision(store)}"

    return _try("database", look)


def _replicas() -> Found:
    """Who serves from this database, and whether their clocks agree."""
    from incidents.errors import Refused
    from incidents.queries.health import replicas_of

    def look() -> str:
        desk = common.desk()
        found = replicas_of(desk, common.now(desk))
        told = [f"{one.owner} {one.version} {one.skew.total_seconds():+.3f} s" for one in found]
        if any(abs(one.skew) > _MOST_SKEW for one in found):
            raise Refused(f"clocks differ: {', '.join(told)}.", instead="Set them by NTP.")
        return ", ".join(told) or "nobody serves from this database"

    return _try("replicas", look)


def _disk() -> Found:
    from incidents.errors import Refused
    from incidents.store import disk, host

    def look() -> str:
        settings, file = common.settings(), host.file_of(common.desk().store)
        own = (settings.warroom_spool_dir, settings.warroom_backup_dir, file and file.parent)
        room = disk.tightest(folder for folder in own if folder is not None)
        if room is not None and room.is_low:
            raise Refused(f"{room}.", instead="Make room before it is full.")
        return str(room)

    return _try("disk", look)


def _backups() -> Found:
    from incidents.actions import backups
    from incidents.errors import Refused

    def look() -> str:
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

    return _try("backups", look)


def _deliveries() -> Found:
    from incidents.errors import Refused
    from incidents.store import deliveries

    def look() -> str:
        with common.desk().look() as connection:
            found = deliveries.count_by(connection)
        waiting, dead = (
            sum(count for _, state, count in found if state == wanted)
            for wanted in ("waiting", "dead")
        )
        if dead:
            raise Refused(f"{dead} could not be worked on.", instead="warroom deliveries list")
        return f"{waiting} wait"

    return _try("deliveries", look)


def _try(what: str, look: Callable[[], str]) -> Found:
    from sqlalchemy.exc import SQLAlchemyError

    from incidents.errors import Unavailable, WarroomError

    try:
        return Found(what, "ok", look())
    except Unavailable as error:
        return Found(what, "unreachable", str(error))
    except WarroomError as error:
        return Found(what, "wrong", str(error).partition("\n")[0])
    except SQLAlchemyError as error:
        return Found(what, "unreachable", type(error).__name__)


def _slack() -> list[Found]:
    """Who we are there, which permissions are missing, and whether we are where we announce."""
    from bot.slack.client import SlackClient, SlackSays
    from bot.slack.manifest import SCOPES
    from incidents.actions.deliver import Ambiguous, NotSent, Throttled

    settings = common.settings()
    token = settings.slack_bot_token.get_secret_value()
    if not token:
        return [Found("Slack", "wrong", "SLACK_BOT_TOKEN is not set")]
    client = SlackClient(token, settings.warroom_slack_api_url)
    try:
        me, granted = client.identify()
    except SlackSays as error:
        return [Found("Slack", "wrong", str(error))]
    except (NotSent, Throttled, Ambiguous) as error:
        return [Found("Slack", "unreachable", str(error))]
    finally:
        client.close()
    found = [Found("Slack", "ok", f"{me['user']} in {me['team']}")]
    missing = sorted(set(SCOPES) - granted)
    found += [Found(f"scope {one}", "wrong", f"missing: {SCOPES[one]}") for one in missing]
    if missing:
        say = "install the app again from `warroom slack manifest`"
        found.append(Found("scopes", "wrong", say))
    return found
