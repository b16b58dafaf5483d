"""The proof: replicas are killed at random while people work, and in the end nothing is wrong.

    .ci/run crash [--kills N] [--replicas N] [--database sqlite|postgresql] [--no-probe]

Without arguments: one replica on SQLite and three on PostgreSQL, 300 kills each. Exit code 1 if
anything was lost, doubled, orphaned or out of order, or if recovery took too long. With
``--no-probe`` the bot does not look before it repeats itself, and the check has to fail.
"""

import argparse
import itertools
import json
import multiprocessing.process
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from crash import fleet, outside, replica
from crash.crowd import SERVICES, Crowd
from crash.fleet import Fleet, free_port, taken_up_after
from crash.verdict import Verdict, judge, read_slack
from postgres import Server
from sqlalchemy import func, select

from bot.app import build_desk
from bot.clock import utc_now
from bot.settings import Settings
from incidents import assets
from incidents.actions import reconcile
from incidents.actions.desk import CLOCK, Desk
from incidents.actions.tokens import create_token
from incidents.store import incidents
from incidents.store.engine import Store
from incidents.store.tables import effect

WRONG = ("lost", "doubled", "orphaned", "out of order")
_ALLOWED = replica.LEASE + timedelta(seconds=5)
_BACKLOG = 120  # effects under way, above which nobody adds to them
_REST_WITHIN = 120.0  # seconds from the last kill until nothing is left to do
_DURING_START = 0.1  # of the kills
_SHOWN = 12  # findings that are named


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do to whom."""

    database: str
    replicas: int
    kills: int
    is_probing: bool = True
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row of the table."""

    plan: Plan
    kills: int
    kills_with_work: int
    verdict: Verdict
    recovery: list[float]
    seconds: float
    broke: list[str]

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        is_in_time = self.slowest <= _ALLOWED.total_seconds()
        return is_in_time and not self.broke and not any(map(self.verdict.count, WRONG))

    @property
    def slowest(self) -> float:
        """The longest recovery, in seconds."""
        return max(self.recovery, default=0.0)


def main() -> int:
    """Run the plans and print the table."""
    reader = argparse.ArgumentParser(prog=".ci/run crash", description=__doc__.partition("\n")[0])
    reader.add_argument("--kills", type=int, default=300)
    reader.add_argument("--replicas", type=int)
    reader.add_argument("--database", choices=("sqlite", "postgresql"))
    reader.add_argument("--no-probe", action="store_true")
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--keep", action="store_true", help="keep logs and databases")
    given = reader.parse_args()
    databases = [given.database] if given.database else ["sqlite", "postgresql"]
    usual = {"sqlite": 1, "postgresql": 3}
    outcomes = []
    for name in databases:
        count = given.replicas or usual[name]
        plan = Plan(name, count, given.kills, not given.no_probe, given.seed)
        outcomes.append(prove(plan, keep=given.keep))
    print(table(outcomes))
    for problem in itertools.chain.from_iterable(map(problems, outcomes)):
        print(problem)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def prove(plan: Plan, *, keep: bool = False) -> Outcome:
    """Kill as often as ``plan`` says, while people work; then look what is true."""
    folder = Path(tempfile.mkdtemp(prefix="warroom-crash-"))
    say(f"{plan.database}, {plan.replicas} replicas, {plan.kills} kills; logs in {folder}")
    try:
        with _database(plan, folder) as url:
            return _prove(plan, folder, url)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _prove(plan: Plan, folder: Path, database_url: str) -> Outcome:
    config = write_config(folder / "config")
    settings = Settings(warroom_database_url=database_url, warroom_config_dir=config)
    desk = build_desk(settings)
    ports = [free_port() for _ in range(plan.replicas)]
    state = folder / "workspace.db"
    stage = outside.Stage(free_port(), ports, state, config, plan.seed)
    slack_url = f"http://127.0.0.1:{stage.port}"
    places = [
        replica.Place(port, database_url, slack_url, config, folder / f"replica-{index}.log",
                      plan.is_probing)
        for index, port in enumerate(ports)
    ]  # fmt: skip
    begun = time.monotonic()
    with _slack(stage):
        replicas = Fleet(places, desk.store, seed=plan.seed)
        token = create_token(desk, "crowd", ("hooks:write",), utc_now())
        crowd = Crowd(slack_url, ports, token, seed=plan.seed)
        try:
            replicas.start()
            crowd.start(people=3, senders=1)
            _kill(plan, replicas, crowd, desk.store)
            crowd.stop()
            httpx.delete(f"{slack_url}/workspace/faults", trust_env=False)
            replicas.wait()
            _rest(desk.store, state)
            _look_at_every_room(desk)  # as it happens in a minute, of very many rooms in a few
            _rest(desk.store, state)
        finally:
            crowd.stop()
            replicas.stop()
    verdict = judge(desk.store, read_slack(state), crowd.memory)
    held = taken_up_after([place.log for place in places], replicas.recovery)
    recovery = [*replicas.recovery.served, *held.values()]
    slowest = max(held, key=held.__getitem__, default="")
    say(f"slowest: answers again {max(replicas.recovery.served, default=0.0):.1f} s, "
        f"carries on {held.get(slowest, 0.0):.1f} s ({slowest})")  # fmt: skip
    desk.store.close()
    seconds = time.monotonic() - begun
    outcome = Outcome(plan, replicas.kills, replicas.kills_with_work, verdict, recovery, seconds,
                      crowd.memory.broke)  # fmt: skip
    _tell(outcome, crowd)
    return outcome


