"""How far an outage reaches: of what somebody named, or of an incident."""

from collections.abc import Iterable

from incidents.actions.desk import Desk
from incidents.catalog.catalog import Catalog
from incidents.model.blast import Blast, blast_of, blast_of_vendor
from incidents.model.ids import ServiceName
from incidents.model.incident import Incident
from incidents.model.objective import Objective
from incidents.model.vendors import VendorName


def blast_called(desk: Desk, name: str) -> Blast:
    """Of the service or the vendor that goes by ``name``. Raises `NotFound`."""
    return blast_in(desk.catalog, name, desk.objectives)


def blast_in(catalog: Catalog, name: str, objectives: Iterable[Objective] = ()) -> Blast:
    """Like `blast_called`, without a record: the files say it all. Raises `NotFound`."""
    vendor = VendorName(name.strip().lower())
    if catalog.service(name) is None and vendor in catalog.vendors:
        return blast_of_vendor(catalog.services, vendor, objectives)
    return blast_of(catalog.services, [catalog.find_service(name).name], objectives)


def blast_of_incident(desk: Desk, incident: Incident) -> Blast:
    """Of all the services that an incident is about; those the catalogue lacks are left out."""
    names = (desk.catalog.canonical(name) for name in incident.services)
    origins = [ServiceName(name) for name in names if name]
    return blast_of(desk.catalog.services, origins, desk.objectives)
