"""The configuration as one immutable value: what exists, who owns it, who is on call, what holds.

`load_catalog` reads a folder, looks every name up, and reports all problems of all files at once.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path, PurePath

from incidents.catalog import reliance
from incidents.catalog import services as services_files
from incidents.catalog import windows as windows_files
from incidents.catalog.checks import problems_of, settings_problems
from incidents.catalog.files import LARGEST_FILE, Document, parse_bytes
from incidents.catalog.kept import Kept, without_pauses
from incidents.catalog.oncall import calendar_files, read_oncall
from incidents.catalog.services import Member, read_services
from incidents.catalog.settings import Settings, read_settings
from incidents.catalog.vendors import read_vendors
from incidents.catalog.warnings import Whole, warnings_of
from incidents.catalog.windows import read_windows
from incidents.errors import Misconfigured, NotFound, Problem
from incidents.model.commander import Training
from incidents.model.commands import to_type
from incidents.model.ids import ServiceName, TeamName
from incidents.model.oncall import Handle, Rotation, RotationName
from incidents.model.services import Dependency, Reached, Service, Services, Team
from incidents.model.vendors import Relying, Vendor, VendorName
from incidents.model.windows import Window, WindowId

_SUFFIXES = {".yaml", ".yml"}
_SECTIONS = ("oncall", "services", "vendors", "windows")
_LARGE = 50_000  # bytes of configuration from which on it is worth keeping
_CLOSE = 0.6  # similarity from which a name is worth suggesting


@dataclass(frozen=True)  # no slots: the table of names is made once, when first asked for
class Catalog:
    """Everything the configuration says. Without any it is empty, and everything still works.

    ``version`` is a SHA-256 of the files it was read from. ``window_calendars`` are the texts of
    the ``.ics`` files of windows, by their names; ``window_places`` is where the sensitivity of
    each window stands.
    """

    services: Services = field(default_factory=Services)
    teams: Mapping[TeamName, Team] = field(default_factory=dict)
    rotations: Mapping[RotationName, Rotation] = field(default_factory=dict)
    people: Mapping[Handle, Member] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    version: str = hashlib.sha256(b"").hexdigest()
    vendors: Mapping[VendorName, Vendor] = field(default_factory=dict)
    windows: Mapping[WindowId, Window] = field(default_factory=dict)
    window_calendars: Mapping[str, str] = field(default_factory=dict)
    window_places: Mapping[WindowId, tuple[str, int, int]] = field(default_factory=dict)

    @cached_property
    def _names(self) -> Mapping[str, ServiceName]:
        found: dict[str, ServiceName] = {}
        for service in self.services:
            for alias in service.aliases:
                found.setdefault(alias, service.name)
        return found | {service.name: service.name for service in self.services}

    @cached_property
    def training(self) -> Mapping[Handle, Training]:
        """Who is marked as ready to command or still learning it, by any team; trained wins."""
        learning = {
            one: Training.IN_TRAINING for team in self.teams.values() for one in team.in_training
        }
        return learning | {
            one: Training.TRAINED for team in self.teams.values() for one in team.trained
        }

    def canonical(self, name: str) -> str | None:
        """The name of the service that goes by ``name`` or has it as an alias."""
        return self._names.get(name.strip().lower())

    def service(self, name: str) -> Service | None:
        """The service that goes by ``name`` or has it as an alias."""
        found = self.canonical(name)
        return self.services.by_name[ServiceName(found)] if found else None

    def find_service(self, name: str) -> Service:
        """Like `service`; raises `NotFound` with the nearest names."""
        found = self.service(name)
        if found is None:
            near = " or ".join(self.near(name))
            instead = (
                f"Did you mean {near}?" if near else f"See the names with {to_type('oncall')}."
            )
            raise NotFound(f"There is no service called {name.strip()[:80]}.", instead=instead)
        return found

    def team_of(self, service: str) -> Team | None:
        """The team that owns ``service``; None if nobody does, or there is no such service."""
        found = self.service(service)
        return self.teams.get(found.team) if found and found.team else None

    def dependents(self, service: str) -> tuple[Dependency, ...]:
        """Who depends on ``service`` directly, and how much."""
        return self.services.dependents(ServiceName(self.canonical(service) or service))

    def blast_radius(self, service: str) -> tuple[Reached, ...]:
        """Everything an outage of ``service`` reaches, nearest first."""
        return self.services.blast_radius(ServiceName(self.canonical(service) or service))

    def relying_on(self, vendor: str) -> tuple[Relying, ...]:
        """Which services need ``vendor`` directly: first those that cannot do without it."""
        return self.services.relying_on(VendorName(vendor.strip().lower()))

    def vendors_of(self, services: Iterable[str]) -> tuple[Vendor, ...]:
        """The vendors that any of ``services`` needs, each once, in the order they are met."""
        named = (self.service(one) for one in services)
        needed = dict.fromkeys(need.on for one in named if one for need in one.vendors)
        return tuple(self.vendors[name] for name in needed)

    def near(self, name: str) -> tuple[str, ...]:
        """Up to three services or teams that ``name`` may have meant, the likeliest first."""
        known = {**dict.fromkeys(map(str, self.teams)), **self._names}
        hits = get_close_matches(name.strip().lower(), list(known), n=5, cutoff=_CLOSE)
        return tuple(dict.fromkeys(str(known[hit] or hit) for hit in hits))[:3]


EMPTY = Catalog()


def load_catalog(folder: Path, cache: Path | None = None) -> Catalog:
    """The configuration in ``folder``; a folder without files gives an empty `Catalog`.

    ``cache`` is a folder where a large one is kept for the next time. Raises `Misconfigured` with
    every problem of every file, in file order.
    """
    contents = _contents(folder)
    version = _version(contents)
    is_large = sum(map(len, contents.values())) >= _LARGE
    kept = Kept(cache, Catalog) if cache and is_large else None
    known = kept.recall(version) if kept else None
    if known is not None:
        return known
    with without_pauses():
        catalog = _loaded(folder, contents, version)
    if kept:
        kept.keep(version, catalog)
    return catalog


def _loaded(folder: Path, contents: Mapping[str, bytes], version: str) -> Catalog:
    read, problems = _read(folder, contents)
    if problems:
        raise Misconfigured(problems)
    return Catalog(
        Services({found.value.name: found.value for found in read.services.services}),
        {found.value.name: found.value for found in read.services.teams},
        {found.value.name: found.value for found in read.oncall.rotations},
        {found.value.handle: found.value for found in read.services.people},
        read.settings,
        version,
        {found.value.name: found.value.vendor for found in read.vendors.vendors},
        {found.value.id: found.value for found in read.windows.windows},
        dict(_calendars(contents, [], "windows")),
        {found.value.id: windows_files.place_of(found) for found in read.windows.windows},
    )


def check_catalog(folder: Path, today: date) -> tuple[Problem, ...]:
    """Everything that is wrong with the configuration in ``folder``, and what may go wrong.

    Warnings are looked for once nothing is wrong: they are about the organisation, not the files.
    """
    read, problems = _read(folder, _contents(folder))
    return problems or tuple(sorted(set(warnings_of(read, folder, today))))


def problems_with(folder: Path, instead: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """What would be wrong with ``folder`` if these files were in it; it need not exist."""
    found = _read(folder, {**_contents(folder), **instead})[1]
    return found if folder.is_dir() else tuple(one for one in found if one.file != str(folder))


def services_without(folder: Path, file: str) -> services_files.Read:
    """What all files about services but ``file`` say. Raises `Misconfigured` if one is broken."""
    documents = [
        (shown, document)
        for shown, content in _contents(folder).items()
        if shown.startswith("services/") and shown != file and PurePath(shown).suffix in _SUFFIXES
        for document in parse_bytes(content, shown)
    ]
    read = read_services(documents)
    if read.problems:
        raise Misconfigured(read.problems)
    return read


def _read(folder: Path, contents: Mapping[str, bytes]) -> tuple[Whole, tuple[Problem, ...]]:
    """All the files say, and everything that is wrong with them, in file order."""
    problems = [*_unreadable(folder)]
    documents: dict[str, list[tuple[str, Document]]] = {each: [] for each in ("", *_SECTIONS)}
    is_whole = True
    for shown, content in contents.items():
        section = shown.rpartition("/")[0]
        if PurePath(shown).suffix not in _SUFFIXES:
            continue
        try:
            documents[section] += [(shown, document) for document in parse_bytes(content, shown)]
        except Misconfigured as error:
            problems += error.problems
            is_whole = False
    services = read_services(documents["services"])
    calendars = _calendars(contents, problems, "oncall")
    oncall = calendar_files(calendars, read_oncall(documents["oncall"]))
    vendors = read_vendors(documents["vendors"])
    windows = read_windows(documents["windows"])
    _calendars(contents, problems, "windows")
    problems += [*services.problems, *oncall.problems, *vendors.problems, *windows.problems]
    if is_whole:  # names that a broken file would have given are not reported as missing
        problems += problems_of(services, oncall)
        problems += reliance.problems(services, vendors)
        problems += windows_files.problems(windows, services, vendors)
    settings, faults = _settings(documents[""])
    problems += faults
    if is_whole and not faults:
        for shown, document in documents[""]:
            problems += settings_problems(settings, document, shown, services)
    whole = Whole(reliance.joined(services, vendors), oncall, vendors, settings, windows)
    return whole, tuple(sorted(set(problems)))


def _settings(documents: Iterable[tuple[str, Document]]) -> tuple[Settings, tuple[Problem, ...]]:
    """The one document of settings, or the standard ones."""
    found: list[Settings] = []
    problems: list[Problem] = []
    for shown, document in documents:
        if found:
            problems.append(Problem(shown, 1, 1, "there are settings already", "one document"))
        try:
            found.append(read_settings(document, shown))
        except Misconfigured as error:
            problems += error.problems
    return (found or [Settings()])[0], tuple(problems)


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file that there may be something in, by its path, in a fixed order.

    They are read once, so that what was read is what `_version` is about. Of a file that is too
    large only the beginning is there.
    """
    names = [name for suffix in sorted(_SUFFIXES) if _is_file(folder, name := f"warroom{suffix}")]
    for section in _SECTIONS:
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder / section) as found:
            names += sorted(f"{section}/{one.name}" for one in found if one.is_file())
    return {name: _beginning(f"{folder}/{name}") for name in names}


