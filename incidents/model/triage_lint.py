"""Is a decision tree fit to be trusted at 3 a.m.? What is wrong with it, and where.

The rules are about people: few buttons, short ways, always a way to say "I don't know", no dead
end, no going in circles, and every outcome reached by a test.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from incidents.model.triage import (
    BUTTON_LIMIT,
    DONT_KNOW,
    Node,
    NodeKind,
    Outcome,
    Risk,
    Target,
    Tree,
    placeholders,
)
from incidents.model.triage_cases import run_case

MOST_ANSWERS = 5  # more buttons than that are not read, they are searched
DEEPEST = 7  # questions until an outcome, at worst
KNOWN_PLACEHOLDERS = frozenset({"service", "team", "incident", "room"})

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Flaw:
    """One fault: the ``path`` of keys that leads to it in the file, what, and what is expected."""

    path: Path
    what: str
    expected: str = ""


def lint(tree: Tree) -> tuple[Flaw, ...]:
    """Everything that is wrong. The rest is looked at only once the tree can be walked at all."""
    return unsound(tree) or (
        *_reach(tree),
        *_cycles(tree),
        *_depth(tree),
        *_texts(tree),
        *_cases(tree),
    )


def unsound(tree: Tree) -> tuple[Flaw, ...]:
    """What keeps the tree from being walked, or matched, at all."""
    return (*_dangling(tree), *_answers(tree), *_applies(tree), *_facts(tree))


def _dangling(tree: Tree) -> Iterator[Flaw]:
    if tree.root not in tree.nodes:
        yield Flaw(("root",), f"there is no node {tree.root}", _some(tree.nodes))
    for name, node in tree.nodes.items():
        for path, target in _targets(name, node):
            yield from _dangling_target(tree, path, target)


def _dangling_target(tree: Tree, path: Path, target: Target) -> Iterator[Flaw]:
    if target.node:
        if target.node not in tree.nodes:
            yield Flaw((*path, "goto"), f"there is no node {target.node}", _some(tree.nodes))
        return
    word = "escalate" if target.escalates else "end"
    outcome = tree.outcomes.get(target.outcome)
    if outcome is None:
        what = f"there is no outcome {target.outcome}"
        yield Flaw((*path, word), what, _some(tree.outcomes))
    elif target.escalates and outcome.pages is None:
        what = f"it escalates to {outcome.name}, which pages nobody"
        yield Flaw((*path, word), what, "an outcome with page")


def _answers(tree: Tree) -> Iterator[Flaw]:
    for name, node in tree.nodes.items():
        path: Path = ("nodes", name)
        given = {known.name for known in node.answers}
        if node.kind is not NodeKind.DO and DONT_KNOW not in given:
            yield Flaw(path, f"{name} has no answer {DONT_KNOW}", "a way on for who cannot tell")
        if len(node.answers) > MOST_ANSWERS:
            what = f"{name} has {len(node.answers)} answers"
            yield Flaw(path, what, f"at most {MOST_ANSWERS}")
        if node.kind is NodeKind.CHECK and not node.auto:
            yield Flaw(path, f"{name} is a check and has no auto", "conditions that decide it")
        for known in node.answers:
            if len(known.label) > BUTTON_LIMIT:
                what = f"the button “{known.label}” has {len(known.label)} characters"
                where = (*_answers_at(name, node), known.name)
                yield Flaw(where, what, f"at most {BUTTON_LIMIT}")
        for rule in node.auto:
            if rule.answer not in given:
                what = f"{name} has no answer {rule.answer}"
                yield Flaw((*path, "auto", rule.answer), what, _some(given))


def _applies(tree: Tree) -> Iterator[Flaw]:
    for index, pattern in enumerate(tree.applies_to.alerts):
        try:
            re.compile(pattern)
        except re.error as error:
            what = f"not a regular expression: {error}"
            yield Flaw(("applies_to", "alerts", index), what)


def _facts(tree: Tree) -> Iterator[Flaw]:
    used = {c.fact for n in tree.nodes.values() for auto in n.auto for c in auto.when}
    for name in tree.facts:
        if name not in used:
            yield Flaw(("facts", name), f"no node uses the fact {name}")


def _reach(tree: Tree) -> Iterator[Flaw]:
    """Nodes and outcomes that no walk comes to, and nodes that no walk gets out of."""
    onward = {name: _next_nodes(node) for name, node in tree.nodes.items()}
    reached = _closure(onward, {tree.root})
    for name in tree.nodes:
        if name not in reached:
            yield Flaw(("nodes", name), f"no answer leads to {name}")
    ends = {t.outcome for name in reached for _, t in _targets(name, tree.nodes[name])}
    for name in tree.outcomes:
        if name not in ends:
            yield Flaw(("outcomes", name), f"no answer leads to the outcome {name}")
    inward: dict[str, set[str]] = {name: set() for name in tree.nodes}
    for name, following in onward.items():
        for other in following:
            inward[other].add(name)
    last = {n for n, node in tree.nodes.items() if any(t.outcome for _, t in _targets(n, node))}
    ending = _closure(inward, last)
    for name in tree.nodes:
        if name not in ending:
            yield Flaw(("nodes", name), f"no way from {name} comes to an outcome")


def _cycles(tree: Tree) -> Iterator[Flaw]:
    """Circles in which no node counts its visits: one could walk them for ever."""
    endless = {
        name: {other for other in _next_nodes(node) if not tree.nodes[other].max_visits}
        for name, node in tree.nodes.items()
        if not node.max_visits
    }
    for name, following in endless.items():
        if name in _closure(endless, following):
            what = f"{name} can lead back to itself for ever"
            yield Flaw(("nodes", name), what, "max_visits and exhausted on a node of the circle")


def _depth(tree: Tree) -> Iterator[Flaw]:
    way = _longest(tree)
    if len(way) > DEEPEST:
        what = f"{len(way)} steps before an outcome: {' > '.join(way)}"
        yield Flaw(("root",), what, f"at most {DEEPEST}")


def _longest(tree: Tree) -> tuple[str, ...]:
    """The longest way from the root that takes no step back to a node it came through."""
    known: dict[str, tuple[str, ...]] = {}
    on_the_way: set[str] = set()

    def longest_from(name: str) -> tuple[str, ...]:
        if name not in known:
            on_the_way.add(name)
            ahead = (o for o in sorted(_next_nodes(tree.nodes[name])) if o not in on_the_way)
            best = max((longest_from(other) for other in ahead), key=len, default=())
            on_the_way.discard(name)
            known[name] = (name, *best)
        return known[name]

    return longest_from(tree.root)


def _texts(tree: Tree) -> Iterator[Flaw]:
    for name, node in tree.nodes.items():
        if node.kind is NodeKind.DO and node.risk is Risk.HIGH and not node.needs_role:
            what = f"{name} is of high risk and anybody may order it"
            yield Flaw(("nodes", name, "risk"), what, "needs_role")
        texts = (node.text, node.verify, node.help, *node.commands)
        for unknown in _unknown_placeholders(texts):
            yield _placeholder_flaw(("nodes", name), unknown)
    for name, outcome in tree.outcomes.items():
        for unknown in _unknown_placeholders(_said(outcome)):
            yield _placeholder_flaw(("outcomes", name), unknown)


def _cases(tree: Tree) -> Iterator[Flaw]:
    reached = set()
    for index, case in enumerate(tree.cases):
        verdict = run_case(tree, case)
        reached.add(verdict.end)
        for wrong in verdict.wrong:
            yield Flaw(("tests", index), f"the test “{case.name}” fails: {wrong}")
    for name in tree.outcomes:
        if name not in reached:
            yield Flaw(("outcomes", name), f"no test ends in {name}", "at least one")


def _targets(name: str, node: Node) -> Iterator[tuple[Path, Target]]:
    """Every way on from a node, with where it stands in the file."""
    at = _answers_at(name, node)
    for known in node.answers:
        yield (*at, known.name), known.target
    if node.exhausted is not None:
        yield ("nodes", name, "exhausted"), node.exhausted


def _answers_at(name: str, node: Node) -> Path:
    if node.verify:
        return ("nodes", name, "verify", "answers")
    return ("nodes", name, "answers")


def _next_nodes(node: Node) -> set[str]:
    return {target.node for _, target in _targets(node.name, node) if target.node}


def _closure(edges: Mapping[str, set[str]], start: set[str]) -> set[str]:
    """Everything that can be come to from ``start``, itself included."""
    reached: set[str] = set()
    frontier = set(start)
    while frontier:
        reached |= frontier
        frontier = {other for name in frontier for other in edges.get(name, ())} - reached
    return reached


def _unknown_placeholders(texts: tuple[str, ...]) -> list[str]:
    found = {name for text in texts for name in placeholders(text)}
    return sorted(found - KNOWN_PLACEHOLDERS)


def _placeholder_flaw(path: Path, unknown: str) -> Flaw:
    return Flaw(path, f"nothing is known as {{{{ {unknown} }}}}", _some(KNOWN_PLACEHOLDERS))


def _said(outcome: Outcome) -> tuple[str, ...]:
    return (outcome.title, *outcome.then)


def _some(names: Iterable[str]) -> str:
    known = sorted(names)
    return f"one of {', '.join(known[:8])}" if known else "at least one to be defined"
