"""What whoever runs the bot sees of webhooks that nobody understood."""

import sys

import pytest

from bot import cli
from bot.clock import utc_now
from incidents.store import deliveries
from incidents.store.deliveries import Given
from incidents.store.engine import Store


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["warroom", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


def test_a_buried_delivery_is_listed_reported_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> None:
    monkeypatch.setenv("WARROOM_DATABASE_URL", sqlite_url)
    store = Store(sqlite_url)
    with store.write() as connection:
        deliveries.add(connection, [Given("generic", {}, "{}", utc_now())])
        (kept,) = deliveries.take(connection, "generic", 1)
        deliveries.bury(connection, kept.id, utc_now(), "no such field")

    code, listed = run(monkeypatch, capsys, "deliveries", "list")
    assert code == 0
    assert "generic" in listed and "no such field" in listed
    assert "1 could not be worked on." in run(monkeypatch, capsys, "doctor")[1]

    assert run(monkeypatch, capsys, "deliveries", "retry", "generic")[0] == 0
    assert run(monkeypatch, capsys, "deliveries", "retry", "generic")[0] == 2

    with store.read() as connection:
        assert deliveries.count_by(connection) == [("generic", "waiting", 1)]
    store.close()
