"""Whatever stands in the files of other tools, an import says so and never falls over."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from catalog.test_other_slos import KUBERNETES, SLOTH, file
from catalog.test_pyrra_slos import PYRRA
from catalog.test_slo_generator_slos import CONFIG, GENERATOR
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.catalog.imports.promises import Carried, Options
from incidents.catalog.imports.pyrra import read_pyrra
from incidents.catalog.imports.slo_generator import read_slo_generator
from incidents.catalog.imports.slo_plan import plan_slos
from incidents.catalog.imports.sloth import read_sloth

READERS: list[tuple[Callable[[Sequence[Path], Options], Carried], str]] = [
    (read_sloth, SLOTH),
    (read_sloth, KUBERNETES),
    (read_pyrra, PYRRA.replace("warroom.dev/tier", "example.com/tier")),
    (read_slo_generator, f"{GENERATOR}---\n{CONFIG}"),
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text("ab-_. {}[]\"'\n", max_size=9),
    st.dates(),
    st.just([]),
    st.just({}),
    st.just([[1], {"a": None}, "x"]),
    st.just({"name": {"deep": [3]}, "2": False}),
)


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inside:
        yield (*at, key)
        if isinstance(value, dict | list):
            yield from places(value, (*at, key))


@pytest.mark.parametrize(("read", "text"), READERS)
@settings(max_examples=20)
@given(data=st.data())
def test_anything_may_stand_anywhere(
    tmp_path_factory: pytest.TempPathFactory,
    read: Callable[[Sequence[Path], Options], Carried],
    text: str,
    data: st.DataObject,
) -> None:
    documents = list(yaml.safe_load_all(text))
    where = data.draw(st.sampled_from([one for one in places(documents) if len(one) > 1]))
    node: Any = documents
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = data.draw(ODD)
    folder = tmp_path_factory.mktemp("odd")
    path = file(folder, yaml.safe_dump_all(documents))

    carried = read([path], Options(window="28d"))

    assert carried.promises or carried.lost
    assert plan_slos("a", carried, folder / "new").problems == ()
