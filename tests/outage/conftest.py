"""A world whose people can also be reached by e-mail and by webhook."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from outage.receivers import OPS, SECRET, Hook, MailServer
from world import World

Make = Callable[..., World]


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    server = MailServer(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.stop()


@pytest.fixture
def reachable(
    database_url: str, mail: MailServer, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Both ways are set; the mail server's certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(mail.trust))
    made = World(
        database_url,
        warroom_fallback_smtp_url=mail.url,
        warroom_fallback_from="warroom <warroom@example.com>",
        warroom_fallback_webhook_url=hook.url,
        warroom_fallback_secret=SECRET,
        warroom_ops_email=OPS,
        warroom_allow_private_hosts="127.0.0.1",
    )
    yield made
    made.close()
