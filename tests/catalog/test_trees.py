"""Decision trees as files: the six that ship, and what is said about broken ones."""

import json
from functools import cache
from pathlib import Path

import pytest

from incidents.assets import folder
from incidents.catalog.tree_format import json_schema
from incidents.catalog.trees import label, read_files, read_tree, read_trees
from incidents.errors import Misconfigured
from incidents.model.triage import NodeKind, Pages, Tree
from incidents.model.triage_facts import CheckKind
from incidents.model.triage_match import Signs, match

SHIPPED = folder("runbooks")
SIX = [
    "bad-deploy",
    "certificate-dns",
    "database-saturation",
    "dependency-outage",
    "http-5xx",
    "latency",
]

SMALL = """\
schema: warroom.tree/1
id: small
version: 1.2.3
title: Small
root: fresh
facts:
  age: {type: duration, from: changes.latest.age}
  page: {from: http.status, url: "http://127.0.0.1/up", timeout: 500ms}
nodes:
  fresh:
    ask: Is it fresh?
    auto:
      yes: {fact: age, lte: 30m}
      no:
        - {fact: age, gt: 6h}
        - {fact: page, gte: 200, lt: 300}
    answers:
      yes: {goto: undo}
      no: {end: calm, label: Not at all, note: It is old.}
      unknown: {escalate: owner}
  undo:
    do: Undo {{ service }}
    commands: ["undo --now"]
    goto: look
  look:
    check: Is it up?
    auto: {yes: {fact: page, in: [200, 204]}}
    answers: {yes: {end: calm}, unknown: {escalate: owner}}
outcomes:
  calm: {title: Calm, status: monitoring}
  owner: {title: Owner, page: owner, raise_severity: true}
tests:
  - name: undone
    facts: {age: 12m, page: 204}
    answers: {fresh: yes, undo: done}
    expect: {end: calm, path: [fresh, undo, look]}
  - name: nobody knows
    facts: {age: unknown}
    answers: {fresh: [unknown]}
    expect: {end: owner}
"""


def write(place: Path, text: str = SMALL, name: str = "small.tree.yaml") -> Path:
    file = place / name
    file.write_text(text, encoding="utf-8")
    return file


@cache
def shipped() -> dict[str, Tree]:
    trees, _ = read_trees([SHIPPED])
    return {tree.id: tree for tree in trees}


def test_the_six_trees_that_ship_are_sound() -> None:
    trees, problems = read_trees([SHIPPED])

    assert problems == ()
    assert [tree.id for tree in trees] == SIX


@pytest.mark.parametrize("name", SIX)
def test_a_tree_that_ships_can_call_somebody_and_tests_every_outcome(name: str) -> None:
    tree = shipped()[name]

    assert any(outcome.pages for outcome in tree.outcomes.values())
    assert {case.end for case in tree.cases} == set(tree.outcomes)
    assert len(tree.cases) >= 5


@pytest.mark.parametrize("name", SIX)
def test_every_step_to_do_that_ships_says_how_to_verify_it_and_where_to_read_more(
    name: str,
) -> None:
    steps = [node for node in shipped()[name].nodes.values() if node.kind is NodeKind.DO]

    assert steps
    assert all(step.verify and step.runbook for step in steps)


def test_the_trees_that_ship_use_all_three_kinds_of_checks() -> None:
    kinds = {fact.check.kind for tree in shipped().values() for fact in tree.facts.values()}

    assert kinds == set(CheckKind)


@pytest.mark.parametrize(
    ("title", "tree"),
    [
        ("checkout 5xx", "http-5xx"),
        ("Checkout returns 500s", "http-5xx"),
        ("search is slow", "latency"),
        ("too many connections on orders", "database-saturation"),
        ("payment provider outage", "dependency-outage"),
        ("broken since the last release", "bad-deploy"),
        ("TLS handshake fails on www", "certificate-dns"),
    ],
)
def test_a_title_finds_its_tree(title: str, tree: str) -> None:
    found = match(shipped().values(), Signs(tags=("http",), title=title))

    assert found[0].tree.id == tree


