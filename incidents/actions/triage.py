"""Walk a decision tree in the room: each answer is on the record, each check explains itself.

What the record itself can tell (error budgets, changes) is looked up at once. What lies outside is
checked by an effect, while the question already waits for a person; whoever is first, answers.
"""

from datetime import datetime, timedelta
from typing import Any

from incidents.actions.desk import Desk, Origin, Work
from incidents.errors import NotFound, Refused
from incidents.model import effects
from incidents.model.effects import Receipt
from incidents.model.ids import IncidentNumber, ServiceName, uuid7
from incidents.model.incident import Incident
from incidents.model.timeline import Kind
from incidents.model.triage import Tree, fill
from incidents.model.triage_facts import CheckKind, Fact, Finding, Findings
from incidents.model.triage_match import Match, Signs, match
from incidents.model.triage_walk import Step, Taken, Walk, answer, back, begin, needed, resume
from incidents.queries import findings
from incidents.render.questions import question_view
from incidents.store import walks
from incidents.store.outbox import Claimed
from incidents.store.walks import Stored


def suggest(desk: Desk, incident: Incident) -> tuple[Match, ...]:
    """The trees that fit an incident, best first, with their reasons."""
    known = [desk.catalog.service(name) for name in incident.services]
    tags = tuple(dict.fromkeys(tag for service in known if service for tag in service.tags))
    alerts = tuple(incident.facts.get("alerts") or ())
    return match(desk.trees, Signs(incident.services, tags, incident.title.raw, alerts))


def start(desk: Desk, number: IncidentNumber, tree_id: str, *, by: Origin, now: datetime) -> Step:
    """Begin a tree in the room."""
    with desk.work(by, now) as work:
        incident = work.incident(number)
        if not incident.is_open:
            raise Refused(f"{incident.key} is {incident.status}.", instead="Reopen it first.")
        tree = find_tree(desk, tree_id)
        step = begin(tree, {})
        stored = Stored(
            id=uuid7(now),
            incident=number,
            tree=tree.id,
            version=tree.version,
            hash=tree.hash,
            state=_state(step.walk, {}),
            step=0,
            started_at=now,
            started_by=by.actor,
        )
        walks.add(work.connection, stored)
        body = {"tree": f"{tree.id}@{tree.version}", "title": tree.title}
        work.log(number, Kind.TREE_STARTED, body)
        stored, step = _look(work, incident, tree, stored, step, {})
        facts = question_view(tree, step, context_of(desk, incident, stored))
        work.send(effects.post(number, f"tree/{stored.id}", "tree_step", facts))
        return step


def choose(
    desk: Desk, walk_id: str, at_step: int, choice: str, *, by: Origin, now: datetime
) -> Step:
    """Somebody answered. Raises `Refused` if somebody else was faster."""
    with desk.work(by, now) as work:
        incident, tree, stored = _locked(work, walk_id)
        if stored.step != at_step:
            raise Refused(
                "That question was answered a moment ago.", instead="See the newest one above."
            )
        walk, found = _read(stored)
        step = answer(tree, walk, choice, found)
        return _advance(work, incident, tree, stored, step, found)


def step_back(desk: Desk, walk_id: str, at_step: int, *, by: Origin, now: datetime) -> Step:
    """Take the last answer back; a person answers that question from now on."""
    with desk.work(by, now) as work:
        incident, tree, stored = _locked(work, walk_id)
        if stored.step != at_step:
            raise Refused("Somebody else has moved on.", instead="See the newest question above.")
        walk, found = _read(stored)
        step = back(tree, walk, found)
        question = ""
        if step.question:
            question = fill(step.question.node.text, context_of(desk, incident, stored))
        work.log(incident.number, Kind.TREE_BACK, {"question": question})
        stored = walks.save(
            work.connection, stored, state=_state(step.walk, found), ended_at=None, outcome=None
        )
        _show(work, incident, tree, stored, step)
        return step


def checked(work: Work, effect: Claimed, receipt: Receipt) -> None:
    """A check outside came back. If the question is still open, it may answer itself."""
    incident, tree, stored = _locked(work, effect.args["walk"])
    walk, found = _read(stored)
    if walk.outcome or stored.step != effect.args["at_step"]:
        return
    came = {name: findings.from_json(one) for name, one in receipt.result["found"].items()}
    _log_findings(work, incident, tree, came)
    found = {**found, **came}
    step = resume(tree, walk, found)
    _advance(work, incident, tree, stored, step, found)


def find_tree(desk: Desk, tree_id: str) -> Tree:
    """A tree by its id, with or without its namespace. Raises `NotFound`."""
    for tree in desk.trees:
        if tree_id in {tree.id, tree.id.rpartition("/")[2]}:
            return tree
    names = ", ".join(tree.id for tree in desk.trees)
    raise NotFound(f"There is no tree called {tree_id}.", instead=f"There are: {names}.")


def _advance(
    work: Work, incident: Incident, tree: Tree, stored: Stored, step: Step, found: Findings
) -> Step:
    _log_taken(work, incident, tree, stored, step.taken)
    stored, step = _look(work, incident, tree, stored, step, found)
    _show(work, incident, tree, stored, step)
    return step


