"""Probes on the record: whose turn it is, what an answer counts for, and when we cannot see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.actions.desk import Desk, Origin, Work
from incidents.actions.ops import tell_ops
from incidents.actions.samples import Reading, ingest
from incidents.model.objective import in_words
from incidents.model.people import BOT
from incidents.model.probing import Finding, Outcome, Probe
from incidents.store import probes

PROBES = Origin(BOT, "probe")
_LATELY = timedelta(minutes=15)  # what was not looked at since then is not looked at any more


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look came to, and of which slot. ``is_blind``: it may be our own network."""

    slot: int
    at: datetime
    found: Finding
    is_blind: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Whether it was counted, and whether it is the first that our own network may be the cause."""

    is_counted: bool
    is_newly_blind: bool


def claim(desk: Desk, wanted: Mapping[str, int], place: str, now: datetime) -> frozenset[str]:
    """Take these slots, by the names of their probes; the names of those that were still free."""
    del now
    with desk.store.write() as connection:
        return frozenset(
            name
            for name, slot in sorted(wanted.items())
            if probes.take(connection, name, place, slot)
        )


def report(desk: Desk, probe: Probe, place: str, seen: Seen, now: datetime) -> Told:
    """Count an answer as one event of the probe's SLO, once however often it is reported.

    A look that may have failed through us is not counted, and whoever runs us is told once.
    """
    is_event = probe.slo is not None and not seen.is_blind
    is_counted = (
        is_event
        and seen.found.outcome is not Outcome.UNABLE
        and _count(desk, probe, place, seen, now)
    )
    with desk.work(PROBES, now) as work:
        before = probes.blind(work.connection, place, now - _LATELY)
        since = before.get(probe.name, seen.at) if seen.is_blind else None
        kept = probes.Kept(
            name=probe.name,
            place=place,
            slot=seen.slot,
            at=seen.at,
            outcome=seen.found.outcome.value,
            said=seen.found.said,
            is_counted=is_counted,
            blind_since=since,
        )
        probes.note(work.connection, kept)
        if seen.is_blind and not before:
            _tell_blind(work, place, seen)
        elif not seen.is_blind and before.keys() == {probe.name}:
            _tell_over(work, place, before[probe.name])
        return Told(is_counted, seen.is_blind and not before)


def _count(desk: Desk, probe: Probe, place: str, seen: Seen, now: datetime) -> bool:
    is_good = seen.found.outcome is Outcome.GOOD
    if probe.slo is None:
        return False
    reading = Reading(
        probe.slo, seen.at, int(is_good), int(not is_good), probe.source(place), seen.slot
    )
    return bool(ingest(desk, [reading], now).accepted)


def _tell_blind(work: Work, place: str, seen: Seen) -> None:
    tell_ops(
        work,
        f"probes/{place}/blind/{seen.at:%Y%m%dT%H%M%S}",
        f"Probes from {place} reach nobody",
        f"The last of them: {seen.found.said}.",
        "It looks like our own network, so nothing is counted against any service.",
        "What they see: warroom probe list",
    )


def _tell_over(work: Work, place: str, since: datetime) -> None:
    lasted = in_words(work.now - since)
    tell_ops(
        work,
        f"probes/{place}/sees/{work.now:%Y%m%dT%H%M%S}",
        f"Probes from {place} see again",
        f"For {lasted} nothing was counted.",
    )
