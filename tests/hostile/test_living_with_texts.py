"""F62, F64: a whole incident out of hostile texts. Slack is sent no markup of theirs, and both
databases hold the same bytes.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hostile.living import VERBS, Life, live, markup
from hostile.sizes import sized
from hostile.texts import PIECES, TEXTS
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from postgres import Server
from sqlalchemy import select
from world import World

from incidents.store import tables

# A life takes a second: what fails is told as it is, rather than made smaller over many minutes.
FEW = settings(
    max_examples=250,
    deadline=None,
    phases=(Phase.explicit, Phase.generate)[: sized(1, 2)],
    suppress_health_check=list(HealthCheck),
)
OURS = re.compile(
    r"<(?:@U0[A-Z]+|#C0[0-9A-Z]+|!date\^\d+\^[{}_a-z ]+\|[-0-9: UTC]+"
    r"|https?://(?:warroom\.test|workspace\.test|prometheus\.example|ci\.example)/[^<>|\s]*"
    r"(?:\|[^<>|]*)?)>"
)
BROADCAST = re.compile(r"@(?:here|channel|everyone)", re.IGNORECASE)
ID_HASHED = re.compile(r"sha256:[0-9a-f]{64}")  # of a document that names random ids
TYPED = (
    (tables.incident, "title", "impact", "fix", "services", "room_name", "open_key", "facts"),
    (tables.timeline, "kind", "body"),
    (tables.update_message, "audience", "text"),
    (tables.action_item, "title", "owner"),
    (tables.change, "title", "service", "url", "made_by"),
    (tables.postmortem, "sections"),
)
"""Where what people typed is kept."""


@pytest.fixture
def lived(
    tmp_path: Path, sqlite_template: Path, postgres: Server, postgres_template: str
) -> Callable[[Sequence[str]], Iterator[Life]]:
    """The same life on either database, each in a world of its own."""

    def on_both(texts: Sequence[str]) -> Iterator[Life]:
        file = tmp_path / "warroom.db"
        shutil.copy(sqlite_template, file)
        urls = f"sqlite:///{file}", postgres.url(postgres.database(postgres_template))
        for url in urls:
            world = World(url)
            try:
                yield live(world, texts)
            finally:
                world.close()

    return on_both


def test_hostile_texts_mean_nothing_to_slack_and_the_same_to_both_databases(
    lived: Callable[[Sequence[str]], Iterator[Life]],
) -> None:
    @FEW
    @example(texts=list(PIECES))
    @given(texts=st.lists(TEXTS, min_size=20, max_size=60))
    def property_of(texts: list[str]) -> None:
        kept = []
        for life in lived(texts):
            nothing_of_theirs_is_markup(life)
            nothing_broke(life)
            kept.append(rows(life.world))

        assert set(kept[0]) ^ set(kept[1]) == set()
        assert kept[0] == kept[1]
        assert len(kept[0]) > 40

    property_of()


@pytest.mark.parametrize("letter", ["\x00", "\u202e"])
def test_a_letter_that_no_database_takes_reaches_none(exacting_world: World, letter: str) -> None:
    exacting_world.ana.types("/incident checkout 5xx sev2 @checkout")
    life = Life(exacting_world, [])

    for verb in ("", *VERBS):
        for word in (f"@b{letter}o", f"x{letter}"):
            life.types(f"{verb} {word}", "inc-1")

    nothing_broke(life)


def nothing_of_theirs_is_markup(life: Life) -> None:
    for text in markup(life):
        rest = OURS.sub("", text)
        assert "<" not in rest, text
        assert not re.search(r"(?<!^)>", rest, re.MULTILINE), text
        assert not re.search(r"&(?!(?:amp|lt|gt);)", rest), text
        assert not BROADCAST.search(rest), text


def nothing_broke(life: Life) -> None:
    assert "went wrong on my side" not in str(life.answers)
    with life.world.app.desk.look() as connection:
        query = select(tables.effect.c.key, tables.effect.c.error)
        dead = connection.execute(query.where(tables.effect.c.state == "dead")).all()
    assert dead == []


def rows(world: World) -> list[str]:
    """What people typed, as it is kept, in an order that does not depend on ids."""
    with world.app.desk.look() as connection:
        return sorted(
            ID_HASHED.sub("", f"{table.name} {tuple(row)!r}")
            for table, *names in TYPED
            for row in connection.execute(select(*(table.c[name] for name in names)))
        )
