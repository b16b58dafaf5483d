"""The tests that authors write beside a tree: walk it as they say, and compare where it led."""

from collections.abc import Iterator
from dataclasses import dataclass

from incidents.errors import Refused
from incidents.model.triage import Case, Tree
from incidents.model.triage_walk import Step, answer, begin


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case went: what is wrong (nothing if it passed), and the path that was walked.

    ``end`` is the outcome that was reached, or empty.
    """

    case: Case
    wrong: tuple[str, ...]
    path: tuple[str, ...]
    end: str

    @property
    def passed(self) -> bool:
        """Whether all went as the author said."""
        return not self.wrong


def run_case(tree: Tree, case: Case) -> Verdict:
    """Walk ``tree`` as ``case`` says. The tree's targets must exist: lint them first."""
    found = dict(case.findings)
    left = {node: list(answers) for node, answers in case.answers}
    suggested: dict[str, str] = {}
    step = begin(tree, found)
    wrong: list[str] = []
    while step.question is not None:  # a walk that goes round for ever is refused an answer
        name = step.question.node.name
        suggested.setdefault(name, step.question.suggested)
        choice = _next_answer(left, name)
        if choice is None:
            wrong.append(f"it asks {name}, and the test has no answer to that")
            break
        try:
            step = answer(tree, step.walk, choice, found)
        except Refused as error:
            wrong.append(f"at {name}: {error.why}")
            break
    wrong += _differences(case, step, suggested)
    return Verdict(case, tuple(wrong), _path(step), step.walk.outcome)


def run_cases(tree: Tree) -> tuple[Verdict, ...]:
    """Every test of the tree, in the file's order."""
    return tuple(run_case(tree, case) for case in tree.cases)


def _next_answer(left: dict[str, list[str]], node: str) -> str | None:
    """The next answer for the node; the last one is used again."""
    answers = left.get(node)
    if not answers:
        return None
    return answers.pop(0) if len(answers) > 1 else answers[0]


def _differences(case: Case, step: Step, suggested: dict[str, str]) -> Iterator[str]:
    end, path = step.walk.outcome, _path(step)
    if end and end != case.end:
        yield f"it ends in {end}, not in {case.end}"
    if case.path and path != case.path:
        yield f"it goes {' > '.join(path)}, not {' > '.join(case.path)}"
    for node, wanted in case.suggests:
        was = suggested.get(node, "")
        if was != wanted:
            yield f"at {node} it suggests {was or 'nothing'}, not {wanted}"
    for node, _ in case.answers:
        if end and node not in suggested:
            yield f"it never asks {node}, which the test has an answer to"


def _path(step: Step) -> tuple[str, ...]:
    return tuple(taken.node for taken in step.walk.steps)