def test_the_published_schema_is_the_one_that_is_checked() -> None:
    published = (SHIPPED / "tree.schema.json").read_text(encoding="utf-8")

    assert json.loads(published) == json_schema()


def test_yes_and_no_are_words_and_an_answer_has_a_label() -> None:
    assert [label(name) for name in ("yes", "no", "unknown", "not_yet")] == [
        "Yes",
        "No",
        "Don't know",
        "Not yet",
    ]


def test_a_tree_is_read_with_everything_in_it(tmp_path: Path) -> None:
    tree = read_tree(write(tmp_path))

    assert [answer.name for answer in tree.nodes["fresh"].answers] == ["yes", "no", "unknown"]
    assert tree.nodes["fresh"].answers[1].label == "Not at all"
    assert len(tree.nodes["fresh"].auto[1].when) == 3
    assert tree.nodes["undo"].answers[0].name == "done"
    assert tree.facts["page"].check.param("url") == "http://127.0.0.1/up"
    assert tree.facts["page"].check.timeout.total_seconds() == 0.5
    assert tree.outcomes["owner"].pages is Pages.OWNER
    assert tree.outcomes["owner"].raises_severity


def test_comments_do_not_change_the_hash_and_a_changed_condition_does(tmp_path: Path) -> None:
    tree = read_tree(write(tmp_path))

    commented = read_tree(write(tmp_path, "# a remark\n" + SMALL))
    changed = read_tree(write(tmp_path, SMALL.replace("gt: 6h", "gt: 7h")))

    assert commented.hash == tree.hash
    assert changed.hash != tree.hash


BROKEN = [
    ("schema: warroom.tree/1", "schema: other/1", "1:1: schema: Input should be 'warroom.tree/1'"),
    ("version: 1.2.3", "version: 1.2", "3:1: version: Input should be a valid string"),
    ("title: Small", "titel: Small", "1:1: title: this key is missing"),
    ("title: Small", "titel: Small", "4:1: titel: this key is not known here"),
    ("root: fresh", "root: stale", "5:1: there is no node stale, expected one of fresh, look"),
    ("type: duration", "type: ratio", "7:9: changes.latest.age is a duration, not a ratio"),
    ("changes.latest.age", "changes.latest", "7:25: facts.age.from: Input should be 'slo.burn'"),
    ("type: duration,", "window: 5m,", "7:9: changes.latest.age takes no window"),
    ('url: "http://127.0.0.1/up"', "window: 5m", "8:29: http.status takes no window"),
    ('url: "http://127.0.0.1/up", ', "", "8:3: page does not say what to probe, expected either"),
    ("500ms", "soon", "8:57: facts.page.timeout: expected a duration such as 30m"),
    ("lte: 30m", "lte: 30", "13:24: 30 is not a duration, expected a duration such as 30m"),
    ("{fact: age, lte: 30m}", "{fact: agee, lte: 30m}", "13:13: there is no fact agee"),
    ("{fact: age, lte: 30m}", "{fact: age}", "13:7: nodes.fresh.auto.yes.0: expect"),
    ("in: [200, 204]", "in: [200, ok]", "27:40: 'ok' is not a number"),
    ("yes: {goto: undo}", "yes: {goto: undoo}", "18:13: there is no node undoo"),
    (
        "yes: {goto: undo}",
        "yes: {goto: undo, end: calm}",
        "18:7: nodes.fresh.answers.yes: expected exactly one",
    ),
    ("{escalate: owner}\n  undo", "{escalate: calm}\n  undo", "20:17: it escalates to calm"),
    ("    do: Undo", "    ask: Undo?\n    do: Undo", "21:3: nodes.undo: a node has exactly one of"),
    ("    goto: look", "    foo: 1\n    goto: look", "24:5: nodes.undo.foo: this key is not known"),
    ("    goto: look", "    runbook: nope.md\n    goto: look", "24:5: there is no file nope.md"),
    ("    goto: look", "    runbook: ../x.md\n    goto: look", "24:5: nodes.undo.runbook: String"),
    ("    goto: look", "    max_visits: 2\n    goto: look", "21:3: nodes.undo: max_v"),
    ("age: 12m", "age: soon", "34:13: 'soon' is not a duration"),
    ("age: 12m", "aeg: 12m", "34:13: there is no fact aeg, expected age, page"),
    ("undo: done", "undoo: done", "35:27: there is no node undoo"),
    ("undo: done", "undo: finished", "33:5: the test “undone” fails: at undo: “finished” is not"),
    (
        "    expect: {end: owner}",
        "    expect: {end: calm}",
        "37:5: the test “nobody knows” fails: it ends in owner, not in calm",
    ),
    ("id: small", "id: small\nid: twice", "3:1: not valid YAML: found duplicate key"),
    ("id: small", "id: [small", "3:8: not valid YAML: expected ',' or ']'"),
    ("root: fresh", "root: fresh\n---\nid: two", "1:1: the file holds 2 documents"),
    ("    ask: Is it fresh?", "    ask: ''", "11:5: nodes.fresh.ask: String should have at least"),
]


