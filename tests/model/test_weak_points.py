"""What carries what matters more: the quick way finds what the blast radius finds."""

from hypothesis import given
from hypothesis import strategies as st

from incidents.model.ids import ServiceName
from incidents.model.services import Dependency, Service, Services, Strength
from incidents.model.weak_points import shared_by


@st.composite
def organisations(draw: st.DrawFn) -> Services:
    """Services that need only earlier ones, so that nothing goes in circles."""
    names = [ServiceName(f"s{number}") for number in range(draw(st.integers(1, 12)))]
    found = []
    for place, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:place] or [name]), unique=True, max_size=3))
        strengths = st.sampled_from(list(Strength))
        depends = tuple(Dependency(each, draw(strengths)) for each in needs if each != name)
        found.append(Service(name, name, draw(st.integers(1, 4)), depends_on=depends))
    return Services({each.name: each for each in found})


@given(organisations())
def test_what_fails_with_a_service_is_its_hard_blast_radius(services: Services) -> None:
    weak = shared_by(services)

    for one in services:
        broken = {
            each.service: services.by_name[each.service].tier
            for each in services.blast_radius(one.name)
            if each.strength is Strength.HARD
        }
        assert (one.name in weak) == bool(broken)
        if broken:
            best = min(broken.values())
            foremost = sorted(name for name, tier in broken.items() if tier == best)
            assert weak[one.name].best_tier == best
            assert list(weak[one.name].foremost) == foremost
            assert list(weak[one.name].takes_down) == (foremost if best == 1 else [])
