"""What ``warroom doctor`` says of Prometheus."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cli.test_commands import Terminal, config, warroom
from prometheus.api import MINUTE, Api, answering

from bot.cli.found import Found
from bot.cli.prometheus_checkup import prometheus
from bot.clock import utc_now

__all__ = ["config", "warroom"]


@pytest.fixture
def api(warroom: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    assert warroom
    with answering() as made:
        monkeypatch.setenv("WARROOM_PROMETHEUS_URL", f"{made.url}/")
        monkeypatch.setenv("WARROOM_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
        yield made


@pytest.mark.usefixtures("warroom")
def test_nothing_is_said_where_none_is_set() -> None:
    assert prometheus() == []


def test_a_server_that_is_down_freezes_budgets(api: Api) -> None:
    api.status = 503

    assert prometheus() == [
        Found(
            "prometheus",
            "unreachable",
            "Prometheus answered 503. Budgets are frozen meanwhile: alerts neither fire nor end.",
        )
    ]


def test_rules_that_were_never_loaded_are_missed(api: Api) -> None:
    api.counts("somebody/elses", utc_now(), 1, 0)

    assert prometheus() == [
        Found(
            "prometheus",
            "wrong",
            "it answers, and knows no SLO of ours: load what `warroom slo rules` prints",
        )
    ]


def test_counts_that_stopped_are_told_by_their_slo(api: Api) -> None:
    api.counts("checkout/availability", utc_now() - 20 * MINUTE, 100, 0)

    (found,) = prometheus()

    assert (found.state, found.say) == ("wrong", "it has no new counts of checkout/availability")


def test_what_was_not_fetched_yet_is_a_note(api: Api) -> None:
    api.counts("checkout/availability", utc_now() - timedelta(seconds=5), 100, 0)

    (found,) = prometheus()

    assert (found.state, found.say) == (
        "note",
        (
            "it counts 1 of our 5 SLOs; what was fetched of the last hour differs for "
            "checkout/availability: right until `warroom serve` has caught up"
        ),
    )
