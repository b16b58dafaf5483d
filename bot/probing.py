"""Looks at hosts from outside, on a schedule: each probe in a thread of its own, once in each slot.

Where a host may be looked at is decided by `bot.outgoing`: every address it has is checked, and one
of exactly those is called. A failure that may be our own network's is only believed once another
host has answered; until then nothing is counted, and that is said.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import structlog

from bot.clock import Clock, monotonic
from bot.outgoing import Answer, Barred, Outgoing, TooSlow
from incidents.actions import probing
from incidents.actions.deliver import Ambiguous, NotSent
from incidents.actions.desk import Desk
from incidents.errors import WarroomError
from incidents.model.probing import (
    DNS,
    HTTP,
    MOST_REDIRECTS,
    TCP,
    TLS,
    Finding,
    Outcome,
    Probe,
    Target,
    judge_certificate,
    judge_http,
    judge_records,
    witnesses,
)

log = structlog.get_logger(__name__)

_AT_ONCE = 32  # looks that are under way at the same time
_REDIRECTS = {301, 302, 303, 307, 308}
_DEFINITE = (ConnectionRefusedError, ConnectionResetError, BrokenPipeError, ssl.SSLError)
_FINE = {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}


def system_servers() -> Sequence[str]:
    """The name servers that this host asks."""
    try:
        return tuple(str(one) for one in dns.resolver.Resolver().nameservers)
    except dns.exception.DNSException:
        return ()


@dataclass(frozen=True, slots=True)
class Looker:
    """One look at one host. ``servers`` are the name servers to ask where a probe names none."""

    outgoing: Outgoing
    servers: Callable[[], Sequence[str]] = system_servers

    def look(self, probe: Probe, now: datetime) -> Finding:
        """What is seen there; nothing is raised."""
        begun = monotonic()
        deadline = begun + probe.timeout.total_seconds()
        try:
            return self._seen(probe.target, deadline, now)
        except Barred as error:
            return Finding(Outcome.UNABLE, str(error))
        except (NotSent, Ambiguous, OSError, ValueError, dns.exception.DNSException) as error:
            took = timedelta(seconds=monotonic() - begun)
            return Finding(_whose(error), _words(error), took)

    def _seen(self, target: Target, deadline: float, now: datetime) -> Finding:
        match target:
            case HTTP():
                return self._http(target, deadline)
            case TCP():
                return self._tcp(target, deadline)
            case TLS():
                return self._tls(target, deadline, now)
            case DNS():
                return self._dns(target, deadline)

    def _http(self, target: HTTP, deadline: float) -> Finding:
        begun = monotonic()
        answer = self.outgoing.get(target.url, seconds=_left(deadline))
        onward = _onward(target, target.url, answer)
        for _ in range(MOST_REDIRECTS):
            if not onward:
                break
            answer = self.outgoing.get(onward, seconds=_left(deadline))
            onward = _onward(target, onward, answer)
        took = timedelta(seconds=monotonic() - begun)
        return judge_http(target, answer.status, answer.body, took)

    def _tcp(self, target: TCP, deadline: float) -> Finding:
        begun = monotonic()
        with self._connected(target.host, target.port, deadline):
            took = timedelta(seconds=monotonic() - begun)
        said = f"takes connections, in {took / timedelta(milliseconds=1):.0f} ms"
        return Finding(Outcome.GOOD, said, took)

    def _tls(self, target: TLS, deadline: float, now: datetime) -> Finding:
        begun = monotonic()
        with self._connected(target.host, target.port, deadline) as plain:
            plain.settimeout(_left(deadline))
            with self.outgoing.trust.wrap_socket(plain, server_hostname=target.host) as secure:
                held = secure.getpeercert() or {}
        took = timedelta(seconds=monotonic() - begun)
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(held["notAfter"])), UTC)
        return judge_certificate(target, until, now, took)

    def _dns(self, target: DNS, deadline: float) -> Finding:
        begun = monotonic()
        asked = dns.message.make_query(target.name, target.kind)
        answer = self._asked(target, asked, deadline)
        took = timedelta(seconds=monotonic() - begun)
        if answer.rcode() not in _FINE:
            said = f"{target.name}: the server answered {dns.rcode.to_text(answer.rcode())}"
            return Finding(Outcome.BAD, said, took)
        kind = dns.rdatatype.from_text(target.kind)
        records = [
            record.to_text().strip('"')
            for some in answer.answer
            if some.rdtype == kind
            for record in some
        ]
        return judge_records(target, records, took)

    def _asked(
        self, target: DNS, asked: dns.message.Message, deadline: float
    ) -> dns.message.Message:
        """The answer of the first server that gives one."""
        if target.server:
            servers = self.outgoing.addresses(target.server, target.port)
        else:
            servers = self.servers()
        if not servers:
            raise NotSent("there is no name server to ask")
        failed: Exception | None = None
        for place, server in enumerate(servers, start=1):
            share = _left(deadline) / (len(servers) - place + 1)
            try:
                found, _ = dns.query.udp_with_fallback(asked, server, share, target.port)
            except (OSError, dns.exception.DNSException) as error:
                failed = error
                continue
            return found
        raise failed or NotSent("there is no name server to ask")

    def _connected(self, host: str, port: int, deadline: float) -> socket.socket:
        """A connection to the first address that takes one. Raises `Barred`, `NotSent`, OSError."""
        failed: OSError | None = None
        for address in self.outgoing.addresses(host, port):
            try:
                return socket.create_connection((address, port), timeout=_left(deadline))
            except OSError as error:
                failed = error
        raise failed or NotSent(f"{host} has no address")


def _left(deadline: float) -> float:
    """Raises `TooSlow` once time is up."""
    left = deadline - monotonic()
    if left <= 0:
        raise TooSlow("no answer in time")
    return left


def _onward(target: HTTP, url: str, answer: Answer) -> str:
    """Where a redirect leads that may be followed; empty if this is the answer itself."""
    if answer.status in target.status or answer.status not in _REDIRECTS:
        return ""
    onward = urljoin(url, answer.headers.get("location", ""))
    host = (urlsplit(onward).hostname or "").lower()
    return onward if host in {target.host, *target.follow} and onward != url else ""


def _whose(error: BaseException) -> Outcome:
    """Somebody who refuses, hangs up or shows a wrong certificate is there, and at fault."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    is_theirs = any(isinstance(one, _DEFINITE) for one in chain)
    is_answer = type(error) is Ambiguous
    return Outcome.BAD if is_theirs or is_answer else Outcome.UNREACHED


