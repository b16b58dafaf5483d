"""F69: no secret is found in a log, an answer, a file, the database or a traceback.

Every secret that can be set is a canary, also those of tomorrow: whatever `Settings` keeps as a
`SecretStr`. An incident is lived through while everything fails that can fail.
"""

import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import structlog
from hostile.living import Life, live
from hostile.sizes import sized
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from world import World

from bot import logs
from bot.couriers.fallback import read_mail_server, read_webhook
from bot.emulator import Fault
from bot.settings import BadSettings, Settings, read_settings
from bot.slack import guard
from incidents.actions import updates
from incidents.errors import Unavailable
from incidents.store import tables

CANARY = re.compile(r"canary-|embedded-signing-secret|xoxb-embedded-bot|xapp-embedded-app")
SHAPES = {
    "warroom_fallback_smtp_url": "smtp+plain://mail-user:canary-word@127.0.0.1:9",
    "warroom_fallback_webhook_url": "http://127.0.0.1:9/canary-path?key=canary-key",
    "warroom_pagerduty_keys": "default=canary-pagerduty-0123456789abcdef",
    "warroom_goalert_keys": "default=canary-goalert-0123456789abcdef",
    "warroom_audit_old_keys": " ".join(f"canary-{age}-key-{'0123456789' * 3}" for age in "12"),
}
"""Secrets of which not every text will do."""

TEXTS = ("checkout 5xx", "=1+1", "<!here>", "it is {{ 7 * 7 }}", "a\nb", "{0}", "%s")
PATHS = (
    "/", "/healthz", "/readyz", "/metrics", "/version", "/incidents/INC-1", "/slos", "/status",
    "/incidents/INC-1/postmortem", "/actions", "/help", "/nowhere", "/api/v1/openapi.json",
    "/api/v1/incidents", "/api/v1/incidents/INC-1/timeline", "/api/v1/slos",
)  # fmt: skip


