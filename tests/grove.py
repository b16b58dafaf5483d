"""Small trees to walk in tests."""

from datetime import timedelta

from incidents.model.triage import (
    Answer,
    Auto,
    Case,
    Node,
    NodeKind,
    Outcome,
    Pages,
    Target,
    Tree,
)
from incidents.model.triage_facts import (
    Check,
    CheckKind,
    Comparison,
    Condition,
    Fact,
    FactType,
    Finding,
)

HALF_AN_HOUR = timedelta(minutes=30)

AGE = Fact("age", FactType.DURATION, Check(CheckKind.CHANGES, "changes.latest.age"))
BURN = Fact("burn", FactType.NUMBER, Check(CheckKind.SLO, "slo.burn", (("window", "5m"),)))
STATUS = Fact("status", FactType.NUMBER, Check(CheckKind.HTTP, "http.status"))
FACTS = {fact.name: fact for fact in (AGE, BURN, STATUS)}

FRESH = Condition("age", Comparison.LTE, (HALF_AN_HOUR,))
OLD = Condition("age", Comparison.GT, (HALF_AN_HOUR,))
BURNING = Condition("burn", Comparison.GT, (1,))
CALM = Condition("burn", Comparison.LTE, (1,))


def to(node: str) -> Target:
    return Target(node=node)


def end(outcome: str) -> Target:
    return Target(outcome=outcome)


def escalate(outcome: str) -> Target:
    return Target(outcome=outcome, escalates=True)


def answers(**targets: Target) -> tuple[Answer, ...]:
    return tuple(Answer(name, name.capitalize(), target) for name, target in targets.items())


def ask(name: str, *auto: Auto, **targets: Target) -> Node:
    return Node(name, NodeKind.ASK, f"{name}?", answers(**targets), auto)


def check(name: str, *auto: Auto, **targets: Target) -> Node:
    return Node(name, NodeKind.CHECK, f"{name}?", answers(**targets), auto)


def tree(*nodes: Node, outcomes: tuple[Outcome, ...] = (), cases: tuple[Case, ...] = ()) -> Tree:
    """A tree of ``nodes``, the first of which is its root, with the facts that they use."""
    used = {c.fact for node in nodes for auto in node.auto for c in auto.when}
    ends = outcomes or (Outcome("fixed", "Fixed"), Outcome("owner", "Owner", pages=Pages.OWNER))
    return Tree(
        "demo",
        "1.0.0",
        "Demo",
        nodes[0].name,
        {node.name: node for node in nodes},
        {outcome.name: outcome for outcome in ends},
        {name: FACTS[name] for name in FACTS if name in used},
        cases=cases,
    )


BURNS = check(
    "burns",
    Auto("yes", (BURNING,)),
    Auto("no", (CALM,)),
    yes=to("changed"),
    no=end("fixed"),
    unknown=to("changed"),
)
CHANGED = ask(
    "changed",
    Auto("yes", (FRESH,)),
    Auto("no", (OLD,)),
    yes=to("undo"),
    no=escalate("owner"),
    unknown=escalate("owner"),
)
UNDO = Node(
    "undo",
    NodeKind.DO,
    "Undo it.",
    answers(yes=end("fixed"), no=escalate("owner")),
    verify="Did it help?",
)
DEMO = tree(BURNS, CHANGED, UNDO)

ON_FIRE = {"burn": Finding(20), "age": Finding(timedelta(minutes=12), "deploy 4f2a by Bo")}
