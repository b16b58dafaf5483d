"""The gate at a terminal and in a pipeline: what is printed, and the exit code."""

import json
from datetime import timedelta

import pytest

from bot.cli.gate import patiently
from tests.cli.test_commands import Terminal, config, warroom

__all__ = ["config", "warroom"]


def test_every_reason_is_printed_and_the_verdict_is_the_exit_code(warroom: Terminal) -> None:
    warroom("incident", "declare", "checkout", "5xx", "@checkout", "sev2")

    ran = warroom("gate", "checkout")

    assert ran.code == 2
    assert ran.out == (
        "FROZEN: INC-1 (sev2, investigating) is open on checkout.\n"
        "  unknown: Nothing has been reported for checkout yet.\n"
    )


@pytest.mark.parametrize(("means", "code"), [("go", 0), ("frozen", 2), ("unknown", 3)])
def test_what_unknown_means_is_the_askers_to_say(warroom: Terminal, means: str, code: int) -> None:
    assert warroom("gate", "checkout", "--unknown", means).code == code


def test_two_versions_are_compared_without_any_data(warroom: Terminal) -> None:
    ran = warroom("gate", "canary", "--baseline", "9980/20", "--canary", "982/18")
    fine = warroom("gate", "canary", "--baseline", "9980/20", "--canary", "998/2", "--json")
    wrong = warroom("gate", "canary", "--baseline", "9980", "--canary", "998/2")

    assert (ran.code, fine.code, wrong.code) == (2, 0, 2)
    assert ran.out == (
        "FROZEN: The canary fails 1.8 % against 0.2 %: 9x (95 %: 4.5 to 18x), p < 0.001.\n"
    )
    assert json.loads(fine.out)["comparison"]["ratio"] == 1
    assert "Write it like 9980/20." in wrong.err


def test_a_service_that_is_called_like_a_command_has_a_gate(warroom: Terminal) -> None:
    assert "no service called canary" in warroom("gate", "check", "canary").err


@pytest.mark.parametrize(
    ("means", "code", "verdict"),
    [((), 3, "UNKNOWN"), (("--unknown", "go"), 0, "GO"), (("--unknown", "frozen"), 2, "FROZEN")],
)
def test_a_server_that_does_not_answer_is_unknown(
    warroom: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    means: tuple[str, ...],
    code: int,
    verdict: str,
) -> None:
    monkeypatch.setenv("WARROOM_TOKEN", "wrt_x")
    monkeypatch.setattr("bot.cli.far._PAUSES", (0.0,))

    ran = warroom("gate", "checkout", "--server", "http://127.0.0.1:1", *means)

    assert ran.code == code
    assert ran.out.startswith(
        f"{verdict}: http://127.0.0.1:1 cannot be reached (ConnectError), so nobody can tell."
    )


@pytest.mark.parametrize(
    ("server", "says"),
    [("warroom.example", "is no address"), ("http://127.0.0.1:1", "A token is needed")],
)
def test_what_is_wrong_lets_nothing_through(warroom: Terminal, server: str, says: str) -> None:
    ran = warroom("gate", "checkout", "--server", server, "--unknown", "go")

    assert ran.code == 2
    assert says in ran.err


def test_a_wait_is_a_length_of_time(warroom: Terminal) -> None:
    ran = warroom("gate", "checkout", "--wait", "soon")

    assert ran.code == 2
    assert "Say it like 30m" in ran.err


def test_whoever_waits_asks_again_until_it_opens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.cli.gate._EVERY", timedelta(0))
    answers = [{"verdict": one, "because": "Spent."} for one in ("frozen", "unknown", "warn", "go")]

    found = patiently(lambda: answers.pop(0), timedelta(hours=1))

    assert found["verdict"] == "warn"
    assert capsys.readouterr().err == (
        "FROZEN: Spent. Asking again.\nUNKNOWN: Spent. Asking again.\n"
    )


def test_whoever_does_not_wait_asks_once() -> None:
    answers = [{"verdict": "frozen", "because": "Spent."}]

    assert patiently(lambda: answers.pop(0), timedelta(0))["verdict"] == "frozen"
