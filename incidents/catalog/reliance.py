"""Services and vendors together: either file may say that a service relies on a vendor."""

from collections.abc import Iterator
from dataclasses import replace

from incidents.catalog import services as services_files
from incidents.catalog import vendors as vendors_files
from incidents.catalog.checks import twice, unknown
from incidents.catalog.values import Found
from incidents.errors import Problem
from incidents.model.ids import ServiceName
from incidents.model.services import Service
from incidents.model.vendors import Reliance


def joined(services: services_files.Read, vendors: vendors_files.Read) -> services_files.Read:
    """The services with the vendors that only the vendors' own files tie them to."""
    said: dict[ServiceName, list[Reliance]] = {}
    for listed in vendors.vendors:
        for one in listed.value.services:
            said.setdefault(one.service, []).append(Reliance(listed.value.name, one.strength))
    if not said:
        return services

    def with_vendors(found: Found[Service]) -> Found[Service]:
        own = found.value.vendors
        named = {need.on for need in own}
        more = [one for one in said.get(found.value.name, ()) if one.on not in named]
        return replace(found, value=replace(found.value, vendors=(*own, *more))) if more else found

    return replace(services, services=tuple(with_vendors(found) for found in services.services))


def problems(services: services_files.Read, vendors: vendors_files.Read) -> Iterator[Problem]:
    """Names that lead nowhere between the two, and reliances that are told in two ways."""
    by_name = {found.value.name: found.value for found in services.services}
    names = {str(name) for name in by_name} | services.unread
    teams = {str(found.value.name) for found in services.teams} | services.unread
    known = {str(found.value.name) for found in vendors.vendors} | vendors.unread
    yield from twice(vendors.vendors, "vendor")
    for service in services.services:
        for number, need in enumerate(service.value.vendors):
            if need.on not in known:
                yield service.problem(*unknown("vendor", need.on, known), "vendors", number)
    for listed in vendors.vendors:
        team = listed.value.vendor.accountable
        if team is not None and team not in teams:
            yield listed.problem(*unknown("team", team, teams), "accountable")
        yield from _services(listed, by_name, names)


def _services(
    listed: Found[vendors_files.Listed], by_name: dict[ServiceName, Service], names: set[str]
) -> Iterator[Problem]:
    for number, one in enumerate(listed.value.services):
        if one.service not in names:
            what, expected = unknown("service", one.service, names)
            yield listed.problem(what, expected, "services", number)
        elif one.service in by_name:
            own = [n for n in by_name[one.service].vendors if n.on == listed.value.name]
            if own and own[0].strength is not one.strength:
                what = (
                    f"{one.service} says itself that it needs {listed.value.name} {own[0].strength}"
                )
                yield listed.problem(what, "one strength, in one place", "services", number)
