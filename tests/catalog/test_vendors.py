"""Vendors in files: what is read, which services rely on them, what is wrong with them."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest

from incidents.assets import folder as asset
from incidents.catalog.catalog import Catalog, load_catalog
from incidents.errors import Misconfigured
from incidents.model.services import Lifecycle
from incidents.model.severity import Severity
from incidents.model.strength import Strength
from incidents.model.vendors import Agreement, Contact, Relying, Vendor, VendorName

SERVICES = """\
services:
  - {name: checkout, tier: 2, customers: shoppers, lifecycle: deprecated, vendors: [northpay]}
  - {name: mail, tier: 3}
teams:
  - {name: payments, members: [bo]}
"""
NORTHPAY = """\
name: northpay
title: Northpay
accountable: payments
account: EX-1
status_page: https://status.northpay.example
contacts:
  - {name: Priority desk, phone: +44 20 7946 0000, severities: [sev1]}
  - {name: Support, email: help@northpay.example, note: quote the account}
agreement: {target: 99.95%, answers_within: {sev2: 1h, sev1: 15m}}
fallback: Use the other one.
services: [mail: soft]
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return folder


def shop(folder: Path, northpay: str = NORTHPAY, services: str = SERVICES) -> Catalog:
    files = {"services/all.yaml": services, "vendors/northpay.yaml": northpay}
    return load_catalog(write(folder, files))


def problems(folder: Path, northpay: str, services: str = SERVICES) -> list[str]:
    with pytest.raises(Misconfigured) as refusal:
        shop(folder, northpay, services)
    return [str(one) for one in refusal.value.problems]


def test_a_vendor_is_read_with_its_contacts_and_what_it_promised(tmp_path: Path) -> None:
    vendor = shop(tmp_path).vendors[VendorName("northpay")]

    assert vendor == Vendor(
        VendorName("northpay"),
        "Northpay",
        vendor.accountable,
        "EX-1",
        "https://status.northpay.example",
        (
            Contact("Priority desk", phone="+44 20 7946 0000", severities=(Severity.SEV1,)),
            Contact("Support", "help@northpay.example", note="quote the account"),
        ),
        Agreement(
            Fraction(9995, 10000),
            answers_within={
                Severity.SEV1: timedelta(minutes=15),
                Severity.SEV2: timedelta(hours=1),
            },
        ),
        "Use the other one.",
    )
    assert vendor.accountable == "payments"
    assert vendor.agreement.says == (
        "99.95 % over 30 d, answers sev1 within 15 min, sev2 within 1 h"
    )
    assert vendor.contacts[1].says == "Support: help@northpay.example (quote the account)"


def test_a_contact_for_the_worst_is_not_called_for_less(tmp_path: Path) -> None:
    vendor = shop(tmp_path).vendors[VendorName("northpay")]

    assert [one.name for one in vendor.contacts_for(Severity.SEV1)] == ["Priority desk", "Support"]
    assert [one.name for one in vendor.contacts_for(Severity.SEV3)] == ["Support"]


def test_either_file_may_say_who_relies_on_whom(tmp_path: Path) -> None:
    catalog = shop(tmp_path)

    relying = catalog.relying_on("Northpay")

    assert [(str(one.service), one.strength) for one in relying] == [
        ("checkout", Strength.HARD),
        ("mail", Strength.SOFT),
    ]
    assert isinstance(relying[0], Relying)
    assert [one.name for one in catalog.vendors_of(["mail", "checkout", "nothing"])] == ["northpay"]


def test_services_say_how_far_they_have_come_and_who_uses_them(tmp_path: Path) -> None:
    catalog = shop(tmp_path)
    checkout, mail = catalog.find_service("checkout"), catalog.find_service("mail")

    assert (checkout.lifecycle, mail.lifecycle) == (Lifecycle.DEPRECATED, Lifecycle.PRODUCTION)
    assert (checkout.customers, mail.customers) == (("shoppers",), ())


def test_names_that_lead_nowhere_are_found_in_both_directions(tmp_path: Path) -> None:
    wrong = NORTHPAY.replace("accountable: payments", "accountable: paymets")

    found = problems(
        tmp_path,
        wrong.replace("mail: soft", "male: soft"),
        SERVICES.replace("[northpay]", "[northpey]"),
    )

    assert found == [
        "services/all.yaml:2:85: there is no vendor called northpey, expected northpay, perhaps",
        "vendors/northpay.yaml:3:1: there is no team called paymets, expected payments, perhaps",
        "vendors/northpay.yaml:11:12: there is no service called male, expected mail, perhaps",
    ]


def test_two_files_that_disagree_about_the_same_reliance_are_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, NORTHPAY.replace("[mail: soft]", "[checkout: soft]")) == [
        (
            "vendors/northpay.yaml:11:12: checkout says itself that it needs northpay hard, "
            "expected one strength, in one place"
        )
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("99.95%", "100%", "9:13: agreement.target: this is not a share of good time"),
        ("99.95%", "0%", "9:13: agreement.target: this is not a share of good time"),
        ("phone: +44 20 7946 0000, ", "", "nobody can reach Priority desk"),
        ("https://status", "javascript:status", "5:1: status_page: this is not an address"),
        ("sev1]", "sev9]", "7:65: contacts.0.severities.0: "),
        ("account: EX-1", "acount: EX-1", "4:1: acount: this key is not known here"),
    ],
)
def test_a_vendor_is_written_in_the_ways_we_know(
    tmp_path: Path, right: str, wrong: str, words: str
) -> None:
    (found,) = problems(tmp_path, NORTHPAY.replace(right, wrong).replace("sev2: 1h, ", ""))

    assert words in found


def test_in_the_example_every_vendor_is_relied_on_by_somebody() -> None:
    catalog = load_catalog(asset("templates") / "init")

    assert {
        name: [str(one.service) for one in catalog.relying_on(name)] for name in catalog.vendors
    } == {"northpay": ["payments"], "postbote": ["notifications"]}
