"""A monitoring system that is silent may be dead: who runs the bot is told, once, and untold.

How often a source should be heard is in ``warroom.yaml``. For each there is one row that is due
when its silence has lasted too long. It looks at when the source was heard last, and is put off if
that was not long ago: so a webhook only ever notes the time, and what replicas do is done once.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from incidents.actions.desk import CLOCK, Desk, Work
from incidents.actions.ops import tell_ops
from incidents.model.objective import in_words
from incidents.store import due, sources
from incidents.store.due import Due
from incidents.store.sources import Source
from incidents.store.types import to_micros

_KIND = "source_due"
NOTED_EVERY = timedelta(seconds=10)  # a source that is heard more often need not be noted


def watch(desk: Desk, now: datetime) -> int:
    """Listen for every source that the configuration names. How many were not listened for."""
    expected = desk.catalog.settings.sources
    with desk.look() as connection:
        known = sources.named(connection, expected)
        unwatched = [name for name in expected if not _is_watched(desk, connection, known, name)]
    for name in sorted(unwatched):
        with desk.work(CLOCK, now) as work:
            sources.begin(work.connection, name, now)
            found = sources.lock(work.connection, name)
            if found is not None and found.silent_since is None:
                _look_again(work, name, found.seen_at)
    return len(unwatched)


def hear(desk: Desk, name: str, now: datetime) -> None:
    """Something came of the source ``name``. If it was silent, people are told that it is back."""
    with desk.work(CLOCK, now) as work:
        is_new = sources.begin(work.connection, name, now)
        before = sources.lock(work.connection, name)
        if before is None or (not is_new and now <= before.seen_at):
            return
        sources.heard(work.connection, name, now)
        if before.silent_since is not None:
            _take_back(work, before, before.silent_since)
        if is_new or before.silent_since is not None:
            _look_again(work, name, now)


def miss(work: Work, row: Due) -> None:
    """The time is up: either it was heard meanwhile, or people are told."""
    name = str(row.args["source"])
    every = work.desk.catalog.settings.sources.get(name)
    found = sources.lock(work.connection, name)
    if every is None or found is None or found.silent_since is not None:
        return
    if work.now - found.seen_at < every:
        _look_again(work, name, found.seen_at)
        return
    sources.silent(work.connection, name, found.seen_at)
    tell_ops(
        work,
        f"source/{name}/silent/{to_micros(found.seen_at)}",
        f"{name} is silent",
        f"Nothing has come from it since {found.seen_at:%Y-%m-%d %H:%M} UTC; "
        f"it should be heard every {in_words(every)}.",
        "Until it is back, nobody may hear of an outage: look at it, and at its webhook.",
    )


def _take_back(work: Work, before: Source, since: datetime) -> None:
    tell_ops(
        work,
        f"source/{before.name}/back/{to_micros(since)}",
        f"{before.name} is heard again",
        f"It was silent for {in_words(work.now - since)}, since {since:%Y-%m-%d %H:%M} UTC.",
    )


def _look_again(work: Work, name: str, seen_at: datetime) -> None:
    every = work.desk.catalog.settings.sources.get(name)
    if every is not None:
        at = seen_at + every
        work.later(f"source/{name}/{to_micros(at)}", _KIND, at, {"source": name})


def _is_watched(desk: Desk, connection: Connection, known: dict[str, Source], name: str) -> bool:
    """Whether its silence will be noticed in time; not so once its time was made shorter."""
    found = known.get(name)
    if found is None:
        return False
    if found.silent_since is not None:
        return True
    wanted = found.seen_at + desk.catalog.settings.sources[name]
    return any(one.due_at <= wanted for one in due.pending(connection, f"source/{name}/"))
