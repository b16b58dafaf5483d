"""Which of several failing services matters most."""

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.ids import ServiceName
from incidents.model.impact import Impact, most_affected
from incidents.model.services import Dependency, Service, Services


def shop(*rows: tuple[str, int, str]) -> Services:
    """Name, tier, and the names of what it needs."""
    found = [
        Service(
            ServiceName(name),
            name,
            tier,
            depends_on=tuple(Dependency(ServiceName(need)) for need in needs.split()),
        )
        for name, tier, needs in rows
    ]
    return Services({one.name: one for one in found})


SHOP = shop(
    ("checkout", 1, "payments"), ("payments", 1, "db"), ("search", 2, ""), ("db", 1, ""),
    ("web", 1, "checkout"),
)  # fmt: skip


def names(*them: str) -> list[ServiceName]:
    return [ServiceName(one) for one in them]


def test_the_weight_is_tier_times_burn_times_dependents_and_can_be_checked() -> None:
    found = most_affected(SHOP, names("search", "payments"), {ServiceName("payments"): 14.4})

    assert found is not None
    assert found.because == (
        "payments weighs most "
        "(8 for tier 1 times 14.4 for its burn times 3 for itself and 2 dependents = 346); search 4"
    )


def test_a_burning_service_outweighs_a_calm_one_of_a_better_tier() -> None:
    found = most_affected(SHOP, names("search", "web"), {ServiceName("search"): 14.4})

    assert found is not None
    assert found.service == "search"
    assert (
        found.because == "search weighs most (4 for tier 2 times 14.4 for its burn = 57.6); web 8"
    )


def test_in_one_tier_the_one_that_more_depend_on_matters_most() -> None:
    found = most_affected(SHOP, names("checkout", "db", "web"), {})

    assert found is not None
    assert [one.service for one in found.impacts] == ["db", "checkout", "web"]


def test_of_many_the_reason_names_three() -> None:
    found = most_affected(SHOP, names(*SHOP.by_name), {})

    assert found is not None
    assert found.because.endswith("; payments 24, checkout 16, web 8, 1 more less still")


def test_between_equals_the_name_decides_and_says_so() -> None:
    found = most_affected(shop(("b", 2, ""), ("a", 2, "")), names("b", "a"), {})

    assert found is not None
    assert found.because == "a and b weigh the same, a comes first by name"


def test_unknown_services_are_passed_over() -> None:
    found = most_affected(SHOP, names("nonsense", "search"), {})

    assert found is not None
    assert found.because == "search is the only affected service we know"
    assert most_affected(SHOP, names("nonsense"), {}) is None


@given(
    tier=st.integers(2, 4), burn=st.floats(0, 1e4), dependents=st.integers(0, 9_999),
    faster=st.floats(0, 1e4), more=st.integers(0, 99),
)  # fmt: skip
def test_worse_in_any_way_never_weighs_less(
    tier: int, burn: float, dependents: int, faster: float, more: int
) -> None:
    plain = Impact(ServiceName("a"), tier, burn, dependents).weight

    assert Impact(ServiceName("a"), tier - 1, burn, dependents).weight > plain
    assert Impact(ServiceName("a"), tier, burn + faster, dependents).weight >= plain
    assert Impact(ServiceName("a"), tier, burn, dependents + more).weight >= plain
    assert Impact(ServiceName("a"), tier, None, dependents).weight <= plain
