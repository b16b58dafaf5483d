"""One look at a real server: HTTP, TCP, a certificate, a name."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from probes.servers import LOOPBACK, Web, certified, closed_port, listening, name_server, web

from bot.addresses import read_own
from bot.outgoing import Outgoing
from bot.probing import Looker
from incidents.model.probing import DNS, HTTP, TCP, TLS, Finding, Outcome, Probe, Target

NOW = datetime.now(UTC)  # noqa: DTZ005, TID251, RUF100 (certificates are of today)
HERE = ["shop.test", "www.test", "elsewhere.test"]


def resolve(host: str, port: int) -> Sequence[str]:
    del port
    if host in HERE:
        return (LOOPBACK,)
    raise socket.gaierror(socket.EAI_NONAME, "not known")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def looker(authority: trustme.CA) -> Looker:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return Looker(Outgoing(read_own([*HERE, LOOPBACK]), resolve=resolve, trust=trust))


@pytest.fixture(scope="module")
def shop() -> Iterator[Web]:
    with web() as made:
        yield made


def seen(looker: Looker, target: Target, *, seconds: float = 5) -> Finding:
    return looker.look(Probe("one", target, timeout=timedelta(seconds=seconds)), NOW)


def page(shop: Web, path: str, **said: object) -> HTTP:
    return HTTP(f"http://shop.test:{shop.port}{path}", "shop.test", **said)  # type: ignore[arg-type]


def test_a_page_that_answers(looker: Looker, shop: Web) -> None:
    shop.pages["/ok"] = (200, b"all is fine", "")

    found = seen(looker, page(shop, "/ok", contains="fine"))

    assert found.outcome is Outcome.GOOD
    assert found.said.startswith("answered 200 in ")


def test_a_page_that_says_something_else(looker: Looker, shop: Web) -> None:
    shop.pages["/sorry"] = (200, b"we are sorry", "")

    assert seen(looker, page(shop, "/sorry", contains="fine")).outcome is Outcome.BAD
    assert seen(looker, page(shop, "/nothing")).said == "answered 404"
    assert seen(looker, page(shop, "/nothing", status=(404,))).outcome is Outcome.GOOD


def test_a_redirect_is_followed_to_the_same_host_only(looker: Looker, shop: Web) -> None:
    shop.pages |= {
        "/in": (302, b"", "/ok"),
        "/out": (302, b"", f"http://elsewhere.test:{shop.port}/ok"),
        "/round": (302, b"", "/round/"),
        "/round/": (302, b"", "/round"),
    }
    shop.asked.clear()

    inside = seen(looker, page(shop, "/in"))
    outside = seen(looker, page(shop, "/out"))
    allowed = seen(looker, page(shop, "/out", follow=("elsewhere.test",)))
    round_and_round = seen(looker, page(shop, "/round"))

    assert inside.outcome is allowed.outcome is Outcome.GOOD
    assert outside.said == round_and_round.said == "answered 302"
    assert shop.asked.count("elsewhere.test/ok") == 1
    assert len([one for one in shop.asked if "round" in one]) == 4


def test_what_may_not_be_called_is_not_called(looker: Looker, shop: Web) -> None:
    shop.pages["/meta"] = (302, b"", "http://169.254.169.254/latest")
    strangers = Looker(Outgoing(resolve=resolve))

    found = seen(strangers, page(shop, "/ok"))
    onward = seen(looker, page(shop, "/meta", follow=("169.254.169.254",)))
    database = seen(strangers, TCP("shop.test", 5432))

    assert (found.outcome, found.said) == (Outcome.UNABLE, "shop.test is only called with https")
    assert onward.outcome is Outcome.UNABLE
    assert database.said == "shop.test has an address that must not be called"


def test_a_port_that_takes_connections_and_one_that_does_not(looker: Looker) -> None:
    with listening() as port:
        assert seen(looker, TCP("shop.test", port)).outcome is Outcome.GOOD

    found = seen(looker, TCP("shop.test", closed_port()))

    assert (found.outcome, found.said) == (Outcome.BAD, "the connection was refused")


def test_who_cannot_be_found_or_does_not_answer_may_not_be_at_fault(looker: Looker) -> None:
    with socket.create_server((LOOPBACK, 0), backlog=1) as silent:
        target = HTTP(f"http://shop.test:{silent.getsockname()[1]}/", "shop.test")
        slow = seen(looker, target, seconds=0.1)
        handshake = seen(looker, TLS("shop.test", silent.getsockname()[1]), seconds=0.1)

    unknown = seen(looker, TCP("nowhere.test", 80))

    assert slow.outcome is handshake.outcome is unknown.outcome is Outcome.UNREACHED
    assert slow.said == handshake.said == "no answer in time"
    assert unknown.said == "the name nowhere.test is not known (gaierror)"


def test_a_certificate_that_lasts_one_that_does_not_and_one_of_somebody_else(
    looker: Looker, authority: trustme.CA
) -> None:
    with listening(secure=certified(authority, "shop.test")) as port:
        good = seen(looker, TLS("shop.test", port))
        ends = looker.look(
            Probe("one", TLS("shop.test", port, days=400_000), timeout=timedelta(seconds=5)), NOW
        )
        others = seen(looker, TLS("www.test", port))
    with listening(secure=certified(trustme.CA(), "shop.test")) as port:
        unknown = seen(looker, TLS("shop.test", port))

    assert good.outcome is Outcome.GOOD
    assert ends.outcome is Outcome.BAD
    assert others.outcome is unknown.outcome is Outcome.BAD
    assert others.said.startswith("the certificate is not accepted: Hostname mismatch")
    assert unknown.said.startswith("the certificate is not accepted: ")


def test_names_and_their_records(looker: Looker) -> None:
    records = {"shop.test": ("A", ["192.0.2.7"]), "alias.test": ("CNAME", ["edge.test."])}
    with name_server(records) as port:

        def asked(name: str, kind: str = "A", *answers: str) -> Finding:
            return seen(looker, DNS(name, kind, answers, server=LOOPBACK, port=port))

        assert asked("shop.test").said == "shop.test is 192.0.2.7"
        assert asked("shop.test", "A", "192.0.2.8").outcome is Outcome.BAD
        assert asked("alias.test", "CNAME", "edge.test").outcome is Outcome.GOOD
        assert asked("gone.test").said == "gone.test has no A record"
        assert asked("broken.test").said == "broken.test: the server answered SERVFAIL"


def test_a_name_server_that_says_nothing_is_not_reached(looker: Looker) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((LOOPBACK, 0))
        target = DNS("shop.test", server=LOOPBACK, port=mute.getsockname()[1])
        found = seen(looker, target, seconds=0.1)

    assert (found.outcome, found.said) == (Outcome.UNREACHED, "no answer in time")


def test_without_a_server_of_its_own_the_next_of_ours_is_asked(looker: Looker) -> None:
    with name_server({"shop.test": ("A", ["192.0.2.7"])}) as port:
        several = Looker(looker.outgoing, servers=lambda: ["127.0.0.2", LOOPBACK])
        found = seen(several, DNS("shop.test", port=port), seconds=0.4)

    assert found.outcome is Outcome.GOOD
