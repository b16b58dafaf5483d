"""What may go wrong in an organisation whose files are right: one broken part that takes all down.

Each of these is a judgement, so each names a way to say "we know": a word of `redundancy`, a soft
dependency, a fresh date of review.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path

from incidents.catalog import oncall as oncall_files
from incidents.catalog import oncall_warnings
from incidents.catalog import services as services_files
from incidents.catalog import vendors as vendors_files
from incidents.catalog import windows as windows_files
from incidents.catalog.settings import Settings
from incidents.catalog.values import Found
from incidents.errors import Problem
from incidents.model.services import Lifecycle, Service, Services, Strength
from incidents.model.weak_points import FAR_BELOW, Weak, shared_by

_FOREMOST = 1  # the tier whose outage everybody notices
_NAMED = 3  # services written out in a sentence


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything the files say, each thing with its place."""

    services: services_files.Read
    oncall: oncall_files.Read
    vendors: vendors_files.Read
    settings: Settings
    windows: windows_files.Read = field(default_factory=windows_files.Read)


def warnings_of(read: Whole, folder: Path, today: date) -> Iterator[Problem]:
    """What to look at, each at its place."""
    services = Services({found.value.name: found.value for found in read.services.services})
    yield from chain(
        _weak_services(read, services),
        _weak_vendors(read, services),
        _lonely(read),
        _ends(read.services.services, services),
        _pages(read, folder, today),
        oncall_warnings.warnings_of(read.services, read.oncall, today),
    )


def _weak_services(read: Whole, services: Services) -> Iterator[Problem]:
    """Services that many foremost ones cannot work without, or that are far less looked after."""
    most = read.settings.catalogue.single_point_of_failure
    needed = shared_by(services)
    for found in read.services.services:
        one = found.value
        weak = needed.get(one.name)
        if weak is None:
            continue
        if len(weak.takes_down) >= most and not one.redundancy:
            what = f"{one.name} is a single point of failure: without it {_fail(weak)}"
            expected = "redundancy: why it does not fail as a whole, or soft dependencies on it"
            yield found.warning(what, expected, "name")
        if one.tier - weak.best_tier >= FAR_BELOW:
            what = f"{one.name} is tier {one.tier}, but {_names(weak.foremost)} cannot work "
            what += f"without it and {'is' if len(weak.foremost) == 1 else 'are'} "
            expected = f"tier {weak.best_tier} or {weak.best_tier + 1}, or a soft dependency"
            yield found.warning(f"{what}tier {weak.best_tier}", expected, "tier")


def _weak_vendors(read: Whole, services: Services) -> Iterator[Problem]:
    for found in read.vendors.vendors:
        vendor = found.value.vendor
        needs = [one for one in services.relying_on(vendor.name) if one.strength is Strength.HARD]
        foremost = [one.service for one in needs if services.by_name[one.service].tier <= _FOREMOST]
        if not foremost:
            continue
        why = f"{_names(foremost)} cannot work without {vendor.name}"
        if not vendor.fallback:
            what = f"{vendor.name} is a single point of failure: {why}"
            yield found.warning(what, "fallback: what to do without it, or soft reliance", "name")
        if vendor.accountable is None:
            what = f"nobody here answers for {vendor.name}, and {why}"
            yield found.warning(what, "accountable: a team", "name")
        if not vendor.contacts:
            yield found.warning(f"{vendor.name} has no contacts, and {why}", "contacts", "name")


def _lonely(read: Whole) -> Iterator[Problem]:
    """Teams with foremost services whose on-call is one and the same person at all times."""
    people = {found.value.name: found.value.people for found in read.oncall.rotations}
    owned: dict[str, list[str]] = {}
    for found in read.services.services:
        if found.value.team and found.value.tier <= _FOREMOST:
            owned.setdefault(found.value.team, []).append(found.value.name)
    for team in read.services.teams:
        ever = {handle for name in team.value.on_call for handle in people.get(name, ())}
        if len(ever) == 1 and team.value.name in owned:
            what = f"only {next(iter(ever))} is ever on call for {_names(owned[team.value.name])}"
            yield team.warning(what, "at least two people who take turns", "on_call")


def _ends(all_found: Iterable[Found[Service]], services: Services) -> Iterator[Problem]:
    """Services that need what is retired, and foremost ones that need what is on its way out."""
    for found in all_found:
        one = found.value
        if one.lifecycle is Lifecycle.RETIRED:
            continue
        for number, need in enumerate(one.depends_on):
            state = services.by_name[need.on].lifecycle
            is_leaving = state is Lifecycle.DEPRECATED and one.tier <= _FOREMOST
            if state is Lifecycle.RETIRED or (is_leaving and need.strength is Strength.HARD):
                what = f"{one.name} depends on {need.on}, which is {state}"
                yield found.warning(what, "a service that stays", "depends_on", number)


def _pages(read: Whole, folder: Path, today: date) -> Iterator[Problem]:
    """Runbooks that nobody has looked at for long, that are not there, or that are missing."""
    longest = read.settings.catalogue.review_runbooks_every
    for found in read.services.services:
        for number, link in enumerate(found.value.runbooks):
            place = ("runbooks", number)
            if not link.url.startswith(("http://", "https://")) and not _is_there(folder, link.url):
                yield found.warning(f"there is no file {link.url}", "a runbook", *place, "url")
            if link.reviewed is None:
                continue
            if link.reviewed > today:
                what = f"“{link.name}” was reviewed on {link.reviewed}, which is still to come"
                yield found.warning(what, f"at most {today}", *place, "reviewed")
            elif today - link.reviewed > longest:
                days = (today - link.reviewed).days
                what = f"“{link.name}” was last reviewed {days} days ago"
                expected = f"a review every {longest.days} days"
                yield found.warning(what, expected, *place, "reviewed")


def _is_there(folder: Path, path: str) -> bool:
    """In the configuration or beside it; what leads out of it is not ours to look at."""
    root = folder.resolve()
    whole = (root / path).resolve()
    inside = whole.is_relative_to(root)
    return inside and (whole.is_file() or (root / "runbooks" / path).is_file())


def _fail(weak: Weak) -> str:
    return f"{_names(weak.takes_down)} {'fails' if len(weak.takes_down) == 1 else 'fail'}"


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    if len(listed) > _NAMED:
        return f"{', '.join(listed[:_NAMED])} and {len(listed) - _NAMED} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