def canaries() -> dict[str, str]:
    """A value with a canary in it for every secret that can be set."""
    fields = Settings.model_fields.items()
    names = [name for name, field in fields if field.annotation is SecretStr]
    return {name: SHAPES.get(name, f"canary-{name}-0123456789abcdef0123456789") for name in names}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, down to the last detail: as JSON and as text."""
    root = logging.getLogger()
    before, level, config = root.handlers[:], root.level, structlog.get_config()
    quiet = {name: logging.getLogger(name).level for name in logs._LOUD}
    sink = io.StringIO()
    logs.configure("json", secrets=canaries().values(), level="DEBUG", stream=sink)
    as_json = root.handlers[:]
    logs.configure("text", secrets=canaries().values(), level="DEBUG", stream=sink)
    root.handlers += as_json
    for name in quiet:
        logging.getLogger(name).setLevel("DEBUG")
    yield sink
    root.handlers[:] = before
    root.setLevel(level)
    for name, was in quiet.items():
        logging.getLogger(name).setLevel(was)
    structlog.configure(**config)


@pytest.fixture
def kept(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A world in which every secret is a canary, and whoever is not reached in Slack is e-mailed.

    The password of the database is one too: nobody asks for it on the socket.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(password="canary-database-word")
    secrets = canaries()
    del secrets["slack_bot_token"], secrets["slack_signing_secret"]  # those of the workspace
    made = World(
        url.render_as_string(hide_password=False),
        spool=tmp_path / "spool",
        warroom_fallback_from="warroom@example.com",
        warroom_ops_email="ops@example.com",
        warroom_allow_private_hosts=("127.0.0.1",),
        **secrets,
    )
    yield made
    made.close()


def test_an_incident_full_of_errors_tells_no_secret(
    kept: World, written: io.StringIO, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    crashes: list[str] = []
    threading.excepthook = lambda args: crashes.append(str(args))
    try:
        life = live(kept, TEXTS)
        answers = [*map(str, life.answers), slack_fails(kept), *outsiders(life)]
        answers += [*read(life), *the_database_fails(life)]
    finally:
        threading.excepthook = threading.__excepthook__

    logged = written.getvalue()
    assert "request_broke" in logged
    assert "Traceback" in logged
    token = life._headers["authorization"].removeprefix("Bearer ")
    printed = "".join(capfd.readouterr())
    places = {
        "the log": logged,
        "an answer": "\n".join(answers),
        "what was printed": printed,
        "a crash": "\n".join(crashes),
        "the database": "\n".join(rows(kept)),
        "a file": "\n".join(files(tmp_path)),
        "a repr": repr((kept.settings, str(kept.settings), kept.app, kept.app.client)),
    }
    for place, found in places.items():
        hit = CANARY.search(found)
        assert hit is None, f"{place}: {found[max(hit.start() - 300, 0) : hit.end() + 60]}"
        assert token not in found, place


def test_the_search_finds_what_is_not_hidden(written: io.StringIO) -> None:
    log = structlog.get_logger("test")
    secret = canaries()["warroom_github_secret"]

    log.info("thing_seen", plain=secret, deep={"a": [secret]}, thing=ValueError(secret))
    logging.getLogger("test").info("see %s", secret)
    hidden = written.getvalue()
    log.info("thing_seen", word="canary-nobody-knows")

    assert not CANARY.search(hidden)
    assert hidden.count("[secret]") == 2 * 4
    assert CANARY.search(written.getvalue())


def test_what_is_made_of_secrets_does_not_show_them() -> None:
    mail = read_mail_server(SHAPES["warroom_fallback_smtp_url"], "warroom@example.com")
    webhook = read_webhook(SHAPES["warroom_fallback_webhook_url"], "canary-webhook")
    settings = Settings(warroom_database_url="postgresql://a:canary-word@b/c", **canaries())

    for one in (mail, webhook, settings, settings.seal):
        assert not CANARY.search(repr(one)), type(one).__name__


@pytest.mark.parametrize("name", sorted(canaries()))
def test_a_secret_that_is_no_good_is_not_quoted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name.upper(), "canary-x")
    monkeypatch.setenv("WARROOM_PORT", "nothing")

    with pytest.raises(BadSettings) as refused:
        read_settings()

    assert not CANARY.search(str(refused.value))
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "database",
    ["postgresql://warroom:canary-word@127.0.0.1:1/x", "canary-kind://a:canary-word@b/c?d", ""],
)
def test_a_command_line_that_reaches_nothing_tells_no_secret(database: str, tmp_path: Path) -> None:
    given = {name.upper(): value for name, value in canaries().items()}
    given |= {"WARROOM_DATABASE_URL": database or f"sqlite:///{tmp_path}/none/w.db"}
    given |= {"WARROOM_SLACK_API_URL": "http://127.0.0.1:1/api/", "WARROOM_LOG": "json"}
    told = ""
    for command in (["doctor"], ["incident", "list"])[: sized(1, 2)]:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command],
            env={**os.environ, **given},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode != 0
        told += done.stdout + done.stderr

    assert told
    assert not CANARY.search(told), told


def slack_fails(world: World) -> str:
    """Slack is away, breaks, forgets us, loses answers; others cannot be reached otherwise."""
    answers = []
    general = world.channel("general")
    for fault in (
        Fault(kind="down"),
        Fault(error="token_revoked", times=None),
        Fault(error="internal_error", times=9),
        Fault(kind="lost_answer", times=9),
        Fault(kind="rate_limited", times=9),
    ):
        world.slack.faults.add(fault)
        answers.append(
            world.bo.types("/incident payments are slow sev1 @payments", where=general).body
        )
        answers.append(world.bo.types("/incident list", where=general).body)
        for _ in range(4):
            world.clock.pass_(updates.SNOOZE)
            world.app.tick()
        world.slack.faults.clear()
        world.settle()
    return str(answers)


def outsiders(life: Life) -> Iterator[str]:
    """Whoever knocks with something wrong, with the right secret and with a wrong one."""
    signing = life.world.slack.identity.signing_secret
    stamp = str(int(life.world.clock().timestamp()))
    for body in (b"{", b"[]", b"payload=%7B", b'{"type":"event_callback","event":5}', b"a=1"):
        for secret in (signing, "wrong"):
            yield ask(life, "POST", "/slack/events", body, {
                "content-type": "application/json", "x-slack-request-timestamp": stamp,
                "x-slack-signature": guard.sign(body, secret, stamp),
            })  # fmt: skip
        for bearer in (life._headers["authorization"], "Bearer wrh_wrong", "Basic x"):
            for path in ("/hooks/v1/generic", "/hooks/v1/github", "/api/v1/incidents"):
                headers = {"content-type": "application/json", "authorization": bearer}
                yield ask(life, "POST", path, body, headers)


def read(life: Life) -> Iterator[str]:
    """Every page, as a stranger and as somebody with a token."""
    for path in PATHS:
        yield ask(life, "GET", path, b"", {})
        yield ask(life, "GET", path, b"", life._headers)


def the_database_fails(life: Life) -> Iterator[str]:
    """A table is gone, or holds what makes no sense."""
    general = life.world.channel("general").id
    engine = life.world.app.desk.store.engine
    for breaks, mends in (
        ("ALTER TABLE timeline RENAME TO lost", "ALTER TABLE lost RENAME TO timeline"),
        ("ALTER TABLE effect RENAME TO gone", "ALTER TABLE gone RENAME TO effect"),
        ("UPDATE incident SET services = '{'", "UPDATE incident SET services = '[]'"),
    ):
        with engine.begin() as connection:
            connection.execute(text(breaks))
        yield str(life.world.slack.act.command("U0BO", general, "list", "/incident").body)
        try:
            life.world.app.tick()
        except (DBAPIError, Unavailable, ValueError):
            yield traceback.format_exc()
        yield from read(life)
        yield ask(life, "POST", "/api/v1/incidents", b'{"title": "x"}', {
            **life._headers, "content-type": "application/json"})  # fmt: skip
        with engine.begin() as connection:
            connection.execute(text(mends))


def ask(life: Life, method: str, path: str, body: bytes, headers: dict[str, str]) -> str:
    """An answer with its headers, whatever it is."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(life._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            url = f"http://warroom.test{path}"
            return await client.request(method, url, content=body, headers=headers)

    answer = anyio.run(send)
    return f"{answer.status_code} {dict(answer.headers)} {answer.text}"


def rows(world: World) -> Iterator[str]:
    with world.app.desk.look() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(table.select()):
                yield json.dumps([str(value) for value in row])


def files(folder: Path) -> Iterator[str]:
    """Every file that was left anywhere: the spool, the exports, SQLite's own."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes().decode("utf-8", "replace")


def test_every_kind_of_secret_is_a_canary() -> None:
    assert {"slack_bot_token", "slack_signing_secret", "slack_app_token"} <= canaries().keys()
    assert all(CANARY.search(value) for value in canaries().values())
    names: Any = {name for name in Settings.model_fields if re.search("token|secret|key", name)}
    assert names <= canaries().keys()


def test_a_test_that_prints_a_secret_fails(tmp_path: Path) -> None:
    tests = Path(__file__).parents[1]
    (tmp_path / "test_it.py").write_text("def test_it():\n    print('xoxb-' + 'embedded-bot')\n")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(tmp_path),
         "-p", "conftest", "test_it.py"],
        env={**os.environ, "PYTHONPATH": f"{tests}:{tests.parent}"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "a secret can be read in: Captured stdout call" in done.stdout
