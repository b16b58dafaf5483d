"""Datadog: ``service.datadog.yaml`` (schemas v2 to v2.2) and ``entity.datadog.yaml`` (v3).

The schemas are published in DataDog/schema. Kinds of v3 that can fail become services: service,
datastore, queue. Dependencies exist in v3 only: ``service:cart``, ``datastore:orders``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from incidents.catalog.imports.entries import (
    Entry,
    Imported,
    documents,
    lifecycle_of,
    line,
    links_of,
    mapping,
    mappings,
    put,
    slug,
    tier_of,
    words,
)

FILES = ("*service.datadog.yaml", "*service.datadog.yml", "*entity.datadog.yaml",
         "*entity.datadog.yml")  # fmt: skip
_KINDS = {"service", "datastore", "queue"}


def read_datadog(root: Path) -> Imported:
    """Everything below ``root``, or in that file. Raises `Refused` if there is nothing."""
    imported = Imported()
    for where, document in documents(root, FILES, imported):
        if document.get("apiVersion") == "v3":
            _third(imported, document, where)
        elif "dd-service" in document:
            _second(imported, document, where)
        else:
            imported.remarks.append(f"{where}: neither dd-service nor apiVersion v3, left out")
    return imported


def _second(imported: Imported, document: Mapping[str, Any], where: str) -> None:
    written = document.get("dd-service")
    entry = _entry(written, document.get("team") or document.get("dd-team"), document, document)
    tags = [line(document.get("application")), line(document.get("type"))]
    entry = put(entry, tags=sorted({slug(one) for one in tags} - {""}))
    entry = put(entry, channel=_channel(document.get("contacts")))
    imported.add(entry, where)


def _third(imported: Imported, document: Mapping[str, Any], where: str) -> None:
    kind = str(document.get("kind") or "").lower()
    metadata, spec = mapping(document.get("metadata")), mapping(document.get("spec"))
    if kind not in _KINDS:
        imported.remarks.append(f"{where}: {metadata.get('name')} is a {kind}, left out")
        return
    owner = str(metadata.get("owner") or "").rpartition(":")[2]
    entry = _entry(metadata.get("name"), owner, metadata, spec)
    parts = [one.rpartition(":")[2] for one in words(spec.get("componentOf"))]
    tags = [*parts, line(spec.get("type")), *([kind] if kind != "service" else [])]
    entry = put(
        entry,
        title=line(metadata.get("displayName")),
        tags=sorted({slug(one) for one in tags} - {""}),
        channel=_channel(metadata.get("contacts")),
    )
    needs = []
    for written in words(spec.get("dependsOn")):
        what, _, name = written.rpartition(":")
        if what.lower() in _KINDS or not what:
            needs.append(slug(name))
        else:
            imported.remarks.append(f"{where}: {written} is not a service, dependency left out")
    imported.add(put(entry, depends_on=list(dict.fromkeys(needs))), where)


def _entry(name: object, team: object, about: Mapping[str, Any], spec: Mapping[str, Any]) -> Entry:
    links = links_of(mappings(about.get("links")), name="name", kind="type")
    return put(
        {"name": slug(name)},
        tier=tier_of(spec.get("tier")),
        team=slug(team),
        lifecycle=lifecycle_of(spec.get("lifecycle")),
        description=str(about.get("description") or "").strip(),
        **links,
    )


def _channel(contacts: object) -> str:
    """The name of a channel, if a contact names one: an address of Slack's has only its id."""
    for one in mappings(contacts):
        written = str(one.get("contact") or "").strip()
        if str(one.get("type")).lower() == "slack" and written.startswith("#"):
            return written.removeprefix("#")
    return ""