@pytest.mark.parametrize(
    ("good", "bad", "said"), BROKEN, ids=[bad[:40] + said[:9] for _, bad, said in BROKEN]
)
def test_a_fault_is_reported_where_it_stands(
    tmp_path: Path, good: str, bad: str, said: str
) -> None:
    assert good in SMALL
    file = write(tmp_path, SMALL.replace(good, bad, 1))

    (read,) = read_files([file])

    assert f"{file}:{said}" in "\n".join(str(problem) for problem in read.problems)


def test_all_faults_of_a_file_come_together(tmp_path: Path) -> None:
    text = SMALL.replace("gt: 6h", "gt: 6").replace("fact: page, in", "fact: pages, in")

    with pytest.raises(Misconfigured) as caught:
        read_tree(write(tmp_path, text))

    assert [problem.line for problem in caught.value.problems] == [15, 27]


def test_a_tree_of_ones_own_replaces_one_that_ships(tmp_path: Path) -> None:
    own = write(tmp_path, SMALL.replace("id: small", "id: latency"))

    trees, problems = read_trees([SHIPPED, tmp_path])

    assert problems == ()
    assert [tree.id for tree in trees] == SIX
    assert next(tree for tree in trees if tree.id == "latency") == read_tree(own)


def test_a_tree_of_ones_own_may_point_to_a_runbook_that_ships(tmp_path: Path) -> None:
    write(tmp_path, SMALL.replace("    goto: look", "    runbook: rollback.md\n    goto: look"))

    _, problems = read_trees([SHIPPED, tmp_path])

    assert problems == ()


def test_the_same_id_twice_in_one_folder_is_a_fault(tmp_path: Path) -> None:
    first = write(tmp_path, name="a.tree.yaml")
    second = write(tmp_path, name="b.tree.yaml")

    trees, problems = read_trees([tmp_path])

    assert [str(problem) for problem in problems] == [
        f"{second}:2:1: the id small is taken by {first}, expected an id of its own"
    ]
    assert len(trees) == 1


def test_a_broken_tree_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "nonsense", "other.tree.yaml")

    trees, problems = read_trees([tmp_path])

    assert [tree.id for tree in trees] == ["small"]
    assert len(problems) == 1


def test_a_tree_whose_tests_fail_is_not_offered_but_can_be_looked_at(tmp_path: Path) -> None:
    file = write(tmp_path, SMALL.replace("expect: {end: owner}", "expect: {end: calm}"))

    (read,) = read_files([file])

    assert read.tree is not None
    assert read_trees([tmp_path])[0] == ()