def _is_file(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _beginning(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # thousands of files: `open` costs as much
    try:
        size = min(os.fstat(handle).st_size, LARGEST_FILE) + 1
        return os.read(handle, size)
    finally:
        os.close(handle)


def _unreadable(folder: Path) -> Iterable[Problem]:
    """Files that look as if they counted, and would be passed over in silence."""
    if not folder.is_dir():
        yield Problem(str(folder), 1, 1, "there is no such folder", "a configuration folder")


def _calendars(
    contents: Mapping[str, bytes], problems: list[Problem], section: str
) -> list[tuple[str, str]]:
    """The name and the text of each calendar file of a section."""
    found: list[tuple[str, str]] = []
    for shown, content in contents.items():
        if not shown.startswith(f"{section}/") or PurePath(shown).suffix.lower() != ".ics":
            continue
        if len(content) > LARGEST_FILE:
            problems.append(Problem(shown, 1, 1, "the file is too large", "at most 1 MB"))
            continue
        try:
            found.append((shown, content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8"
            problems.append(Problem(shown, 1, 1, what, "a UTF-8 file"))
    return found


def _version(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for shown, content in contents.items():
        name = shown.encode()
        digest.update(b"%d:%s%d:" % (len(name), name, len(content)) + content)
    return digest.hexdigest()
