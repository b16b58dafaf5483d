"""OpsLevel: ``opslevel.yml`` with ``service:`` or, since components came, ``component:``.

Everything is named by alias (docs.opslevel.com, "Config as Code"): owner, tier, lifecycle and
dependencies. A file about a repository says nothing about services and is passed over.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from incidents.catalog.imports.entries import (
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

FILES = ("opslevel.yml", "opslevel.yaml", "*.opslevel.yml")
_NOT_RUNNING = {"library"}


def read_opslevel(root: Path) -> Imported:
    """Everything below ``root``, or in that file. Raises `Refused` if there is nothing."""
    imported = Imported()
    aliases: dict[str, str] = {}
    for where, document in documents(root, FILES, imported):
        written = mapping(document.get("service")) or mapping(document.get("component"))
        if written:
            _service(imported, aliases, written, where)
        elif isinstance(document.get("team"), dict):
            _team(imported, document["team"])
        elif "repository" not in document:
            imported.remarks.append(f"{where}: neither a service nor a component, left out")
    for entry in imported.services.values():
        named = [aliases.get(slug(one), slug(one)) for one in entry.get("depends_on", ())]
        needs = [one for one in dict.fromkeys(named) if one and one != entry["name"]]
        entry.pop("depends_on", None)
        if needs:
            entry["depends_on"] = needs
    return imported


def _service(
    imported: Imported, aliases: dict[str, str], written: Mapping[str, Any], where: str
) -> None:
    if str(written.get("type") or "").lower() in _NOT_RUNNING:
        imported.remarks.append(f"{where}: {written.get('name')} is a library, left out")
        return
    others = [slug(one) for one in words(written.get("aliases"))]
    name = slug(written.get("name"))
    tools = links_of(mappings(written.get("tools")), name="name", kind="category")
    tags = [line(one.get("value")) for one in mappings(written.get("tags"))]
    tags += [*words(written.get("product")), *words(written.get("system"))]
    listed = written.get("dependencies")
    needs = [one.get("alias") for one in mappings(listed)]
    needs += words(listed)
    entry = put(
        {"name": name},
        title=line(written.get("name")),
        tier=tier_of(written.get("tier")),
        team=slug(written.get("owner")),
        lifecycle=lifecycle_of(written.get("lifecycle")),
        depends_on=[str(one) for one in needs if one],
        tags=sorted({slug(one) for one in tags} - {""}),
        description=str(written.get("description") or "").strip(),
        aliases=sorted({one for one in others if one} - {name}),
        **tools,
    )
    if imported.add(entry, where):
        for alias in (name, name.replace("-", "_"), *others):
            aliases.setdefault(alias, name)


def _team(imported: Imported, written: Mapping[str, Any]) -> None:
    name = slug(written.get("alias") or next(iter(words(written.get("aliases"))), ""))
    name = name or slug(written.get("name"))
    members = [line(one.get("email")).lower() for one in mappings(written.get("members"))]
    members += [one.lower() for one in words(written.get("members"))]
    if name:
        entry = put({"name": name}, title=line(written.get("name")))
        imported.teams[name] = put(entry, members=[one for one in members if one])
