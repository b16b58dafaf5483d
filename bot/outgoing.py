"""The one way out to every URL that is not Slack's: webhooks, heartbeats, checks of trees.

A host is resolved once, every address it has is looked at, and one of exactly those addresses is
called: what a second answer of its name server says does not matter. Only https, unless the host is
one's own; no redirects, no proxies from the environment, no compression; limits for time and size.
"""

import functools
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import httpcore
import httpx

from bot.addresses import NONE, Own, is_host_name, may_call
from bot.clock import monotonic
from incidents.actions.deliver import Ambiguous, Dead, NotSent
from incidents.store.engine import transactions_open

Resolve = Callable[[str, int], Sequence[str]]

LARGEST_ANSWER = 64 * 1024  # bytes; what comes after them is not read
_LONGEST_URL = 4000
_CONNECT_SECONDS = 4.0
_PORTS = {"https": 443, "http": 80}
_USUAL_HEADERS = {"User-Agent": "warroom", "Accept-Encoding": "identity"}


class Barred(Dead):
    """A URL that must not be called; nothing was connected."""


class TooSlow(Ambiguous):
    """No whole answer in the time there was."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is cut at `LARGEST_ANSWER`; its head took ``seconds``."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Every address the system knows for a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class _Said:
    """What is sent along, and how much of the answer is read."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    largest: int = LARGEST_ANSWER


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Whom every call trusts: read once, for reading the certificates takes 40 ms."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Calls URLs, within the rules.

    ``own`` are hosts that need not be public. ``only`` limits an integration to some hosts
    (``status.example.com``, or ``*.example.com`` for all below); empty means any.
    """

    own: Own = NONE
    only: tuple[str, ...] = ()
    resolve: Resolve = system_resolve
    trust: ssl.SSLContext = field(default_factory=_trusted)

    def look(self, url: str, *, seconds: float) -> Answer:
        """Ask, and read no more than the head of the answer.

        Raises `Barred`, `NotSent` if nothing was reached, `TooSlow`, `Ambiguous`.
        """
        return self._call("GET", url, _Said(largest=0), seconds)

    def get(self, url: str, *, seconds: float) -> Answer:
        """Ask. Raises what `look` raises."""
        return self._call("GET", url, _Said(), seconds)

    def fetch(
        self, url: str, *, headers: Mapping[str, str], seconds: float, largest: int
    ) -> Answer:
        """Ask for up to ``largest`` bytes. Raises what `look` raises."""
        return self._call("GET", url, _Said(headers, largest=largest), seconds)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str],
        seconds: float,
        largest: int = LARGEST_ANSWER,
    ) -> Answer:
        """Send. Raises what `look` raises."""
        return self._call("POST", url, _Said(headers, body, largest), seconds)

    def _call(self, method: str, url: str, said: _Said, seconds: float) -> Answer:
        if transactions_open():
            raise RuntimeError("No network inside a transaction.")
        target, netloc = self._read(url)
        begun = monotonic()
        backend = _Checked(self, begun + seconds)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=self.trust, network_backend=backend, retries=0
                ) as pool,
                pool.stream(
                    method,
                    target,
                    headers=_headers(netloc, said.headers),
                    content=said.body or None,
                    extensions={"timeout": _timeouts(seconds)},
                ) as response,
            ):
                took = monotonic() - begun
                kept = _cut(response.iter_stream(), said.largest)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise NotSent(f"{_host(target)} cannot be reached ({type(error).__name__})") from error
        except httpcore.TimeoutException as error:
            raise TooSlow(f"{_host(target)} did not answer in {seconds:g} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            what = f"no proper answer from {_host(target)} ({type(error).__name__})"
            raise Ambiguous(what) from error
        given = {name.decode().lower(): value.decode("latin-1") for name, value in response.headers}
        return Answer(response.status, given, kept, took)

    def _read(self, url: str) -> tuple[httpcore.URL, bytes]:
        """The URL in its parts, if we may call it, and what to say as ``Host``."""
        try:
            parsed = httpx.URL(url) if len(url) <= _LONGEST_URL else None
        except (httpx.InvalidURL, UnicodeError):
            parsed = None
        if parsed is None or parsed.scheme not in _PORTS or not parsed.host:
            raise Barred("that is no address of a web page")
        host = parsed.raw_host.decode("ascii").lower().removesuffix(".")
        if parsed.userinfo:
            raise Barred("an address with a name and a password in it is not called")
        if parsed.scheme == "http" and not self.own.names(host):
            raise Barred(f"{host} is only called with https")
        if not _is_address(host) and not is_host_name(host):
            raise Barred(f"{host} is no name of a host")
        if self.only and not any(_matches(host, pattern) for pattern in self.only):
            raise Barred(f"{host} is not among the hosts that may be called for this")
        target = httpcore.URL(
            scheme=parsed.scheme.encode(),
            host=host.encode(),
            port=parsed.port or _PORTS[parsed.scheme],
            target=parsed.raw_path,
        )
        return target, parsed.netloc

    def addresses(self, host: str, port: int) -> Sequence[str]:
        """Every address of the host, each of which may be called. Raises `Barred`, `NotSent`."""
        try:
            found = [host] if _is_address(host) else self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NotSent(f"the name {host} is not known ({type(error).__name__})") from error
        if not found:
            raise NotSent(f"the name {host} has no address")
        for each in found:
            if not _is_address(each) or not may_call(ip_address(each), host, self.own):
                raise Barred(f"{host} has an address that must not be called")
        return found


class _Checked(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to nothing else; all before ``deadline``.

    What is spoken on the connection, and the certificate that is asked for, is by the host's name.
    """

    def __init__(self, rules: Outgoing, deadline: float) -> None:
        self._rules = rules
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that takes one."""
        failed: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in self._rules.addresses(host, port):
            left = self._deadline - monotonic()
            if left <= 0:
                break
            allowed = min(left, timeout or left)
            try:
                stream = self._inner.connect_tcp(
                    address, port, allowed, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            return _Hurried(stream, self._deadline)
        raise failed or httpcore.ConnectTimeout("no time left")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A socket of this host is nothing that a URL may name."""
        del path, timeout, socket_options
        raise Barred("sockets of this host are not called")


class _Hurried(httpcore.NetworkStream):
    """A connection that ends at ``deadline``, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come; raises once time is up."""
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; raises once time is up."""
        self._inner.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same, encrypted; the certificate has to be the host's."""
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Hurried(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        """What the connection says about itself."""
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise late("time is up")
        return min(left, timeout or left)


def _cut(parts: Iterable[bytes], largest: int) -> bytes:
    kept = bytearray()
    for part in parts if largest else ():
        kept += part
        if len(kept) >= largest:
            break
    return bytes(kept[:largest])


def _headers(netloc: bytes, given: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    return [("Host", netloc), *_USUAL_HEADERS.items(), *given.items()]


def _timeouts(seconds: float) -> dict[str, float]:
    connect = min(seconds, _CONNECT_SECONDS)
    return {"connect": connect, "read": seconds, "write": seconds, "pool": seconds}


def _is_address(host: str) -> bool:
    try:
        return ip_address(host) is not None and "%" not in host
    except ValueError:
        return False


def _matches(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _host(url: httpcore.URL) -> str:
    return url.host.decode("ascii")
