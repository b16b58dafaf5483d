"""Bearer tokens: shown once, kept as a hash, told from rubbish without a look at the database."""

import re
import zlib
from datetime import UTC, datetime

import pytest

from incidents.actions.desk import Desk
from incidents.actions.tokens import (
    Limits,
    check_token,
    create_token,
    holder_of,
    list_tokens,
    revoke_token,
)
from incidents.catalog.catalog import EMPTY
from incidents.errors import NotFound, Refused
from incidents.store.engine import Store

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, EMPTY)


def test_a_token_opens_until_it_is_revoked(desk: Desk) -> None:
    secret = create_token(desk, "edge", ("read", "sli:write"), NOW)

    holder = holder_of(desk, secret)
    assert holder is not None
    assert (holder.name, holder.scopes) == ("edge", ("read", "sli:write"))

    revoke_token(desk, "edge", NOW)
    assert holder_of(desk, secret) is None


def test_a_token_is_good_for_its_scopes_until_it_is_revoked(desk: Desk) -> None:
    secret = create_token(desk, "edge", ("sli:write",), NOW)

    assert check_token(desk, secret, "sli:write") == "edge"
    assert check_token(desk, secret, "read") is None
    assert check_token(desk, "wrt_", "sli:write") is None

    revoke_token(desk, "edge", NOW)
    assert check_token(desk, secret, "sli:write") is None


def test_a_secret_has_its_prefix_256_bits_and_a_checksum(desk: Desk) -> None:
    secret = create_token(desk, "edge", ("read",), NOW)

    assert re.fullmatch(r"wrt_[A-Za-z0-9_-]{43}[0-9a-f]{8}", secret)
    assert int(secret[-8:], 16) == zlib.crc32(secret[:-8].encode())


def test_the_secret_is_kept_nowhere(desk: Desk) -> None:
    secret = create_token(desk, "edge", ("read",), NOW)

    (kept,) = list_tokens(desk)
    assert secret not in repr(kept)
    assert len(kept.hash) == 64


@pytest.mark.parametrize(
    "rubbish", ["", "wrt_", "wrt_" + "a" * 51, "x" * 10_000, "wrt_é\x00\udc80"]
)
def test_rubbish_opens_nothing(desk: Desk, rubbish: str) -> None:
    assert holder_of(desk, rubbish) is None


@pytest.mark.parametrize(
    ("name", "scopes"), [("edge", ()), ("edge", ("root",)), ("", ("read",)), ("a\nb", ("read",)),
                         ("x" * 81, ("read",))]
)  # fmt: skip
def test_a_token_that_makes_no_sense_is_refused(
    desk: Desk, name: str, scopes: tuple[str, ...]
) -> None:
    with pytest.raises(Refused):
        create_token(desk, name, scopes, NOW)


def test_names_are_unique_and_have_to_exist(desk: Desk) -> None:
    create_token(desk, "edge", ("read",), NOW)

    with pytest.raises(Refused, match="There is a token called edge already"):
        create_token(desk, "edge", ("read",), NOW)
    with pytest.raises(NotFound):
        revoke_token(desk, "other", NOW)


@pytest.mark.parametrize(
    ("scopes", "limits", "told"),
    [
        (("hooks:write", "read"), Limits("generic"), "Only webhooks can be limited"),
        (("sli:write",), Limits(services=("checkout",)), "Only webhooks can be limited"),
        (("hooks:write",), Limits("nagios"), "nagios is not a source of webhooks"),
    ],
)
def test_only_webhooks_are_limited_and_only_to_what_exists(
    desk: Desk, scopes: tuple[str, ...], limits: Limits, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        create_token(desk, "edge", scopes, NOW, limits=limits)


def test_a_token_knows_its_limits(desk: Desk) -> None:
    create_token(desk, "shop", ("hooks:write",), NOW, limits=Limits("grafana", ("checkout",)))

    (found,) = list_tokens(desk)

    assert (found.source, found.services) == ("grafana", ("checkout",))
