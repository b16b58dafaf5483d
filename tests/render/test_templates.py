"""Templates: hardened, strict, and open to an organisation's own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from incidents.errors import Misconfigured
from incidents.model.text import UserText
from incidents.render.faults import problems
from incidents.render.jinja import environment, prose, write

TYPED = UserText("*bold* | <b>")
NAME = "postmortem.md.j2"


def put(folder: Path, content: str, name: str = NAME) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_what_people_typed_leaves_only_through_an_escaper(tmp_path: Path) -> None:
    put(tmp_path, "{{ title | markdown }}")

    assert write(NAME, {"title": TYPED}, tmp_path) == r"\*bold\* \| \<b\>"


@pytest.mark.parametrize(
    "leak",
    [
        "{{ title }}",
        "{{ title.raw }}",
        "{{ title ~ '' }}",
        "{{ [title] }}",
        "{{ '%s' % title }}",
        "{{ '{}'.format(title) }}",
        "{{ title | upper }}",
        "{{ [title] | join }}",
    ],
)
def test_without_an_escaper_it_is_refused_with_its_place(leak: str, tmp_path: Path) -> None:
    path = put(tmp_path, f"first line\n{leak}\n")

    with pytest.raises(Misconfigured) as caught:
        write(NAME, {"title": TYPED}, tmp_path)

    assert str(caught.value).startswith(f"{path}:2:1: ")


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__ }}",
        "{{ names.append('x') }}",
        "{{ range(10 ** 9) }}",
        "{{ nobody_knows }}",
        "{% include '../../etc/passwd' %}",
    ],
)
def test_a_template_can_neither_reach_out_nor_change_anything(attack: str, tmp_path: Path) -> None:
    put(tmp_path, attack)

    with pytest.raises(Misconfigured):
        write(NAME, {"names": ["a"]}, tmp_path)


def test_an_override_stands_in_for_ours_and_the_others_stay(tmp_path: Path) -> None:
    put(tmp_path, "mine")

    assert write(NAME, {}, tmp_path) == "mine"
    ours = environment(tmp_path).get_template("updates/customers.md.j2").filename or ""
    assert not ours.startswith(str(tmp_path))


def test_faults_in_overrides_are_found_with_file_and_line(tmp_path: Path) -> None:
    broken = put(tmp_path, "fine\n{% if %}\n")
    unknown = put(tmp_path, "fine", "updates/nobody.md.j2")

    found = [(one.file, one.line, one.what) for one in problems(tmp_path)]

    assert found == [
        (str(broken), 2, "Expected an expression, got 'end of statement block'"),
        (str(unknown), 1, "no template of warroom's has this name"),
    ]


def test_a_folder_that_is_not_there_has_no_faults(tmp_path: Path) -> None:
    assert problems(tmp_path / "templates") == ()


def test_paragraphs_and_lists_survive_and_nothing_else() -> None:
    text = UserText("One.\ntwo *x*\n===\n\n- a\n* b\n# no heading\n1. no list")

    assert prose(text) == (
        "One\\.\\\ntwo \\*x\\*\\\n\\===\n\n- a\n- b\n\n\\# no heading\\\n1\\. no list"
    )


@given(st.text(max_size=200))
def test_prose_is_only_paragraphs_lists_and_text(typed: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(prose(typed))

    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    inline = {child.type for token in tokens for child in token.children or ()}
    assert kinds <= {"paragraph", "bullet_list", "list_item", "inline"}
    assert inline <= {"text", "hardbreak", "softbreak"}
