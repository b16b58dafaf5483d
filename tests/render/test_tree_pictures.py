"""Decision trees as Mermaid and as text."""

from dataclasses import replace

import pytest
from grove import DEMO, ON_FIRE, UNDO, ask, end, escalate, to, tree
from hypothesis import given
from hypothesis import strategies as st

from incidents.assets import folder
from incidents.catalog.trees import read_trees
from incidents.model.triage_walk import answer, begin
from incidents.render.tree import mermaid, text

DEMO_PICTURE = """\
flowchart TD
  n_burns{{"burns?"}}
  n_changed{"changed?"}
  n_undo["Undo it. Did it help?"]
  o_fixed(["Fixed"])
  o_owner(["Owner (pages its team's<br/>on-call)"])
  n_burns -->|"Yes / Unknown"| n_changed
  n_burns -->|"No"| o_fixed
  n_changed -->|"Yes"| n_undo
  n_changed -->|"No / Unknown"| o_owner
  n_undo -->|"Yes"| o_fixed
  n_undo -->|"No"| o_owner
  classDef ask fill:#56B4E9,stroke:#0072B2,color:#000000
  classDef do fill:#E69F00,stroke:#7F5800,color:#000000
  classDef check fill:#F0E442,stroke:#7A7300,color:#000000
  classDef ends fill:#009E73,stroke:#00543D,color:#000000
  classDef pages fill:#D55E00,stroke:#6B2F00,color:#000000
  class n_changed ask
  class n_undo do
  class n_burns check
  class o_fixed ends
  class o_owner pages
"""

DEMO_TEXT = """\
Demo (demo 1.0.0)

*  1. burns? [automatic check]
      * Yes: go to 2
      - No: end: Fixed
      - Unknown: go to 2
*  2. changed? [ask]
      - Yes: go to 3
      * No: escalate: Owner (pages its team's on-call)
      - Unknown: escalate: Owner (pages its team's on-call)
   3. Undo it. [do]
      Did it help?
      - Yes: end: Fixed
      - No: escalate: Owner (pages its team's on-call)
"""


def test_a_tree_is_drawn() -> None:
    assert mermaid(DEMO) == DEMO_PICTURE


def test_a_walked_path_is_thick() -> None:
    walk = answer(DEMO, begin(DEMO, ON_FIRE).walk, "no", ON_FIRE).walk

    drawn = mermaid(DEMO, walk.steps)

    assert '  n_burns ==>|"Yes"| n_changed\n  n_burns -->|"No"| o_fixed\n' in drawn
    assert '  n_burns -->|"Unknown"| n_changed\n' in drawn
    assert '  n_changed ==>|"No"| o_owner\n' in drawn
    assert drawn.endswith("  class n_burns,n_changed,o_owner walked\n")


def test_a_terminal_gets_numbered_steps() -> None:
    walk = answer(DEMO, begin(DEMO, ON_FIRE).walk, "no", ON_FIRE).walk

    assert text(DEMO, walk.steps) == DEMO_TEXT


def test_a_counted_loop_shows_where_it_leads_in_the_end() -> None:
    again = replace(
        ask("again", yes=to("again"), unknown=end("fixed")),
        max_visits=3,
        exhausted=escalate("owner"),
    )

    assert '  n_again -.->|"after 3 visits"| o_owner\n' in mermaid(tree(again))
    assert "      - after 3 visits: escalate: Owner" in text(tree(again))


@given(said=st.text(max_size=80))
def test_nothing_an_author_writes_breaks_the_picture(said: str) -> None:
    odd = replace(DEMO, nodes={**DEMO.nodes, "undo": replace(UNDO, text=said, verify="")})

    lines = mermaid(odd).split("\n")

    (drawn,) = [line for line in lines if line.startswith("  n_undo[")]
    label = drawn.removeprefix('  n_undo["').removesuffix('"]').replace("<br/>", "")
    assert len(lines) == len(mermaid(DEMO).split("\n"))
    assert not set(label) & set('"<>`\\&\r\n')
    assert "\u2028" not in label


@pytest.mark.parametrize("said", ["1. Undo", "- Undo", "2) Undo", "* Undo"])
def test_a_text_that_looks_like_a_list_is_no_list(said: str) -> None:
    odd = replace(DEMO, nodes={**DEMO.nodes, "undo": replace(UNDO, text=said, verify="")})

    assert f'n_undo["{said.replace(" ", "#160;")}"]' in mermaid(odd)


def test_the_pictures_beside_the_trees_that_ship_are_up_to_date() -> None:
    page = (folder("runbooks") / "README.md").read_text(encoding="utf-8")
    trees, _ = read_trees([folder("runbooks")])

    missing = [
        found.id
        for found in trees
        if f"## {found.id}\n\n```mermaid\n{mermaid(found)}```\n" not in page
    ]

    assert missing == []