def _kill(plan: Plan, replicas: Fleet, crowd: Crowd, store: Store) -> None:
    """Until enough have died. Who is about to start is killed too, now and then."""
    chance, told = random.Random(plan.seed), 0
    while replicas.kills < plan.kills:
        if chance.random() < _DURING_START:
            time.sleep(chance.uniform(0.1, 0.5))
        else:
            replicas.wait_for_work(seconds=2.0)
            time.sleep(chance.uniform(0.0, 0.4))
        replicas.strike()
        waiting = backlog(store)
        crowd.wait_a_little(is_too_much=waiting > _BACKLOG)
        (crowd.may_declare.set if waiting < _BACKLOG // 2 else crowd.may_declare.clear)()
        if replicas.kills // 25 > told:
            told = replicas.kills // 25
            said = len(crowd.memory.inputs)
            say(f"{replicas.kills} kills, {len(crowd.memory.rooms)} rooms, {said} inputs, "
                f"{waiting} effects under way")  # fmt: skip


def _look_at_every_room(desk: Desk) -> None:
    with desk.look() as connection:
        rooms = [one.room for one in incidents.open_ones(connection) if one.room]
    for room in rooms:
        reconcile.look_at(desk, room, by=CLOCK, now=utc_now())


def _rest(store: Store, state: Path) -> None:
    """Wait until there is nothing left to carry or to deliver. What stays is a finding."""
    deadline, quiet = time.monotonic() + _REST_WITHIN, 0
    while quiet < 3 and time.monotonic() < deadline:
        time.sleep(0.5)
        is_busy = backlog(store) or _undelivered(state)
        quiet = 0 if is_busy else quiet + 1


def backlog(store: Store) -> int:
    """How many effects are under way."""
    query = select(func.count()).where(effect.c.state.in_(("pending", "inflight")))
    with store.read() as connection:
        return int(connection.execute(query.select_from(effect)).scalar_one())


def _undelivered(state: Path) -> int:
    import sqlite3

    with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as db:
        return int(db.execute("SELECT count(*) FROM entity WHERE kind = 'pending'").fetchone()[0])


@contextmanager
def _database(plan: Plan, folder: Path) -> Iterator[str]:
    if plan.database == "sqlite":
        yield f"sqlite:///{folder / 'warroom.db'}"
        return
    server = Server()
    try:
        yield server.url(server.database())
    finally:
        server.stop()


@contextmanager
def _slack(stage: outside.Stage) -> Iterator[multiprocessing.process.BaseProcess]:
    process = fleet.forks().Process(target=outside.serve, args=(stage,), daemon=True)
    process.start()
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{stage.port}/workspace/faults", trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            break
    try:
        yield process
    finally:
        process.kill()
        process.join()


def write_config(folder: Path) -> Path:
    """The example organisation, with many more services, each an outage of its own."""
    shutil.copytree(assets.folder("templates") / "init", folder)
    many = [{"name": name, "title": name, "tier": 3, "team": "platform"} for name in SERVICES]
    (folder / "services" / "many.yaml").write_text(json.dumps({"services": many}))
    return folder


def _tell(outcome: Outcome, crowd: Crowd) -> None:
    """What the table is made of."""
    accepted = sum(one.is_accepted for one in crowd.memory.inputs)
    say(f"{len(crowd.memory.inputs)} inputs, {accepted} of them accepted")
    say(f"{outcome.kills_with_work} of {outcome.kills} kills hit somebody with work in hand")
    for why, times in crowd.memory.refused.most_common(6):
        say(f"{times} times not accepted: {why}")


def problems(outcome: Outcome) -> Iterator[str]:
    """What is wrong, each with its name."""
    of = outcome.plan.database
    for what, findings in outcome.verdict.findings.items():
        yield from (f"{of}: {what}: {finding}" for finding in findings[:_SHOWN])
    yield from (f"{of}: an error of ours: {broke}" for broke in outcome.broke[:_SHOWN])
    if outcome.slowest > _ALLOWED.total_seconds():
        yield f"{of}: recovery took longer than {_ALLOWED.total_seconds():g} s"


def table(outcomes: list[Outcome]) -> str:
    """One line for each run."""
    heads = ("database", "replicas", "kills", "rooms", "messages", *WRONG,
             "lease", "recovery p50", "max", "seconds")  # fmt: skip
    rows = [heads, *map(_row, outcomes)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
             for row in rows]  # fmt: skip
    return "\n".join(lines)


def _row(outcome: Outcome) -> tuple[str, ...]:
    plan, verdict = outcome.plan, outcome.verdict
    typical = statistics.median(outcome.recovery or [0.0])
    name = plan.database if plan.is_probing else f"{plan.database}, no probe"
    counts = (plan.replicas, outcome.kills, verdict.rooms, verdict.messages)
    wrong = map(verdict.count, WRONG)
    lease = f"{replica.LEASE.total_seconds():g} s"
    times = (lease, f"{typical:.1f} s", f"{outcome.slowest:.1f} s")
    return (name, *map(str, counts), *map(str, wrong), *times, f"{outcome.seconds:.0f}")


def say(words: str) -> None:
    """Progress, on the way."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
