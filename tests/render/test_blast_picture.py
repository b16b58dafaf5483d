"""A blast radius as a Mermaid picture."""

from incidents.model.blast import blast_of, blast_of_vendor
from incidents.model.ids import ServiceName, TeamName
from incidents.model.services import Dependency, Service, Services, Strength
from incidents.model.vendors import Reliance, VendorName
from incidents.render.blast import mermaid

DB, PAY, MAIL = ServiceName("db"), ServiceName("pay"), ServiceName("mail")
NORTHPAY = VendorName("northpay")
SHOP = Services(
    {
        DB: Service(DB, "DB", 1),
        PAY: Service(
            PAY,
            "Pay",
            1,
            TeamName("money"),
            (Dependency(DB),),
            customers=('EU "shoppers"]',),
            vendors=(Reliance(NORTHPAY, Strength.SOFT),),
        ),
        MAIL: Service(MAIL, "Mail", 3, depends_on=(Dependency(PAY, Strength.SOFT),)),
    }
)


def test_an_outage_is_drawn_from_the_top_down_to_the_customers() -> None:
    assert mermaid(SHOP, blast_of(SHOP, [DB])) == (
        "flowchart TD\n"
        '    s0[["db<br/>tier 1"]]\n'
        '    s1["pay<br/>tier 1, money"]\n'
        '    s2["mail<br/>tier 3"]\n'
        "    s0 --> s1\n"
        "    s1 -.-> s2\n"
        '    c0(["EU shoppers"])\n'
        "    s1 --- c0\n"
        "    style s0 stroke-width:4px\n"
    )


def test_a_vendor_stands_above_those_who_rely_on_it() -> None:
    picture = mermaid(SHOP, blast_of_vendor(SHOP, NORTHPAY))

    assert picture.splitlines()[1:5] == [
        '    v0(["northpay<br/>vendor"])',
        '    s0["pay<br/>tier 1, money"]',
        '    s1["mail<br/>tier 3"]',
        "    v0 -.-> s0",
    ]


def test_a_picture_of_hundreds_shows_the_nearest_and_says_how_many_there_are_more() -> None:
    many = [ServiceName(f"s{number:03}") for number in range(300)]
    services = Services(
        {DB: SHOP.by_name[DB]}
        | {one: Service(one, one, 2, depends_on=(Dependency(DB),)) for one in many}
    )

    picture = mermaid(services, blast_of(services, [DB]))

    assert picture.count("tier 2") == 40
    assert 'more["and 260 more"]' in picture
