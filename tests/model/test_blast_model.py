"""How far an outage reaches: services, promises, customers, and through what."""

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.blast import blast_of, blast_of_vendor
from incidents.model.ids import ServiceName, TeamName
from incidents.model.objective import Objective, SLOName
from incidents.model.services import Dependency, Reached, Service, Services, Strength
from incidents.model.vendors import Reliance, VendorName

SOFT, HARD = Strength.SOFT, Strength.HARD
NORTHPAY = VendorName("northpay")


def name(word: str) -> ServiceName:
    return ServiceName(word)


def need(word: str, strength: Strength = HARD) -> Dependency:
    return Dependency(name(word), strength)


SHOP = Services(
    {
        one.name: one
        for one in (
            Service(
                name("web"),
                "Web",
                1,
                TeamName("front"),
                (need("cart"), need("search", SOFT)),
                customers=("shoppers",),
            ),
            Service(name("cart"), "Cart", 2, TeamName("front"), (need("db"),)),
            Service(
                name("pay"),
                "Pay",
                1,
                TeamName("money"),
                (need("db"),),
                vendors=(Reliance(NORTHPAY),),
                customers=("merchants", "shoppers"),
            ),
            Service(name("mail"), "Mail", 3, vendors=(Reliance(NORTHPAY, SOFT),)),
            Service(name("search"), "Search", 2, depends_on=(need("db"), need("mail"))),
            Service(name("db"), "DB", 1, TeamName("core")),
        )
    }
)


def objective(slo: str) -> Objective:
    service = name(slo.partition("/")[0])
    target, window = Fraction(999, 1000), timedelta(days=28)
    return Objective(slo=SLOName(slo), service=service, target=target, window=window)


SLOS = [objective(slo) for slo in ("web/latency", "pay/errors", "db/up", "mail/sent")]


def test_an_outage_reaches_services_promises_and_customers() -> None:
    blast = blast_of(SHOP, [name("db")], SLOS)

    assert [(one.service, one.depth, one.through) for one in blast.reached] == [
        ("pay", 1, "db"),
        ("cart", 1, "db"),
        ("search", 1, "db"),
        ("web", 2, "cart"),
    ]
    assert [(one.slo, one.depth) for one in blast.promises] == [
        ("db/up", 0),
        ("pay/errors", 1),
        ("web/latency", 2),
    ]
    assert blast.customers == ("merchants", "shoppers")
    assert blast.teams == ("core", "money", "front")
    assert blast.way(name("web")) == ("db", "cart", "web")
    assert blast.says == (
        "4 services (2 of tier 1, 2 steps deep), 3 SLOs, customers: merchants, shoppers"
    )


def test_an_outage_that_reaches_nobody_says_so() -> None:
    blast = blast_of(SHOP, [name("web")], SLOS)

    assert blast.reached == ()
    assert blast.says == "no other service, 1 SLO, customers: shoppers"
    assert blast_of(SHOP, [name("nothing")]).says == "no other service"


def test_two_outages_at_once_are_one_blast_in_which_the_stronger_way_counts() -> None:
    blast = blast_of(SHOP, [name("search"), name("cart"), name("cart")])

    assert blast.origins == ("search", "cart")
    assert blast.reached == (Reached(name("web"), 1, HARD, name("cart")),)
    assert blast.worse == ()


def test_a_vendor_s_outage_goes_through_those_who_rely_on_it() -> None:
    blast = blast_of_vendor(SHOP, NORTHPAY, SLOS)

    assert [(one.service, one.depth, one.strength, one.through) for one in blast.reached] == [
        ("pay", 1, HARD, "northpay"),
        ("mail", 1, SOFT, "northpay"),
        ("search", 2, SOFT, "mail"),
        ("web", 3, SOFT, "search"),
    ]
    assert blast.origins == ("pay", "mail")
    assert [one.service for one in blast.broken] == ["pay"]
    assert blast.way(name("web")) == ("northpay", "mail", "search", "web")
    assert [one.slo for one in blast.promises] == ["pay/errors", "mail/sent", "web/latency"]


@st.composite
def tangles(draw: st.DrawFn) -> Services:
    """Any services at all, circles included."""
    names = [name(f"s{number}") for number in range(draw(st.integers(1, 8)))]
    strengths = st.sampled_from(list(Strength))
    needs = st.lists(st.tuples(st.sampled_from(names), strengths), max_size=4)
    return Services(
        {
            each: Service(each, each, 1, depends_on=tuple(Dependency(*one) for one in draw(needs)))
            for each in names
        }
    )


@given(tangles(), st.data())
def test_of_several_outages_each_is_in_it_and_nothing_is_nearer_alone(
    services: Services, data: st.DataObject
) -> None:
    origins = data.draw(st.lists(st.sampled_from(list(services.by_name)), unique=True, min_size=1))

    together = {one.service: one for one in blast_of(services, origins).reached}

    for origin in origins:
        for one in services.blast_radius(origin):
            if one.service not in origins:
                assert together[one.service].depth <= one.depth
                if one.strength is HARD:
                    assert together[one.service].strength is HARD


@given(tangles(), st.data())
def test_the_way_to_a_service_ends_there_and_never_goes_on_for_ever(
    services: Services, data: st.DataObject
) -> None:
    origin = data.draw(st.sampled_from(list(services.by_name)))
    blast = blast_of(services, [origin])

    for one in blast.reached:
        way = blast.way(one.service)
        assert way[0] == origin
        assert way[-1] == one.service
        assert len(way) == len(set(way))
