"""A step of a decision tree as facts for a message: plain JSON, filled in, nothing to look up."""

from collections.abc import Mapping
from typing import Any

from incidents.model.triage import Tree, fill
from incidents.model.triage_walk import Step


def question_view(tree: Tree, step: Step, context: Mapping[str, str]) -> dict[str, Any]:
    """What to show: the question with its answers, or the outcome with what it asks for."""
    shown: dict[str, Any] = {
        "key": context["key"],
        "walk": context["walk"],
        "step": int(context["step"]),
        "tree": f"{tree.id}@{tree.version}",
        "title": tree.title,
        "so_far": _so_far(tree, step, context),
    }
    if step.outcome is not None:
        outcome = step.outcome
        shown["outcome"] = {
            "title": fill(outcome.title, context),
            "then": [fill(line, context) for line in outcome.then],
            "status": outcome.status.value if outcome.status else "",
            "pages": outcome.pages.value if outcome.pages else "",
            "service": context["service"],
            "raises_severity": outcome.raises_severity,
            "runbook": outcome.runbook,
        }
        return shown
    question = step.question
    if question is None:
        return shown
    node = question.node
    shown["question"] = {
        "kind": node.kind.value,
        "text": fill(node.text, context),
        "verify": fill(node.verify, context),
        "help": fill(node.help, context),
        "commands": [fill(command, context) for command in node.commands],
        "risk": node.risk.value,
        "needs_role": node.needs_role,
        "runbook": node.runbook,
        "because": question.because,
        "suggested": question.suggested,
        "answers": [{"name": one.name, "label": one.label} for one in node.answers],
    }
    return shown


def _so_far(tree: Tree, step: Step, context: Mapping[str, str]) -> list[dict[str, str]]:
    said = []
    for taken in step.walk.steps[-6:]:
        node = tree.nodes[taken.node]
        label = next(known.label for known in node.answers if known.name == taken.answer)
        question = fill(node.verify or node.text, context)
        said.append({"question": question, "answer": label, "because": taken.because})
    return said
