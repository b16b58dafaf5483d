"""Several of us on one database and one Slack."""

from collections.abc import Iterator

import pytest
from replicas.crowd import Crowd

from bot.app import App


@pytest.fixture
def crowd(postgres_url: str) -> Iterator[Crowd]:
    """Three replicas on PostgreSQL that work by themselves once they are started."""
    made = Crowd(postgres_url)
    yield made
    made.close()


@pytest.fixture
def app(postgres_url: str) -> Iterator[App]:
    """One replica as `warroom serve` makes it, not started."""
    made = Crowd(postgres_url, size=1)
    yield made.apps[0]
    made.close()
