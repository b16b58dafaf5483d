"""The examples for pipelines run as they are written, against a real server, without a database."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
import yaml
from world import World

from incidents import assets
from incidents.actions.samples import Reading, ingest
from incidents.actions.tokens import create_token
from incidents.model.objective import SLOName

SHA = "4f2a1c90aabbccddeeff00112233445566778899"
LONGEST = 60  # seconds that a step may take


def example(name: str) -> dict[str, Any]:
    text = (assets.folder("runbooks") / "examples" / name).read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@contextmanager
def serving(world: World) -> Iterator[str]:
    config = uvicorn.Config(world.app.asgi(), port=0, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


class Runner:
    """A machine of a CI service: a shell, our command, and nothing else of ours."""

    def __init__(self, folder: Path, token: str) -> None:
        self.folder = folder
        self.summary = folder / "summary.md"
        self._env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "WARROOM_TOKEN": token,
            "GITHUB_SHA": SHA,
            "CI_COMMIT_SHA": SHA,
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }

    def __call__(self, script: str, server: str, env: Mapping[str, str]) -> tuple[int, str]:
        own = {name: value for name, value in env.items() if "${{" not in value}
        ran = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            env={**self._env, **own, "WAIT": "1s", "WARROOM_SERVER": server},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return ran.returncode, ran.stdout


@pytest.fixture
def runner(light_world: World, tmp_path: Path) -> Runner:
    folder = tmp_path / "runner"
    folder.mkdir()
    return Runner(folder, create_token(light_world.app.desk, "ci", ("read",), light_world.clock()))


def test_the_examples_run(light_world: World, runner: Runner) -> None:
    world = light_world
    jobs = example("github-actions-gate.yml")["jobs"]
    (asks,) = [step for step in jobs["gate"]["steps"] if "env" in step]
    (compares,) = [step for step in jobs["canary"]["steps"] if "env" in step]
    lab = example("gitlab-ci-gate.yml")["gate"]
    script = "\n".join(lab["script"])
    slo = SLOName("checkout/availability")
    ingest(world.app.desk, [Reading(slo, world.clock(), 1000, 0, "e", 1)], world.clock())
    world.passes(seconds=30)

    with serving(world) as server:
        go = runner(asks["run"], server, asks["env"])
        world.ana.types("/incident checkout is odd sev3 @checkout")
        warned = runner(script, server, lab["variables"])
        world.ana.types("/incident sev INC-1 1 everybody is hit")
        frozen = runner(asks["run"], server, asks["env"])
    compared = runner(compares["run"], server, compares["env"])

    assert go[0] == 0
    assert go[1].startswith("::")
    assert warned[0] == lab["allow_failure"]["exit_codes"] == 1
    assert warned[1].startswith("WARN: ")
    assert frozen[0] == 2
    assert frozen[1] == "::error::FROZEN: INC-1 (sev1, investigating) is open on checkout.\n"
    assert "FROZEN: INC-1" in runner.summary.read_text()
    assert compared == (
        0,
        "GO: The canary fails 0.2 % against 0.2 %: 1x (95 %: 0.11 to 4.1x), p = 0.61.\n",
    )
    assert not list(runner.folder.glob("*.db"))


def test_a_server_that_is_away_stops_a_pipeline(runner: Runner) -> None:
    lab = example("gitlab-ci-gate.yml")["gate"]
    script = "\n".join(lab["script"])

    away = runner(script, "http://127.0.0.1:1", lab["variables"])

    assert away[0] == 3
    assert away[1].startswith("UNKNOWN: http://127.0.0.1:1 cannot be reached")
