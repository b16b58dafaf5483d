"""Walking a decision tree: the next question, why it is asked, and what the answers led to.

A walk is a value: every answer gives a new one. A question may come with a suggestion (an ``ask``
with ``auto``), a ``check`` may answer itself. What is not known never decides: then a person is
asked. Going back gives the question to a person for good, so an automatic answer can always be
overruled.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from incidents.errors import Refused
from incidents.model.triage import Node, NodeKind, Outcome, Tree
from incidents.model.triage_facts import Fact, Findings, Ruling, judge_all

_MOST_STEPS = 100  # answers in one walk; ``max_visits`` ends any loop long before


@dataclass(frozen=True, slots=True)
class Taken:
    """One answer that was given. ``because`` is empty if a person gave it without a finding."""

    node: str
    answer: str
    is_automatic: bool = False
    because: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """How far somebody got in one version of one tree.

    Ended once ``outcome`` is set. ``by_hand`` are the nodes that a person took over by going back.
    """

    tree: str
    version: str
    hash: str
    node: str
    outcome: str = ""
    steps: tuple[Taken, ...] = ()
    by_hand: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "Walk":
        """The inverse of `to_json`."""
        steps = tuple(Taken(**step) for step in state["steps"])
        return cls(**{**state, "steps": steps, "by_hand": tuple(state["by_hand"])})


@dataclass(frozen=True, slots=True)
class Question:
    """What to show. ``suggested`` names an answer, or is empty; ``because`` says why, or why not.

    Texts still hold ``{{ service }}`` and the like: see `triage.fill`.
    """

    node: Node
    suggested: str
    because: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where a walk stands now: at a ``question``, or at its ``outcome``.

    ``taken`` are the answers that this step added, in order: a person's, then automatic ones.
    """

    walk: Walk
    question: Question | None
    outcome: Outcome | None
    taken: tuple[Taken, ...]
    because: str


def begin(tree: Tree, found: Findings) -> Step:
    """The first question. Checks that already know their answer are behind it."""
    return resume(tree, Walk(tree.id, tree.version, tree.hash, tree.root), found)


def resume(tree: Tree, walk: Walk, found: Findings) -> Step:
    """The same walk with what is known now: a check that was open may answer itself."""
    _same_tree(tree, walk)
    before = len(walk.steps)
    while not walk.outcome and len(walk.steps) < _MOST_STEPS:
        node = tree.nodes[walk.node]
        choice, ruling = decide(tree, node, found)
        if not choice or node.kind is not NodeKind.CHECK or node.name in walk.by_hand:
            break
        walk = _take(
            tree, walk, Taken(node.name, choice, is_automatic=True, because=ruling.because)
        )
    return _stand(tree, walk, found, walk.steps[before:])


def answer(tree: Tree, walk: Walk, choice: str, found: Findings) -> Step:
    """The walk after somebody chose ``choice``. Raises `Refused` for an answer not on offer."""
    _same_tree(tree, walk)
    if walk.outcome:
        raise Refused("This tree has been walked to its end.", instead="Go back, or begin again.")
    if len(walk.steps) >= _MOST_STEPS:
        raise Refused("This walk has gone round too often.", instead="Begin again, or escalate.")
    node = tree.nodes[walk.node]
    offered = [known.name for known in node.answers]
    if choice not in offered:
        raise Refused(f"“{choice}” is not an answer here.", instead=f"Choose {_or(offered)}.")
    suggested, ruling = decide(tree, node, found)
    because = ruling.because if suggested == choice else ""
    taken = Taken(node.name, choice, because=because)
    step = resume(tree, _take(tree, walk, taken), found)
    return replace(step, taken=(taken, *step.taken))


def back(tree: Tree, walk: Walk, found: Findings) -> Step:
    """The walk without its last answer; a person answers that question from now on.

    Raises `Refused` at the first question.
    """
    _same_tree(tree, walk)
    if not walk.steps:
        raise Refused("This is the first question.", instead="Answer it, or stop here.")
    last = walk.steps[-1].node
    by_hand = tuple(dict.fromkeys((*walk.by_hand, last)))
    before = replace(walk, node=last, outcome="", steps=walk.steps[:-1], by_hand=by_hand)
    return _stand(tree, before, found, ())


def needed(tree: Tree, walk: Walk) -> tuple[Fact, ...]:
    """The facts that the question at hand would like to know; run their checks, then `resume`."""
    if walk.outcome:
        return ()
    conditions = (condition for auto in tree.nodes[walk.node].auto for condition in auto.when)
    names = dict.fromkeys(condition.fact for condition in conditions)
    return tuple(tree.facts[name] for name in names)


def decide(tree: Tree, node: Node, found: Findings) -> tuple[str, Ruling]:
    """The answer that the facts point to, or none, and why.

    Rules are tried in order. A rule that nobody can tell ends it: a later rule must not win only
    because an earlier one could not be looked at.
    """
    ruling = Ruling(holds=False, because="")
    for rule in node.auto:
        ruling = judge_all(rule.when, tree.facts, found)
        if ruling.holds is None:
            return "", ruling
        if ruling.holds:
            return rule.answer, ruling
    return "", ruling


def _stand(tree: Tree, walk: Walk, found: Findings, taken: tuple[Taken, ...]) -> Step:
    if walk.outcome:
        outcome = tree.outcomes[walk.outcome]
        return Step(walk, None, outcome, taken, _path_words(tree, walk))
    node = tree.nodes[walk.node]
    suggested, ruling = decide(tree, node, found)
    question = Question(node, suggested, ruling.because)
    return Step(walk, question, None, taken, ruling.because)


def _take(tree: Tree, walk: Walk, taken: Taken) -> Walk:
    """The walk after one answer; a target that was visited too often leads elsewhere."""
    chosen = next(known for known in tree.nodes[taken.node].answers if known.name == taken.answer)
    target, steps = chosen.target, (*walk.steps, taken)
    for _ in tree.nodes:  # one exhausted node may lead to another, but not for ever
        node = tree.nodes.get(target.node)
        if node is None or node.exhausted is None or _visits(steps, node.name) < node.max_visits:
            break
        target = node.exhausted
    return replace(walk, node=target.node or taken.node, outcome=target.outcome, steps=steps)


def _visits(steps: tuple[Taken, ...], name: str) -> int:
    return sum(step.node == name for step in steps)


def _same_tree(tree: Tree, walk: Walk) -> None:
    if (tree.id, tree.hash) != (walk.tree, walk.hash):
        raise Refused(
            f"The tree {walk.tree} has changed since this walk of version {walk.version} began.",
            instead="Begin it again; the answers so far stay on the timeline.",
        )


def _path_words(tree: Tree, walk: Walk) -> str:
    said = []
    for step in walk.steps:
        node = tree.nodes[step.node]
        label = next(known.label for known in node.answers if known.name == step.answer)
        said.append(f"{node.verify or node.text} {label}.")
    return " ".join(said)


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
