"""During a rolling upgrade the older processes take no more work, and say so."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from web.conftest import fetch
from world import World

from bot.gate import Gate
from incidents.actions.declare import Declare, declare
from incidents.actions.desk import Origin
from incidents.model.ids import PersonId
from incidents.model.text import UserText
from incidents.store import due, migrate, outbox_view
from incidents.store.engine import Store

ROOT = Path(__file__).parents[2]
PORT = 47110


def stamp(store: Store, revision: str) -> None:
    """As if another version had migrated."""
    with store.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def test_a_gate_is_closed_while_anybody_objects_and_says_why() -> None:
    objections = {"schema": "", "host": ""}
    gate = Gate([lambda: objections["schema"], lambda: objections["host"]])
    work = gate.guarded(lambda: 3)

    seen = []
    for said in ("", "Too old.", ""):
        objections["schema"] = said
        gate.look()
        seen.append((gate.is_open, gate.because, work()))

    assert seen == [(True, "", 3), (False, "Too old.", 0), (True, "", 3)]


def test_a_process_on_a_newer_schema_claims_no_effect_and_nothing_due(world: World) -> None:
    app, now = world.app, world.clock()
    order = Declare(UserText("checkout 5xx"), services=("checkout",))
    declare(app.desk, order, by=Origin(PersonId("cli:ana"), "cli"), now=now)
    world.clock.pass_(timedelta(hours=2))  # its first update is due long since
    stamp(app.desk.store, "9999")

    app.gate.look()
    fire = next(beat.call for beat in app.worker._beats if beat.name == "due")
    refused = (app.worker._carry(), fire())
    with app.desk.look() as connection:
        waiting, late = outbox_view.backlog(connection)[0], due.late(connection, world.clock())
    answer = fetch(world, "/readyz")
    stamp(app.desk.store, str(migrate.head()))
    app.gate.look()

    assert refused == (0, 0)
    assert waiting > 0
    assert late > 0
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "failing"
    assert app.worker._carry() > 0
    assert fire() > 0


def test_an_older_schema_is_told_apart_from_a_newer_one(store: Store) -> None:
    fits = migrate.unfit(store)
    stamp(store, "0001")
    older, known = migrate.unfit(store), migrate.is_known(store)
    stamp(store, "9999")
    newer, unknown = migrate.unfit(store), migrate.is_known(store)

    assert fits == ""
    assert (known, unknown) == (True, False)
    assert older == f"The database is at revision 0001, this version needs {migrate.head()}."
    assert newer.startswith("The database has revision 9999, which this version does not know")


@pytest.mark.slow
def test_a_serving_process_notices_a_newer_schema_within_ten_seconds(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--port", str(PORT)], cwd=ROOT, stdout=out,
            stderr=out, env={
                **os.environ, "WARROOM_DATABASE_URL": database_url, "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_SIGNING_SECRET": "s", "WARROOM_SLACK_API_URL": "http://127.0.0.1:9/",
                "WARROOM_LOG": "json",
            },
        )  # fmt: skip
    try:
        before = wait_for_check("migrations", "ok")
        stamp(store, "9999")
        begun = time.monotonic()
        after = wait_for_check("migrations", "failing")
        while "work_refused" not in log.read_text() and time.monotonic() < begun + 10:
            time.sleep(0.1)
        took = time.monotonic() - begun
    finally:
        process.terminate()
        process.wait(timeout=30)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert (before, after) == ("ok", "failing")
    assert took < 10
    assert [line for line in lines if line.get("event") == "work_refused"]


def wait_for_check(name: str, word: str) -> str:
    """What ``/readyz`` says of one thing, as soon as it says ``word``."""
    found = ""
    deadline = time.monotonic() + 30
    while found != word and time.monotonic() < deadline:
        try:
            found = httpx.get(f"http://127.0.0.1:{PORT}/readyz").json()["checks"][name]
        except httpx.ConnectError:
            time.sleep(0.1)
    return found
