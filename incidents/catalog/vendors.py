"""``vendors/*.yaml``: whom we rely on outside. A file holds one, or a list under ``vendors:``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from incidents.catalog.files import Document, Strict, read_as
from incidents.catalog.services import Need
from incidents.catalog.values import Duration, Found, Line, Word, fault, words
from incidents.errors import Misconfigured, Problem
from incidents.model.ids import ServiceName, TeamName
from incidents.model.severity import Severity
from incidents.model.strength import Strength
from incidents.model.vendors import Agreement, Contact, Relying, Vendor, VendorName

_SHARE = re.compile(r"(\d{1,2}(?:\.\d{1,9})?)\s*%")


@dataclass(frozen=True, slots=True)
class Listed:
    """A vendor, and the services that its own file says rely on it."""

    vendor: Vendor
    services: tuple[Relying, ...] = ()

    @property
    def name(self) -> VendorName:
        """What the vendor is called in other files."""
        return self.vendor.name


@dataclass(frozen=True, slots=True)
class Read:
    """The vendors, each with its place, and what is wrong with the files."""

    vendors: tuple[Found[Listed], ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()  # words in what could not be read: not to be missed


def _share(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    """``99.95%``, exactly."""
    found = _SHARE.fullmatch(written.strip()) if isinstance(written, str) else None
    if isinstance(written, Fraction):
        return written
    if found is None or not Fraction(found[1]):
        raise fault("this is not a share of good time", "one below 100 % like 99.95%")
    return Fraction(found[1]) / 100


def _web(written: Any) -> Any:  # noqa: ANN401 (YAML holds anything)
    if written == "" or (isinstance(written, str) and re.fullmatch(r"https?://[^\s|<>]+", written)):
        return written
    raise fault("this is not an address", "one that begins with https://")


Web = Annotated[str, BeforeValidator(_web)]
Phone = Annotated[str, StringConstraints(pattern=r"^(\+?[0-9 ()./-]{3,40})?$")]
Email = Annotated[str, StringConstraints(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$", max_length=254)]


class _ContactFile(Strict):
    name: Line
    email: Email = ""
    phone: Phone = ""
    url: Web = ""
    note: Annotated[str, Field(max_length=300)] = ""
    severities: tuple[Severity, ...] = ()

    @model_validator(mode="after")
    def _can_be_reached(self) -> "_ContactFile":
        if not (self.email or self.phone or self.url):
            raise fault(f"nobody can reach {self.name}", "an email, a phone or a url")
        return self


class _AgreementFile(Strict):
    target: Annotated[Fraction, BeforeValidator(_share)] | None = None
    window: Duration = Agreement().window
    answers_within: dict[Severity, Duration] = Field(default_factory=dict)
    url: Web = ""


class _VendorFile(Strict):
    name: Word
    title: Line | None = None
    accountable: Word | None = None
    account: str = ""
    status_page: Web = ""
    maintenances: Web = ""
    contacts: tuple[_ContactFile, ...] = ()
    agreement: _AgreementFile = _AgreementFile()
    fallback: str = ""
    description: str = ""
    services: tuple[Need, ...] = ()


class _Lists(Strict):
    vendors: tuple[_VendorFile, ...]


def read_vendors(documents: Sequence[tuple[str, Document]]) -> Read:
    """What ``documents``, each with its file's name, say. Nothing is looked up elsewhere yet."""
    vendors: list[Found[Listed]] = []
    problems: list[Problem] = []
    unread: frozenset[str] = frozenset()
    for file, document in documents:
        is_list = "vendors" in document
        try:
            written = (
                read_as(document, file, _Lists).vendors
                if is_list
                else (read_as(document, file, _VendorFile),)
            )
        except Misconfigured as error:
            problems += error.problems
            unread |= words(document)
            continue
        vendors += [
            Found(_listed(each), document, file, ("vendors", number) if is_list else ())
            for number, each in enumerate(written)
        ]
    return Read(tuple(vendors), tuple(problems), unread)


def _listed(written: _VendorFile) -> Listed:
    vendor = Vendor(
        name=VendorName(written.name),
        title=written.title or written.name,
        accountable=TeamName(written.accountable) if written.accountable else None,
        account=written.account.strip(),
        status_page=written.status_page,
        contacts=tuple(
            Contact(each.name, each.email, each.phone, each.url, each.note.strip(), each.severities)
            for each in written.contacts
        ),
        agreement=Agreement(
            written.agreement.target,
            written.agreement.window,
            dict(sorted(written.agreement.answers_within.items())),
            written.agreement.url,
        ),
        fallback=written.fallback.strip(),
        description=written.description.strip(),
        maintenances=written.maintenances,
    )
    relying = (Relying(ServiceName(each.on), Strength(each.strength)) for each in written.services)
    return Listed(vendor, tuple(relying))
