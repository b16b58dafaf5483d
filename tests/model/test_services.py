"""Blast radius, the most affected service, cycles."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.ids import ServiceName
from incidents.model.services import (
    Dependency,
    Reached,
    Service,
    Services,
    Strength,
    hard_cycles,
)


def service(name: str, *needs: str, tier: int = 2, soft: tuple[str, ...] = ()) -> Service:
    hard = tuple(Dependency(ServiceName(each)) for each in needs)
    rest = tuple(Dependency(ServiceName(each), Strength.SOFT) for each in soft)
    return Service(ServiceName(name), name, tier, depends_on=hard + rest)


def services(*all_of_them: Service) -> Services:
    return Services({each.name: each for each in all_of_them})


SHOP = services(
    service("web", "checkout", tier=1, soft=("search",)),
    service("checkout", "payments", tier=1),
    service("payments", "db", tier=1),
    service("search", "db"),
    service("mail", tier=3, soft=("payments",)),
    service("db"),
)


def reach(of: Services, origin: str) -> list[tuple[str, int, str]]:
    found = of.blast_radius(ServiceName(origin))
    return [(each.service, each.depth, each.strength.value) for each in found]


def test_an_outage_reaches_the_nearest_first_and_hard_before_soft() -> None:
    assert reach(SHOP, "payments") == [
        ("checkout", 1, "hard"),
        ("mail", 1, "soft"),
        ("web", 2, "hard"),
    ]


def test_a_chain_with_one_soft_link_is_soft_unless_another_chain_is_hard() -> None:
    assert ("web", 2, "hard") in reach(SHOP, "db")
    assert reach(SHOP, "search") == [("web", 1, "soft")]


def test_the_way_an_outage_takes_is_told() -> None:
    found = SHOP.blast_radius(ServiceName("db"))

    assert Reached(ServiceName("web"), 2, Strength.HARD, ServiceName("checkout")) in found


def test_a_cycle_does_not_reach_its_own_origin() -> None:
    pair = services(service("a", "b"), service("b", "a"))

    assert reach(pair, "a") == [("b", 1, "hard")]


def test_what_nobody_knows_reaches_nothing() -> None:
    assert reach(SHOP, "nonsense") == []


def test_hard_cycles_are_found_and_soft_ones_are_allowed() -> None:
    looped = [service("a", "b"), service("b", "c"), service("c", "a"), service("d", soft=("e",))]
    calm = [*looped[:2], service("c", soft=("a",)), service("e", soft=("d",))]
    follows = {"a": "b", "b": "c", "c": "a"}

    (cycle,) = hard_cycles([*looped, service("e", soft=("d",))])

    assert cycle[0] == cycle[-1]
    assert set(cycle) == {"a", "b", "c"}
    assert all(later == follows[now] for now, later in pairwise(cycle))
    assert hard_cycles(calm) == ()


NAMES = [f"s{n}" for n in range(8)]
SOME = st.lists(st.sampled_from(NAMES), max_size=3)
GRAPHS = st.lists(st.tuples(SOME, SOME), min_size=8, max_size=8).map(
    lambda needs: services(
        *(
            service(name, *hard, soft=tuple(soft))
            for name, (hard, soft) in zip(NAMES, needs, strict=True)
        )
    )
)


@given(graph=GRAPHS, origin=st.sampled_from(NAMES))
def test_depths_grow_one_step_at_a_time_and_everybody_is_named_once(
    graph: Services, origin: str
) -> None:
    found = reach(graph, origin)
    depths = [depth for _, depth, _ in found]

    assert len({name for name, _, _ in found} - {origin}) == len(found)
    assert depths == sorted(depths)
    assert set(depths) == set(range(1, max(depths, default=0) + 1))


@given(graph=GRAPHS, origin=st.sampled_from(NAMES))
def test_whoever_depends_on_the_reached_is_reached(graph: Services, origin: str) -> None:
    inside = {name for name, _, _ in reach(graph, origin)} | {origin}

    outside = {each.on for name in inside for each in graph.dependents(ServiceName(name))}

    assert outside <= inside


@given(graph=GRAPHS)
def test_without_its_cycles_nothing_needs_itself(graph: Services) -> None:
    cycles = hard_cycles(graph)
    on_cycles = {name for cycle in cycles for name in cycle}

    itself = {
        name
        for name in NAMES
        for dependent in graph.dependents(ServiceName(name))
        if dependent.on == name and dependent.strength is Strength.HARD
    }

    assert itself <= on_cycles


@given(GRAPHS)
def test_without_the_last_step_of_each_chain_no_circle_is_left(graph: Services) -> None:
    cycles = hard_cycles(graph)

    cut = {(cycle[-2], cycle[-1]) for cycle in cycles}
    rest = [
        Service(
            one.name,
            one.title,
            one.tier,
            depends_on=tuple(d for d in one.depends_on if (one.name, d.on) not in cut),
        )
        for one in graph
    ]
    assert hard_cycles(rest) == ()
    for cycle in cycles:
        assert cycle[0] == cycle[-1]
        assert len(set(cycle)) == len(cycle) - 1
        for now, later in pairwise(cycle):
            assert Dependency(later) in graph.by_name[now].depends_on


def test_thousands_of_circles_are_found_at_once() -> None:
    pairs = [
        one
        for number in range(3000)
        for one in (service(f"a{number}", f"b{number}"), service(f"b{number}", f"a{number}"))
    ]
    chain = [service(f"c{number}", f"c{number + 1}") for number in range(3000)]

    assert len(hard_cycles([*pairs, *chain, service("c3000", "c0")])) == 3001
