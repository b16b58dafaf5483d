"""What a service can promise, given what it cannot work without."""

from datetime import timedelta
from fractions import Fraction

import pytest

from incidents.model.ceiling import ceiling_of, is_about_availability, promised
from incidents.model.ids import ServiceName
from incidents.model.objective import Objective, SLOName
from incidents.model.services import Dependency, Service, Services
from incidents.model.strength import Strength
from incidents.model.vendors import Agreement, Reliance, Vendor, VendorName

WEB = ServiceName("web")
NORTHPAY = VendorName("northpay")


def shop(**needs: str) -> Services:
    """Services by name with what they need, ``?`` behind what they can do without."""
    found = {}
    for name, words in needs.items():
        on = tuple(
            Dependency(
                ServiceName(word.rstrip("?")),
                Strength.SOFT if word.endswith("?") else Strength.HARD,
            )
            for word in words.split()
        )
        found[ServiceName(name)] = Service(ServiceName(name), name, 1, depends_on=on)
    return Services(found)


def promises(**targets: str) -> dict[ServiceName, Fraction]:
    return {ServiceName(name): Fraction(target) / 100 for name, target in targets.items()}


def allows(services: Services, **targets: str) -> Fraction:
    return ceiling_of(WEB, services, promises(**targets), {}).share * 100


def test_hard_dependencies_multiply_and_soft_ones_do_not_count() -> None:
    services = shop(web="pay db mail?", pay="", db="", mail="")

    found = ceiling_of(WEB, services, promises(pay="99.95", db="99.99", mail="90"), {})

    assert found.share * 100 == Fraction("99.940005")
    assert [name for name, _ in found.because_of] == ["pay", "db"]


def test_below_a_promise_nothing_is_counted_again() -> None:
    services = shop(web="pay", pay="db", db="")

    assert allows(services, pay="99.95", db="99.9") == Fraction("99.95")


def test_a_service_that_promises_nothing_is_looked_through() -> None:
    services = shop(web="pay", pay="db", db="")

    assert allows(services, db="99.9") == Fraction("99.9")


def test_what_several_need_counts_once() -> None:
    services = shop(web="a b", a="db", b="db", db="")

    assert allows(services, db="99.9") == Fraction("99.9")


def test_five_dependencies_of_one_nine_more_allow_almost_four_nines() -> None:
    services = shop(web="a b c d e", a="", b="", c="", d="", e="")

    found = allows(services, **dict.fromkeys("abcde", "99.999"))

    assert found / 100 == Fraction("0.99999") ** 5


def test_without_a_promise_below_there_is_no_ceiling() -> None:
    assert allows(shop(web="pay", pay="")) == 100
    assert allows(shop()) == 100


@pytest.mark.parametrize(
    ("strength", "fallback", "share"),
    [
        (Strength.HARD, "", "0.9995"),
        (Strength.SOFT, "", "1"),
        (Strength.HARD, "route cards to eastpay", "1"),
    ],
)
def test_a_vendor_without_a_way_around_counts_by_what_it_signed(
    strength: Strength, fallback: str, share: str
) -> None:
    web = Service(WEB, "Web", 1, vendors=(Reliance(NORTHPAY, strength),))
    signed = Agreement(target=Fraction("0.9995"))
    vendor = Vendor(NORTHPAY, "Northpay", agreement=signed, fallback=fallback)

    found = ceiling_of(WEB, Services({WEB: web}), {}, {NORTHPAY: vendor})

    assert found.share == Fraction(share)


def objective(name: str, target: str) -> Objective:
    service = ServiceName(name.partition("/")[0])
    return Objective(
        slo=SLOName(name), service=service, target=Fraction(target), window=timedelta(days=30)
    )


def test_only_availability_multiplies_and_of_several_promises_the_highest() -> None:
    given = [
        objective("pay/availability-eu", "0.999"),
        objective("pay/availability-us", "0.9995"),
        objective("pay/latency", "0.9"),
        objective("search/latency", "0.95"),
    ]

    assert promised(given) == {ServiceName("pay"): Fraction("0.9995")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pay/availability", True),
        ("pay/api.success-rate", True),
        ("pay/Uptime", True),
        ("pay/errors", True),
        ("pay/latency", False),
        ("availability/latency", False),
    ],
)
def test_a_name_says_whether_it_is_about_availability(name: str, *, expected: bool) -> None:
    assert is_about_availability(objective(name, "0.9")) is expected
