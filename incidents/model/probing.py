"""What is looked at from outside on a schedule, and what an answer is worth.

A probe is one question to one host: does it answer over HTTP, take a connection, hold a certificate
that lasts, know a name? Each answer is one good or bad event of an SLO. A failure counts only if it
is theirs: where our own network may be the reason, another host is asked before anybody is blamed.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from incidents.model.objective import SLOName

MOST_WITNESSES = 3  # other hosts that are asked before a failure is believed
MOST_REDIRECTS = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 60  # letters of what a host said


class Outcome(StrEnum):
    """What came of one look.

    ``UNREACHED`` may be their fault or ours; ``UNABLE`` is that we may not look at all.
    """

    GOOD = "good"
    BAD = "bad"
    UNREACHED = "unreached"
    UNABLE = "unable"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, in words, and how long it took."""

    outcome: Outcome
    said: str
    took: timedelta = timedelta()

    @property
    def is_heard(self) -> bool:
        """Whether somebody answered, with good or bad: then our own network works."""
        return self.outcome in {Outcome.GOOD, Outcome.BAD}


@dataclass(frozen=True, slots=True)
class HTTP:
    """Ask for ``url``: a status among ``status``, ``contains`` in its first 64 KiB, in time.

    A redirect leads on to the same host, or to one of ``follow``; any other is the answer itself.
    """

    url: str
    host: str
    status: tuple[int, ...] = ()
    contains: str = ""
    faster_than: timedelta | None = None
    follow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TCP:
    """Open a connection, and say nothing."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class TLS:
    """The certificate is the host's, is trusted, and is good for ``days`` more days."""

    host: str
    port: int = 443
    days: int = 14


@dataclass(frozen=True, slots=True)
class DNS:
    """``name`` has a record of ``kind``, and all of ``answers`` are among them.

    Asked of ``server``, or else of the servers that this host asks.
    """

    name: str
    kind: str = "A"
    answers: tuple[str, ...] = ()
    server: str = ""
    port: int = 53

    @property
    def host(self) -> str:
        """Whom it is about: who answers for the name."""
        return self.server or self.name


Target = HTTP | TCP | TLS | DNS


@dataclass(frozen=True, slots=True)
class Probe:
    """``target`` is looked at once in each slot of ``every``, for an answer within ``timeout``.

    Its answers are events of ``slo``; without one it is only a witness of what our network can do.
    """

    name: str
    target: Target
    every: timedelta = timedelta(minutes=1)
    timeout: timedelta = timedelta(seconds=5)
    slo: SLOName | None = None

    @property
    def kind(self) -> str:
        """``http``, ``tcp``, ``tls`` or ``dns``."""
        return type(self.target).__name__.lower()

    @property
    def shift(self) -> timedelta:
        """By how much its slots begin later than those of others, so that not all go at once."""
        chance = int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:4], "big")
        return timedelta(seconds=chance % max(self.every // timedelta(seconds=1), 1))

    def slot(self, at: datetime) -> int:
        """The number of the slot that holds ``at``; each is looked at once."""
        return (at - _EPOCH - self.shift) // self.every

    def begins(self, slot: int) -> datetime:
        """When a slot begins."""
        return _EPOCH + self.shift + slot * self.every

    def source(self, place: str) -> str:
        """What its readings are named by, together with the number of the slot."""
        return f"probe/{self.name}@{place}"


def judge_http(target: HTTP, status: int, body: bytes, took: timedelta) -> Finding:
    """What an answer over HTTP is worth."""
    is_expected = status in target.status if target.status else 200 <= status < 300  # noqa: PLR2004 (HTTP)
    if not is_expected:
        return Finding(Outcome.BAD, f"answered {status}", took)
    if target.contains and target.contains.encode() not in body:
        said = f"answered {status}, without “{target.contains[:_SHOWN]}”"
        return Finding(Outcome.BAD, said, took)
    if target.faster_than is not None and took > target.faster_than:
        said = f"answered {status} in {_ms(took)}, more than {_ms(target.faster_than)}"
        return Finding(Outcome.BAD, said, took)
    return Finding(Outcome.GOOD, f"answered {status} in {_ms(took)}", took)


def judge_certificate(target: TLS, until: datetime, now: datetime, took: timedelta) -> Finding:
    """What a certificate is worth that is trusted and good until ``until``."""
    days = (until - now) // timedelta(days=1)
    said = f"the certificate is good for {days} days, until {until:%Y-%m-%d}"
    if until - now < timedelta(days=target.days):
        return Finding(Outcome.BAD, f"{said}, less than {target.days}", took)
    return Finding(Outcome.GOOD, said, took)


def judge_records(target: DNS, records: Sequence[str], took: timedelta) -> Finding:
    """What the records of a name are worth."""
    if not records:
        return Finding(Outcome.BAD, f"{target.name} has no {target.kind} record", took)
    held = {one.lower().removesuffix(".") for one in records}
    missing = [one for one in target.answers if one.lower().removesuffix(".") not in held]
    shown = ", ".join(sorted(held))[:_SHOWN]
    if missing:
        said = f"{target.name} is {shown}, without {', '.join(missing)[:_SHOWN]}"
        return Finding(Outcome.BAD, said, took)
    return Finding(Outcome.GOOD, f"{target.name} is {shown}", took)


def witnesses(
    probe: Probe, others: Sequence[Probe], is_own: Callable[[str], bool]
) -> tuple[Probe, ...]:
    """Whom to ask whether our own network works, when ``probe`` reached nobody.

    Each is another host. A host inside of one's own network says little of the way out, and the
    other way round: those on the same side are asked, if there are any.
    """
    host = probe.target.host
    by_host = {one.target.host: one for one in reversed(others) if one.target.host != host}
    same = [one for each, one in by_host.items() if is_own(each) == is_own(host)]
    return tuple((same or list(by_host.values()))[:MOST_WITNESSES])


def _ms(length: timedelta) -> str:
    return f"{length / timedelta(milliseconds=1):.0f} ms"
