"""Whoever writes a URL must not reach what only we can reach (F70)."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import trustme

from bot.addresses import Own, read_own
from bot.clock import monotonic, utc_now
from bot.couriers.checks import CheckCourier
from bot.outgoing import LARGEST_ANSWER, Barred, Outgoing, TooSlow
from incidents.actions.deliver import Ambiguous, NotSent
from incidents.model.effects import EffectKind
from incidents.model.ids import IncidentNumber
from incidents.store.engine import Store
from incidents.store.outbox import Claimed

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PUBLIC = "93.184.215.14"

# Sixty ways to write, or to answer, an address that is ours or nobody's. {port} is the listener's.
WRITTEN = [
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://0x7f.1:{port}/",
    "https://0x7f.0x0.0x0.0x1:{port}/",
    "https://0x7f000001:{port}/",
    "https://0X7F000001:{port}/",
    "https://2130706433:{port}/",
    "https://017700000001:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://0177.0.0x0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://[::1]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::ffff:10.0.0.1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b:1::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:7f00:1::]:{port}/",
    "https://[fe80::1]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://[fd00::1]:{port}/",
    "https://[fec0::1]:{port}/",
    "https://[ff02::1]:{port}/",
    "https://[2001:db8::1]:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://0xa9fea9fe/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.127.255.254/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://\u2460\u2461\u2466.0.0.1:{port}/",
    "https://127\u30020\u30020\u30021:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://LOCALHOST:{port}/",
    "https://user:secret@127.0.0.1:{port}/",
    "https://good.example:{port}@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@good.example/",
    "http://127.0.0.1:{port}/",
    "http://public.example:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_",
    "//127.0.0.1:{port}/",
    "https:///127.0.0.1:{port}/",
    "https://127.0.0.1 :{port}/",
    "https://127.0.0.1%00.good.example:{port}/",
]
ANSWERED = [
    ["127.0.0.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["10.0.0.1"],
    ["169.254.169.254"],
    ["100.64.0.1"],
    ["fd00::1"],
    ["fe80::1%lo"],
    ["64:ff9b::7f00:1"],
    ["2002:7f00:1::"],
    [PUBLIC, "127.0.0.1"],
    [PUBLIC, "::1"],
]


@dataclass
class Listener:
    """Counts who comes, and answers ``says`` (or whatever ``answer`` does)."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def listening(
    answer: Callable[[socket.socket], None] | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[Listener]:
    """A server on a port of this host."""
    server = socket.create_server(("127.0.0.1", 0))
    here = Listener(server.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                taken, _ = server.accept()
            except OSError:
                return
            here.connections += 1
            with taken:
                try:
                    with tls.wrap_socket(taken, server_side=True) if tls else taken as spoken:
                        _talk(here, spoken, answer)
                except OSError:
                    continue  # the other side hung up, which some tests are about

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(timeout=10)


def _talk(
    here: Listener, taken: socket.socket, answer: Callable[[socket.socket], None] | None
) -> None:
    taken.settimeout(5)
    here.requests.append(taken.recv(65536))
    if answer is not None:
        answer(taken)
        return
    taken.sendall(FINE)


def says(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """A name server that always gives the same answer."""
    return lambda _host, _port: addresses


@pytest.mark.parametrize("url", WRITTEN)
def test_no_spelling_of_our_own_addresses_is_connected_to(url: str) -> None:
    with listening() as here, pytest.raises(Barred):
        Outgoing().get(url.format(port=here.port), seconds=2)

    assert here.connections == 0


@pytest.mark.parametrize("addresses", ANSWERED, ids=" ".join)
def test_a_name_with_one_address_of_ours_is_not_called_at_all(addresses: list[str]) -> None:
    with listening() as here, pytest.raises(Barred):
        Outgoing(resolve=says(*addresses)).get(f"https://good.example:{here.port}/", seconds=2)

    assert here.connections == 0


def test_a_name_server_that_changes_its_mind_changes_nothing() -> None:
    """The first answer is harmless and is looked at, the second would lead to us."""
    asked: list[str] = []

    def rebinds(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["192.0.2.55"] if len(asked) == 1 else ["127.0.0.1"]

    unroutable = Own(networks=read_own(["192.0.2.0/24"]).networks)
    with listening() as here, pytest.raises((NotSent, TooSlow)):
        Outgoing(unroutable, resolve=rebinds).get(f"http://192.0.2.55:{here.port}/", seconds=0.3)
    with listening() as here, pytest.raises((NotSent, TooSlow)):
        Outgoing(unroutable, resolve=rebinds).get(
            f"https://rebinds.example:{here.port}/", seconds=0.3
        )

    assert asked == ["rebinds.example"]
    assert here.connections == 0


@pytest.mark.parametrize("where", ["http://127.0.0.1:{port}/", "https://localhost:{port}/"])
def test_redirects_are_reported_and_not_followed(where: str) -> None:
    with listening() as inside:
        target = where.format(port=inside.port).encode()
        reply = b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n"
        with listening(lambda taken: taken.sendall(reply)) as outside:
            answer = _at_home().get(f"http://127.0.0.1:{outside.port}/", seconds=2)

    assert answer.status == 302
    assert inside.connections == 0


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as proxy, listening() as here:
        for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        answer = _at_home().get(f"http://127.0.0.1:{here.port}/", seconds=2)

    assert answer.body == b"hello"
    assert proxy.connections == 0


def test_the_certificate_and_the_host_are_the_names_not_the_addresses() -> None:
    authority = trustme.CA()
    served, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("hooks.example").configure_cert(served)
    authority.configure_trust(trusted)
    own = read_own(["127.0.0.0/8"])

    with listening(tls=served) as here:
        rules = Outgoing(own, resolve=says("127.0.0.1"), trust=trusted)
        answer = rules.get(f"https://hooks.example:{here.port}/x", seconds=3)
        with pytest.raises(NotSent):
            rules.get(f"https://other.example:{here.port}/x", seconds=3)

    assert answer.body == b"hello"
    assert here.requests[0].startswith(b"GET /x HTTP/1.1\r\n")
    assert b"host: hooks.example:%d\r\n" % here.port in here.requests[0].lower()
    assert len(here.requests) == 1


def test_an_answer_without_end_is_cut_and_a_dripping_one_is_left() -> None:
    def pours(taken: socket.socket) -> None:
        taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            taken.sendall(b"x" * 65536)

    def drips(taken: socket.socket) -> None:
        taken.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            taken.sendall(b"x: y\r\n")
            threading.Event().wait(0.05)

    with listening(pours) as here:
        poured = _at_home().get(f"http://127.0.0.1:{here.port}/", seconds=5)
    begun = monotonic()
    with listening(drips) as here, pytest.raises(TooSlow):
        _at_home().get(f"http://127.0.0.1:{here.port}/", seconds=0.5)

    assert len(poured.body) == LARGEST_ANSWER
    assert monotonic() - begun < 2


def test_an_answer_that_is_none_is_ambiguous_and_nobody_there_is_not() -> None:
    with listening(lambda taken: taken.sendall(b"hello there\r\n")) as here:
        url = f"http://127.0.0.1:{here.port}/"
        with pytest.raises(Ambiguous):
            _at_home().get(url, seconds=2)
    with pytest.raises(NotSent):
        _at_home().get(url, seconds=2)


def test_an_integration_calls_only_the_hosts_it_is_given() -> None:
    only = Outgoing(only=("status.example.com", "*.example.net"), resolve=says("127.0.0.1"))
    may = {
        url: _barred_because(only, url)
        for url in (
            "https://status.example.com/",
            "https://a.example.net/",
            "https://example.net/",
            "https://badexample.net/",
            "https://status.example.com.evil.example/",
        )
    }

    assert ["among the hosts" in why for why in may.values()] == [False, False, True, True, True]


def test_a_host_of_ones_own_is_called_by_name_or_network_and_never_the_metadata() -> None:
    named = read_own(["prometheus.internal"])

    with listening() as here:
        url = f"http://prometheus.internal:{here.port}/"
        answer = Outgoing(named, resolve=says("127.0.0.1")).get(url, seconds=2)
        with pytest.raises(Barred):
            Outgoing(named, resolve=says("169.254.169.254")).get(url, seconds=2)

    assert answer.status == 200
    with pytest.raises(ValueError, match="neither a host name nor a network"):
        read_own(["0x7f.1"])


def test_no_call_is_made_inside_a_transaction(store: Store) -> None:
    with store.write(), pytest.raises(RuntimeError, match="inside a transaction"):
        Outgoing().get("https://public.example/", seconds=1)


def test_a_check_of_a_tree_says_why_it_could_not_look() -> None:
    with listening() as here:
        url = f"https://127.0.0.1:{here.port}/health"
        found = CheckCourier(Outgoing()).carry(_check(url)).result["found"]["up"]

    assert here.connections == 0
    assert found["unknown"] == (
        f"{url} could not be asked: 127.0.0.1 has an address that must not be called"
    )


def test_a_check_of_ones_own_host_finds_its_status() -> None:
    with listening() as here:
        found = CheckCourier(_at_home()).carry(_check(f"http://127.0.0.1:{here.port}/")).result

    assert found["found"]["up"]["value"] == 200


def _at_home() -> Outgoing:
    return Outgoing(read_own(["127.0.0.1"]))


def _barred_because(rules: Outgoing, url: str) -> str:
    with pytest.raises(Barred) as refusal:
        rules.get(url, seconds=1)
    return str(refusal.value)


def _check(url: str) -> Claimed:
    probes = [{"fact": "up", "reads": "http.status", "url": url, "seconds": 2}]
    now = utc_now()
    return Claimed(
        id="1",
        key="INC-1/check/1/1",
        kind=EffectKind.CHECK,
        args={"probes": probes},
        incident=IncidentNumber(1),
        lane="INC-1/check/1/1",
        attempts=1,
        created_at=now,
        first_intent_at=None,
        fence=1,
        lease_until=now,
    )
