"""A decision tree as a picture: Mermaid for pages, plain text for terminals.

The same tree gives the same bytes, so a rendering can be checked in and compared. Shapes carry the
kind of a node and thick lines the walked path; colours (Okabe and Ito's, safe for colour-blind
readers) only repeat it.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from incidents.model.text import readable_markdown
from incidents.model.triage import Node, NodeKind, Outcome, Target, Tree, fill
from incidents.model.triage_walk import Taken

_LABEL_WIDTH = 26  # characters in a line of a box; Mermaid itself breaks at about 200 pixels
_TEXT_WIDTH = 96
_UNSAFE = {
    "&": "#amp;",
    "#": "#35;",
    '"': "#quot;",
    "<": "#lt;",
    ">": "#gt;",
    "`": "#96;",
    "\\": "#92;",
}
_LIST = re.compile(r"^(\d+[.)]|[-*+]) ")
_SHAPES = {
    NodeKind.ASK: ('{"', '"}'),
    NodeKind.DO: ('["', '"]'),
    NodeKind.CHECK: ('{{"', '"}}'),
}
_CLASSES = {
    "ask": "fill:#56B4E9,stroke:#0072B2,color:#000000",
    "do": "fill:#E69F00,stroke:#7F5800,color:#000000",
    "check": "fill:#F0E442,stroke:#7A7300,color:#000000",
    "ends": "fill:#009E73,stroke:#00543D,color:#000000",
    "pages": "fill:#D55E00,stroke:#6B2F00,color:#000000",
    "walked": "stroke:#000000,stroke-width:4px",
}
_KIND_WORDS = {NodeKind.ASK: "ask", NodeKind.DO: "do", NodeKind.CHECK: "automatic check"}


def mermaid(tree: Tree, walked: Iterable[Taken] = ()) -> str:
    """A Mermaid flowchart, top down, ending in a line feed. The path in ``walked`` stands out."""
    steps = tuple(walked)
    taken = {(step.node, step.answer) for step in steps}
    members: dict[str, list[str]] = {name: [] for name in _CLASSES}
    lines = ["flowchart TD"]
    for node in _in_order(tree):
        opening, closing = _SHAPES[node.kind]
        lines.append(f"  {_node_id(node.name)}{opening}{_label(_words(node))}{closing}")
        members[node.kind.value].append(_node_id(node.name))
    for outcome in _outcomes_in_order(tree):
        lines.append(f'  {_outcome_id(outcome.name)}(["{_label(_outcome_words(outcome))}"])')
        members["pages" if outcome.pages else "ends"].append(_outcome_id(outcome.name))
    for node in _in_order(tree):
        lines += _edges(node, taken)
    members["walked"] = _walked_ids(tree, steps)
    lines += [f"  classDef {name} {style}" for name, style in _CLASSES.items() if members[name]]
    lines += [f"  class {','.join(ids)} {name}" for name, ids in members.items() if ids]
    return "\n".join(lines) + "\n"


def text(tree: Tree, walked: Iterable[Taken] = ()) -> str:
    """The tree as numbered steps for a terminal; ``*`` marks the path in ``walked``."""
    taken = {(step.node, step.answer) for step in walked}
    been = {node for node, _ in taken}
    nodes = _in_order(tree)
    numbers = {node.name: index for index, node in enumerate(nodes, 1)}
    lines = [f"{tree.title} ({tree.id} {tree.version})", ""]
    for node in nodes:
        mark = "*" if node.name in been else " "
        head = f"{mark}{numbers[node.name]:>3}. "
        lines += _wrapped(head, f"{_plain(node.text)} [{_KIND_WORDS[node.kind]}]")
        if node.verify:
            lines += _wrapped(" " * 6, _plain(node.verify))
        for known in node.answers:
            sign = "*" if (node.name, known.name) in taken else "-"
            goal = _goal_words(tree, known.target, numbers)
            lines += _wrapped(f"      {sign} ", f"{known.label}: {goal}")
        if node.exhausted is not None:
            goal = _goal_words(tree, node.exhausted, numbers)
            lines += _wrapped("      - ", f"after {node.max_visits} visits: {goal}")
    return "\n".join(lines) + "\n"


def markdown(tree: Tree) -> str:
    """The tree to be walked on paper: numbered steps with their help, commands and answers."""
    nodes = _in_order(tree)
    numbers = {node.name: index for index, node in enumerate(nodes, 1)}
    parts = [f"# {_said(tree.title)}", "Begin at step 1. Write down the time of each answer."]
    for node in nodes:
        parts += _step(tree, node, numbers)
    ends = [
        f"- {_said(_outcome_words(one))}" + "".join(f"\n  - {_said(each)}" for each in one.then)
        for one in _outcomes_in_order(tree)
    ]
    parts += ["## Where it ends", "\n".join(ends)]
    return "\n\n".join(parts) + "\n"


def _step(tree: Tree, node: Node, numbers: Mapping[str, int]) -> Iterator[str]:
    yield f"## {numbers[node.name]}. {_said(node.text)}"
    if node.needs_role:
        yield f"The {_said(node.needs_role)} decides."
    if node.help:
        yield _said(node.help)
    if node.commands:
        yield "\n".join(f"    {_plain(each)}" for each in node.commands)
    if node.verify:
        yield f"Then: {_said(node.verify)}"
    ways = [(known.label, known.target) for known in node.answers]
    if node.exhausted is not None:
        ways.append((f"after {node.max_visits} visits", node.exhausted))
    yield "\n".join(
        f"- {_said(label)}: {_said(_goal_words(tree, target, numbers))}" for label, target in ways
    )


def _said(words: str) -> str:
    return readable_markdown(_plain(words))


def _edges(node: Node, taken: set[tuple[str, str]]) -> Iterator[str]:
    """Answers with the same goal share an arrow, but a walked answer keeps its own."""
    start = _node_id(node.name)
    arrows: dict[tuple[str, str], list[str]] = {}
    for known in node.answers:
        arrow = "==>" if (node.name, known.name) in taken else "-->"
        arrows.setdefault((arrow, _goal_id(known.target)), []).append(known.label)
    for (arrow, goal), labels in arrows.items():
        yield f'  {start} {arrow}|"{_label(" / ".join(labels))}"| {goal}'
    if node.exhausted is not None:
        said = _label(f"after {node.max_visits} visits")
        yield f'  {start} -.->|"{said}"| {_goal_id(node.exhausted)}'


def _in_order(tree: Tree) -> list[Node]:
    """The nodes as a reader meets them: breadth first from the root, then those never reached."""
    order: dict[str, None] = {tree.root: None}
    for name in _growing(order):
        for target in _targets(tree.nodes[name]):
            if target.node:
                order.setdefault(target.node)
    order.update(dict.fromkeys(tree.nodes))
    return [tree.nodes[name] for name in order]


def _growing(names: dict[str, None]) -> Iterator[str]:
    """The names in order, also those added meanwhile."""
    index = 0
    while index < len(names):
        yield list(names)[index]
        index += 1


def _outcomes_in_order(tree: Tree) -> list[Outcome]:
    met = {t.outcome: None for node in _in_order(tree) for t in _targets(node) if t.outcome}
    return [tree.outcomes[name] for name in (met | dict.fromkeys(tree.outcomes))]


def _targets(node: Node) -> list[Target]:
    after = [] if node.exhausted is None else [node.exhausted]
    return [known.target for known in node.answers] + after


def _walked_ids(tree: Tree, steps: tuple[Taken, ...]) -> list[str]:
    """The nodes that were answered, and the outcome if the last answer led straight to one."""
    ids = dict.fromkeys(_node_id(step.node) for step in steps)
    for step in steps[-1:]:
        for known in tree.nodes[step.node].answers:
            if known.name == step.answer and known.target.outcome:
                ids[_outcome_id(known.target.outcome)] = None
    return list(ids)


def _node_id(name: str) -> str:
    return f"n_{name}"


def _outcome_id(name: str) -> str:
    return f"o_{name}"


def _goal_id(target: Target) -> str:
    return _node_id(target.node) if target.node else _outcome_id(target.outcome)


def _goal_words(tree: Tree, target: Target, numbers: Mapping[str, int]) -> str:
    if target.node:
        return f"go to {numbers[target.node]}"
    outcome = tree.outcomes[target.outcome]
    return f"{'escalate' if target.escalates else 'end'}: {_plain(_outcome_words(outcome))}"


def _words(node: Node) -> str:
    return f"{node.text} {node.verify}".strip()


def _outcome_words(outcome: Outcome) -> str:
    return f"{outcome.title} (pages {outcome.pages.who})" if outcome.pages else outcome.title


def _plain(said: str) -> str:
    """On one line, with what is not known as <service>."""
    return " ".join(fill(said, {}).split())


def _label(said: str) -> str:
    """Inside Mermaid's quotes: in short lines, and with nothing that Mermaid would interpret."""
    lines = textwrap.wrap(_plain(said), _LABEL_WIDTH) or [" "]
    safe = ["".join(_UNSAFE.get(c, c) for c in line) for line in lines]
    # A number and a full stop, or a bullet, would begin a Markdown list.
    return "<br/>".join(_LIST.sub(r"\1#160;", line) for line in safe)


def _wrapped(head: str, said: str) -> list[str]:
    return textwrap.wrap(
        said, _TEXT_WIDTH, initial_indent=head, subsequent_indent=" " * len(head)
    ) or [head.rstrip()]
