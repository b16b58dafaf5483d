"""Decision trees in the room: one message, edited from question to question."""

import json
from typing import Any

from bot.slack import blocks, mrkdwn
from bot.slack.blocks import Block, Message
from bot.slack.router import SILENT, Answer, Ask, Routes, remembered
from incidents.actions import triage
from incidents.errors import Refused
from incidents.model.incident import Incident
from incidents.store import incidents, walks

routes = Routes()

_SUGGESTED = 4


@routes.verb(
    "tree", "[name]", "Walk a decision tree", aliases=("triage", "runbook"), needs="walk a tree"
)
def tree(ask: Ask) -> Answer:
    """``tree http-5xx``; without a name the trees that fit are offered."""
    if not ask.text.strip():
        return _offer(ask)
    triage.start(ask.desk, ask.here.number, ask.text.split()[0], by=ask.by, now=ask.now)
    return SILENT


@routes.button("triage.choose", needs="walk a tree")
def choose_tree(ask: Ask) -> Answer:
    """The button on the card."""
    return _offer(ask)


@routes.button("triage.start", needs="walk a tree")
def start(ask: Ask) -> Answer:
    """One of the trees that were offered."""
    tree_id = ask.value.partition(" ")[2]
    step = triage.start(ask.desk, ask.here.number, tree_id, by=ask.by, now=ask.now)
    name = triage.find_tree(ask.desk, step.walk.tree).title
    text = f":deciduous_tree: {mrkdwn.escape(name)} is in the room."
    return Answer(Message(text, [blocks.section(text)]), replaces=True)


def _incident_of(ask: Ask) -> Incident | None:
    """The incident of the walk that is named. Raises `NotFound`, also for what is not theirs."""
    with ask.desk.look() as connection:
        number = walks.incident_of(connection, str(_memory(ask)["walk"]))
        found = incidents.get(connection, number, ask.reader) if number is not None else None
    is_here = ask.incident is not None and ask.incident.number == number
    if found is None and not is_here:
        raise triage.no_such_walk()
    return found or ask.incident


@routes.button("triage.answer", needs="walk a tree", find=_incident_of)
def answer(ask: Ask) -> Answer:
    """An answer: the question is edited into the next one."""
    memory = _memory(ask)
    triage.choose(
        ask.desk, memory["walk"], memory["step"], memory["answer"], by=ask.by, now=ask.now
    )
    return SILENT


@routes.button("triage.back", needs="walk a tree", find=_incident_of)
def back(ask: Ask) -> Answer:
    """Take the last answer back."""
    memory = _memory(ask)
    triage.step_back(ask.desk, memory["walk"], memory["step"], by=ask.by, now=ask.now)
    return SILENT


@routes.say("tree_step")
def tree_step(facts: dict[str, Any]) -> Message:
    """The question at hand, or where the walk ended."""
    title = f":deciduous_tree: *{mrkdwn.escape(facts['title'])}*"
    body: list[Block] = [blocks.context(f"{title}  ·  {mrkdwn.escape(facts['tree'])}")]
    for one in facts["so_far"]:
        why = f" _({mrkdwn.escape(one['because'])})_" if one["because"] else ""
        question = mrkdwn.escape(one["question"])
        body.append(blocks.context(f"{question} *{mrkdwn.escape(one['answer'])}*{why}"))
    shown = _outcome(facts) if "outcome" in facts else _question(facts)
    headline = mrkdwn.escape(f"{facts['title']}: {_headline(facts)}")
    return Message(headline, body + shown)


def _question(facts: dict[str, Any]) -> list[Block]:
    question = facts["question"]
    lines = [f"*{mrkdwn.escape(question['text'])}*"]
    if question["help"]:
        lines.append(mrkdwn.escape(question["help"]))
    lines += [mrkdwn.code(command) for command in question["commands"]]
    if question["verify"]:
        lines.append(f"*Then:* {mrkdwn.escape(question['verify'])}")
    body: list[Block] = [blocks.section("\n".join(lines))]
    notes = _notes(question)
    if notes:
        body.append(blocks.context(*notes))
    buttons = [
        blocks.button(
            one["label"],
            f"triage.answer:{index}",
            _remember(facts, one["name"]),
            style="primary" if one["name"] == question["suggested"] else "",
        )
        for index, one in enumerate(question["answers"])
    ]
    if facts["so_far"]:
        buttons.append(blocks.button("Back", "triage.back", _remember(facts, "")))
    body.append(blocks.actions(*buttons))
    return body


def _notes(question: dict[str, Any]) -> list[str]:
    notes = []
    if question["because"]:
        notes.append(f":mag: {mrkdwn.escape(question['because'])}")
    if question["risk"] != "low":
        notes.append(f":warning: {mrkdwn.escape(question['risk'])} risk")
    if question["needs_role"]:
        notes.append(f"the {mrkdwn.escape(question['needs_role'])} decides")
    if question["runbook"]:
        notes.append(f":books: {mrkdwn.escape(question['runbook'])}")
    return notes


def _outcome(facts: dict[str, Any]) -> list[Block]:
    outcome, key = facts["outcome"], facts["key"]
    lines = [f":checkered_flag: *{mrkdwn.escape(outcome['title'])}*"]
    lines += [f"• {mrkdwn.escape(line)}" for line in outcome["then"]]
    status = outcome["status"]
    buttons = [
        blocks.button(f"Set {status}", "lifecycle.set_status", f"{key} {status}", style="primary")
        if status
        else None,
        blocks.button(f"Page {outcome['pages'].replace('_', ' ')}", "roles.page_for",
                      f"{key} {outcome['service']}") if outcome["pages"] else None,
        blocks.button("Raise severity", "lifecycle.severity_form", key)
        if outcome["raises_severity"]
        else None,
        blocks.button("Another tree", "triage.choose", key),
        blocks.button("Back", "triage.back", _remember(facts, "")),
    ]  # fmt: skip
    return [blocks.section("\n".join(lines)), blocks.actions(*buttons)]


def _offer(ask: Ask) -> Answer:
    if not ask.desk.trees:
        raise Refused(
            "There are no decision trees here.", instead="Put them into runbooks/*.tree.yaml."
        )
    incident = ask.here
    found = triage.suggest(ask.desk, incident)
    body: list[Block] = []
    for one in found[:_SUGGESTED]:
        start_it = blocks.button(
            "Start", "triage.start", f"{incident.key} {one.tree.id}", style="primary"
        )
        words = f"*{mrkdwn.escape(one.tree.title)}*\n{mrkdwn.escape(one.because)}"
        body.append(blocks.section(words, accessory=start_it))
    fitting = {one.tree.id for one in found[:_SUGGESTED]}
    others = [
        blocks.option(tree.title, f"{incident.key} {tree.id}")
        for tree in ask.desk.trees
        if tree.id not in fitting
    ]
    if others:
        body.append(blocks.actions(blocks.select("triage.start", "Another tree", others)))
    head = "Trees that fit" if found else "No tree fits by its signs; choose one"
    return Answer(Message(head, [blocks.section(f":deciduous_tree: *{head}*"), *body]))


def _headline(facts: dict[str, Any]) -> str:
    if "outcome" in facts:
        return str(facts["outcome"]["title"])
    return str(facts["question"]["text"])


def _remember(facts: dict[str, Any], answer_name: str) -> str:
    memory = {"walk": facts["walk"], "step": facts["step"], "answer": answer_name}
    return json.dumps(memory)


def _memory(ask: Ask) -> dict[str, Any]:
    return remembered(ask, ask.value, walk=str, step=int, answer=str)
