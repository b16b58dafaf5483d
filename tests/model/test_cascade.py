"""What speaks for one outage, and what does not."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.cascade import HUB, TOGETHER, Kinship, Tie, surroundings
from incidents.model.ids import ServiceName
from incidents.model.services import Dependency, Service, Services, Strength

NOW = timedelta(0)
LATER = timedelta(hours=1)


def organisation(**needs: str) -> Services:
    """``web="cart search~"``: web needs cart, and can do without search."""
    found = {}
    for name, words in needs.items():
        on = [
            Dependency(
                ServiceName(word.rstrip("~")),
                Strength.SOFT if word.endswith("~") else Strength.HARD,
            )
            for word in words.split()
        ]
        found[ServiceName(name)] = Service(ServiceName(name), name, 2, depends_on=tuple(on))
    return Services(found)


SHOP = organisation(web="cart search~", cart="db", search="index", index="", db="", mail="db~")


def tie(services: Services, new: str, *failing: str, apart: timedelta = NOW) -> Kinship | None:
    return surroundings(services, ServiceName(new)).closest(failing, apart)


def test_what_needs_the_failing_service_fails_with_it() -> None:
    assert tie(SHOP, "cart", "db", apart=LATER) == Kinship(Tie.NEEDS, 0, "cart needs db")


def test_the_way_between_them_is_named() -> None:
    found = tie(SHOP, "web", "db", apart=LATER)

    assert found == Kinship(Tie.NEEDS, 1, "web needs db, through cart")


def test_the_cause_is_found_after_what_it_broke() -> None:
    found = tie(SHOP, "db", "web", apart=LATER)

    assert found == Kinship(Tie.NEEDED, 1, "web needs db, through cart")


def test_two_that_need_the_same_and_fail_together_are_one_outage() -> None:
    shop = organisation(web="db", shop="db", db="")

    found = tie(shop, "web", "shop", apart=timedelta(minutes=3))

    assert found is not None
    assert found.because == "web and shop both need db, and fail within 3 min of each other"


def test_two_that_need_the_same_and_fail_an_hour_apart_are_two() -> None:
    shop = organisation(web="db", shop="db", db="")

    assert tie(shop, "web", "shop", apart=TOGETHER + timedelta(seconds=1)) is None


def test_what_half_the_world_needs_proves_nothing() -> None:
    leaves = {f"leaf{n}": "dns" for n in range(HUB + 1)}

    assert tie(organisation(dns="", **leaves), "leaf1", "leaf2") is None
    assert tie(organisation(dns="", **dict(list(leaves.items())[1:])), "leaf1", "leaf2")


def test_what_can_be_done_without_is_only_asked_about() -> None:
    found = tie(SHOP, "web", "search")

    assert found == Kinship(Tie.SOFT, 0, "web uses search, and could do without it")
    assert not found.is_sure


def test_strangers_have_nothing_to_do_with_each_other() -> None:
    assert tie(SHOP, "index", "db") is None
    assert tie(SHOP, "cart", "unknown") is None


def test_the_closest_tie_is_the_reason() -> None:
    found = tie(SHOP, "web", "search", "db", "cart")

    assert found == Kinship(Tie.NEEDS, 0, "web needs cart")


@given(st.data())
def test_whoever_fails_first_they_are_the_same_outage(data: st.DataObject) -> None:
    names = [f"s{n}" for n in range(8)]
    needs = {
        name: " ".join(data.draw(st.lists(st.sampled_from(names), max_size=3, unique=True)))
        for name in names
    }
    services = organisation(**needs)
    one, other = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True))

    there, back = tie(services, one, other), tie(services, other, one)

    assert (there is None) == (back is None)
    assert there is None or back is None or there.is_sure == back.is_sure