def _look(
    work: Work, incident: Incident, tree: Tree, stored: Stored, step: Step, found: Findings
) -> tuple[Stored, Step]:
    """Find out what the question at hand wants to know, and let it answer itself if it can."""
    known = dict(found)
    for _ in tree.nodes:
        wanted = [fact for fact in needed(tree, step.walk) if fact.name not in known]
        here = [fact for fact in wanted if fact.check.kind is not CheckKind.HTTP]
        if not here:
            break
        came = {fact.name: _look_up(work, incident, fact) for fact in here}
        _log_findings(work, incident, tree, came)
        known |= came
        step = resume(tree, step.walk, known)
        _log_taken(work, incident, tree, stored, step.taken)
    ending: dict[str, Any] = {}
    if step.outcome is not None:
        ending = {"ended_at": work.now, "outcome": step.outcome.name}
        body = {
            "tree": f"{tree.id}@{tree.version}",
            "title": tree.title,
            "outcome": step.outcome.title,
        }
        work.log(incident.number, Kind.TREE_ENDED, body)
    stored = walks.save(work.connection, stored, state=_state(step.walk, known), **ending)
    _check_outside(work, incident, tree, stored, step, known)
    return stored, step


def _check_outside(
    work: Work, incident: Incident, tree: Tree, stored: Stored, step: Step, known: Findings
) -> None:
    wanted = [fact for fact in needed(tree, step.walk) if fact.name not in known]
    probes = []
    for fact in wanted:
        url = _url(work.desk, incident, fact)
        probes.append({"fact": fact.name, "reads": fact.check.reads, "url": url,
                       "seconds": fact.check.timeout / timedelta(seconds=1)})  # fmt: skip
    if probes:
        facts = {"at_step": stored.step, "probes": probes}
        work.send(effects.check(incident.number, stored.id, stored.step, facts))


def _look_up(work: Work, incident: Incident, fact: Fact) -> Finding:
    return findings.look_up(work.desk, work.connection, incident, fact.check, work.now)


def _url(desk: Desk, incident: Incident, fact: Fact) -> str:
    """The address to probe: given, or a link of an affected service by its name."""
    given, name = fact.check.param("url"), fact.check.param("link")
    if given:
        return given
    for service_name in incident.services:
        service = desk.catalog.service(ServiceName(service_name))
        for link in (*service.dashboards, *service.runbooks) if service else ():
            if link.name == name:
                return link.url
    return ""


def _show(work: Work, incident: Incident, tree: Tree, stored: Stored, step: Step) -> None:
    facts = question_view(tree, step, context_of(work.desk, incident, stored))
    name = f"tree/{stored.id}"
    work.send(effects.edit(incident.number, name, str(stored.step), "tree_step", facts))


def _log_taken(
    work: Work, incident: Incident, tree: Tree, stored: Stored, taken: tuple[Taken, ...]
) -> None:
    known = context_of(work.desk, incident, stored)
    for one in taken:
        node = tree.nodes[one.node]
        label = next(known.label for known in node.answers if known.name == one.answer)
        body = {
            "tree": tree.id,
            "question": fill(node.verify or node.text, known),
            "answer": label,
            "because": one.because,
            "is_automatic": one.is_automatic,
        }
        work.log(incident.number, Kind.TREE_ANSWERED, body)


def _log_findings(work: Work, incident: Incident, tree: Tree, came: dict[str, Finding]) -> None:
    for name, finding in came.items():
        fact = tree.facts[name]
        body = {"check": fact.check.reads, "finding": findings.in_words(fact, finding)}
        work.log(incident.number, Kind.TREE_CHECKED, body)


def no_such_walk() -> NotFound:
    """The words for a walk that does not exist, and for one that is none of theirs."""
    return NotFound("That walk does not exist.", instead="Begin one with tree.")


def _locked(work: Work, walk_id: str) -> tuple[Incident, Tree, Stored]:
    stored = walks.lock(work.connection, walk_id)
    if stored is None:
        raise no_such_walk()
    return work.incident(stored.incident), find_tree(work.desk, stored.tree), stored


def context_of(desk: Desk, incident: Incident, stored: Stored) -> dict[str, str]:
    """What the texts of a tree may name."""
    services = [desk.catalog.service(ServiceName(name)) for name in incident.services]
    first = next((service for service in services if service), None)
    return {
        "key": incident.key,
        "walk": stored.id,
        "step": str(stored.step),
        "service": first.name if first else (incident.services or ("the service",))[0],
        "incident": incident.key,
        "team": (first.team or "") if first else "",
    }


def _state(walk: Walk, found: Findings) -> dict[str, Any]:
    known = {name: findings.to_json(one) for name, one in found.items()}
    return {"walk": walk.to_json(), "found": known}


def _read(stored: Stored) -> tuple[Walk, dict[str, Finding]]:
    found = {name: findings.from_json(one) for name, one in stored.state["found"].items()}
    return Walk.from_json(stored.state["walk"]), found