def _words(error: BaseException) -> str:
    """What went wrong, for people."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"the certificate is not accepted: {one.verify_message}"
        if isinstance(one, ConnectionRefusedError):
            return "the connection was refused"
    if isinstance(error, TooSlow | TimeoutError | dns.exception.Timeout):
        return "no answer in time"
    return str(error)[:200] or type(error).__name__


@dataclass(slots=True)
class Prober:
    """Runs the probes whose slot has come. ``place`` is from where: with replicas, a name for all.

    Of replicas in one place, each slot is looked at by the one that claims it first.
    """

    desk: Desk
    looker: Looker
    probes: Sequence[Probe]
    place: str
    clock: Clock
    _done: dict[str, int] = field(default_factory=dict)
    _heard_at: float = -1.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe")
    )

    def beat(self) -> Sequence[Future[None]]:
        """Begin every look that is due, each in a thread."""
        return [self._threads.submit(self._guarded, probe, slot) for probe, slot in self._due()]

    def round(self) -> int:
        """Like `beat`, one after the other, here: for tests and by hand."""
        return sum(1 for probe, slot in self._due() if self.run(probe, slot) is not None)

    def close(self) -> None:
        """Nothing new is begun; what is under way ends in time."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _due(self) -> Iterator[tuple[Probe, int]]:
        now = self.clock()
        slots = {one.name: one.slot(now) for one in self.probes}
        new = [one for one in self.probes if slots[one.name] > self._done.get(one.name, -1)]
        if not new:
            return
        wanted = {one.name: slots[one.name] for one in new}
        ours = probing.claim(self.desk, wanted, self.place, now)
        self._done |= wanted
        yield from ((one, slots[one.name]) for one in new if one.name in ours)

    def _guarded(self, probe: Probe, slot: int) -> None:
        """The next slot comes whatever happens in this one."""
        try:
            self.run(probe, slot)
        except (WarroomError, OSError) as error:
            log.warning("probe_failed", probe=probe.name, because=str(error))

    def run(self, probe: Probe, slot: int) -> Finding:
        """Look, be sure whose fault it is, and report."""
        at, begun = self.clock(), monotonic()
        found = self.looker.look(probe, at)
        if found.is_heard:
            self._heard(monotonic())
        is_blind = found.outcome is Outcome.UNREACHED and not self._hears_others(probe, begun)
        told = probing.report(
            self.desk, probe, self.place, probing.Seen(slot, at, found, is_blind), self.clock()
        )
        if told.is_newly_blind:
            log.warning("probes_blind", place=self.place, because=found.said)
        if found.outcome is Outcome.UNABLE:
            log.warning("probe_unable", probe=probe.name, because=found.said)
        return found

    def _hears_others(self, probe: Probe, since: float) -> bool:
        """Whether our own network works: somebody else answered after ``since``, or does now.

        Without anybody else to ask, a failure is taken for theirs.
        """
        asked = witnesses(probe, self.probes, self.looker.outgoing.own.names)
        for one in asked:
            with self._lock:
                if self._heard_at >= since:
                    return True
            if self.looker.look(one, self.clock()).is_heard:
                self._heard(monotonic())
                return True
        return not asked

    def _heard(self, at: float) -> None:
        with self._lock:
            self._heard_at = max(self._heard_at, at)
