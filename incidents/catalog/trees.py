"""Decision trees as files: read, checked by the linter, every problem with file, line and column.

The trees that ship are read first; a tree of the same id in the user's own folder replaces one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from incidents.catalog.files import Document, load, problem_at, read_as
from incidents.catalog.tree_format import (
    TAGS,
    AnswerFile,
    AskNode,
    CaseFile,
    CheckNode,
    ConditionFile,
    DoNode,
    FactFile,
    Goal,
    OutcomeFile,
    TreeFile,
)
from incidents.errors import Misconfigured, Problem
from incidents.model.lifecycle import Status
from incidents.model.triage import (
    Answer,
    AppliesTo,
    Auto,
    Case,
    Node,
    NodeKind,
    Outcome,
    Pages,
    Risk,
    Target,
    Tree,
)
from incidents.model.triage_facts import (
    EXPECTED,
    SOURCES,
    Check,
    CheckKind,
    Comparison,
    Condition,
    Fact,
    Finding,
    Unknown,
    Value,
    may_compare,
    parse_duration,
    parse_value,
)
from incidents.model.triage_lint import Flaw, lint, unsound

PATTERN = "*.tree.yaml"
_LABELS = {"yes": "Yes", "no": "No", "unknown": "Don't know"}


@dataclass(frozen=True, slots=True)
class Read:
    """One file. ``tree`` is there once it can be walked, even if ``problems`` remain."""

    file: Path
    tree: Tree | None
    problems: tuple[Problem, ...]


def read_trees(folders: Sequence[Path]) -> tuple[tuple[Tree, ...], tuple[Problem, ...]]:
    """The sound trees in ``folders``, sorted by id, and all problems of all files.

    A tree in a later folder replaces one with the same id in an earlier folder.
    """
    trees: dict[str, Tree] = {}
    problems: list[Problem] = []
    for folder in folders:
        for read in read_files(tree_files([folder]), runbooks=folders):
            problems += read.problems
            if read.tree is not None and not read.problems:
                trees[read.tree.id] = read.tree
    return tuple(trees[key] for key in sorted(trees)), tuple(sorted(problems))


def tree_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files among ``paths``, and the tree files in the folders among them, once each."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = sorted(file for file in path.rglob(PATTERN) if file.is_file())
        found.update(dict.fromkeys(inside if path.is_dir() else [path]))
    return tuple(found)


def read_files(files: Sequence[Path], *, runbooks: Sequence[Path] = ()) -> tuple[Read, ...]:
    """Each file with its tree and problems; the second tree with the same id is a problem.

    A runbook must lie beside the tree that names it, or in one of the folders ``runbooks``.
    """
    first: dict[str, Path] = {}
    done = []
    for file in files:
        read, document = _read(file, runbooks)
        if read.tree is not None and document is not None:
            other = first.setdefault(read.tree.id, file)
            if other != file:
                what = f"the id {read.tree.id} is taken by {other}"
                taken = problem_at(document, str(file), ("id",), what, "an id of its own")
                read = replace(read, problems=tuple(sorted((*read.problems, taken))))
        done.append(read)
    return tuple(done)


def read_tree(file: Path) -> Tree:
    """The tree in one file. Raises `Misconfigured` with everything that is wrong with it."""
    (read,) = read_files([file])
    if read.problems or read.tree is None:
        raise Misconfigured(read.problems)
    return read.tree


def _read(file: Path, runbooks: Sequence[Path]) -> tuple[Read, Document | None]:
    name = str(file)
    try:
        document = _only_one(load(file), name)
        written = read_as(document, name, TreeFile)
    except Misconfigured as error:
        clear = (replace(p, what=TAGS.sub("", p.what)) for p in error.problems)
        return Read(file, None, tuple(clear)), None
    builder = _Builder(written)
    tree = builder.tree()
    flaws = [*builder.flaws, *_missing_runbooks(written, (file.parent, *runbooks))]
    flaws += unsound(tree) if builder.flaws else lint(tree)
    walkable = not builder.flaws and not unsound(tree)
    found = {problem_at(document, name, flaw.path, flaw.what, flaw.expected) for flaw in flaws}
    return Read(file, tree if walkable else None, tuple(sorted(found))), document


def _only_one(documents: Sequence[Document], name: str) -> Document:
    if len(documents) == 1:
        return documents[0]
    what = f"the file holds {len(documents)} documents"
    raise Misconfigured((Problem(name, 1, 1, what, "one decision tree"),))


def _missing_runbooks(written: TreeFile, folders: Sequence[Path]) -> Iterator[Flaw]:
    for kind, named in (("nodes", written.nodes), ("outcomes", written.outcomes)):
        for name, holder in named.items():
            link = holder.runbook
            if link is None or link.startswith("https://"):
                continue
            if not any((folder / link).is_file() for folder in folders):
                what = f"there is no file {link}"
                yield Flaw((kind, name, "runbook"), what, "a Markdown file beside the tree")


class _Builder:
    """Turns what was written into a tree; what makes no sense is collected in ``flaws``."""

    def __init__(self, written: TreeFile) -> None:
        self.written = written
        self.flaws: list[Flaw] = []
        self.facts: dict[str, Fact] = {}

    def tree(self) -> Tree:
        """The tree, for what can be understood of it."""
        written, applies = self.written, self.written.applies_to
        self.facts = {name: self._fact(name, fact) for name, fact in written.facts.items()}
        return Tree(
            id=written.id,
            version=written.version,
            title=written.title,
            root=written.root,
            nodes={name: self._node(name, node) for name, node in written.nodes.items()},
            outcomes={name: _outcome(name, outcome) for name, outcome in written.outcomes.items()},
            facts=self.facts,
            applies_to=AppliesTo(
                services=tuple(applies.services),
                tags=tuple(applies.tags),
                alerts=tuple(applies.alerts),
                words=tuple(applies.words),
            ),
            cases=tuple(self._case(index, case) for index, case in enumerate(written.tests)),
        )

    def _fact(self, name: str, written: FactFile) -> Fact:
        source = SOURCES[written.source]
        given = {
            key: value
            for key in ("window", "url", "link")
            if (value := getattr(written, key)) is not None
        }
        for key in given:
            if key not in source.params:
                what = f"{written.source} takes no {key}"
                self._flaw(("facts", name, key), what, ", ".join(sorted(source.params)))
        if source.kind is CheckKind.HTTP and len(given) != 1:
            self._flaw(("facts", name), f"{name} does not say what to probe", "either url or link")
        if written.type is not None and written.type != source.type:
            what = f"{written.source} is a {source.type}, not a {written.type}"
            self._flaw(("facts", name, "type"), what, str(source.type))
        timeout = parse_duration(written.timeout)
        check = Check(source.kind, written.source, tuple(sorted(given.items())))
        return Fact(name, source.type, replace(check, timeout=timeout or check.timeout))

    def _node(self, name: str, written: AskNode | DoNode | CheckNode) -> Node:
        common: dict[str, Any] = {
            "help": written.help,
            "commands": tuple(written.commands),
            "needs_role": written.needs_role or "",
            "runbook": written.runbook or "",
            "max_visits": written.max_visits or 0,
            "exhausted": None if written.exhausted is None else _target(written.exhausted),
        }
        if isinstance(written, DoNode):
            verify, risk = written.verify, Risk(written.risk)
            if verify is None:
                done = (Answer("done", "Done", _target(written)),)
                return Node(name, NodeKind.DO, written.do, done, risk=risk, **common)
            answers = _answers(verify.answers)
            return Node(
                name, NodeKind.DO, written.do, answers, verify=verify.ask, risk=risk, **common
            )
        auto = tuple(
            Auto(choice, self._conditions(("nodes", name, "auto", choice), when))
            for choice, when in written.auto.items()
        )
        answers = _answers(written.answers)
        if isinstance(written, AskNode):
            return Node(name, NodeKind.ASK, written.ask, answers, auto, **common)
        return Node(name, NodeKind.CHECK, written.check, answers, auto, **common)

    def _conditions(
        self, path: tuple[str | int, ...], written: Sequence[ConditionFile]
    ) -> tuple[Condition, ...]:
        found: list[Condition] = []
        for index, condition in enumerate(written):
            where = (*path, index) if len(written) > 1 else path
            fact = self.facts.get(condition.fact)
            if fact is None:
                known = ", ".join(sorted(self.facts)) or "a fact defined under facts"
                self._flaw((*where, "fact"), f"there is no fact {condition.fact}", known)
                continue
            found += self._comparisons(where, condition, fact)
        return tuple(found)

    def _comparisons(
        self, path: tuple[str | int, ...], written: ConditionFile, fact: Fact
    ) -> Iterator[Condition]:
        for word, bound in written.bounds():
            if bound is None:
                continue
            comparison, where = Comparison(word), (*path, word)
            if not may_compare(fact.type, comparison):
                self._flaw(where, f"a {fact.type} has no {word}", "eq or in")
                continue
            listed = enumerate(bound) if isinstance(bound, list) else [(None, bound)]
            parsed = [
                self._value(where if index is None else (*where, index), value, fact)
                for index, value in listed
            ]
            yield Condition(fact.name, comparison, tuple(v for v in parsed if v is not None))

    def _value(self, path: tuple[str | int, ...], written: object, fact: Fact) -> Value | None:
        value = parse_value(written, fact.type)
        if value is None:
            what = f"{written!r} is not a {fact.type}"
            self._flaw(path, what, EXPECTED[fact.type])
        return value

    def _case(self, index: int, written: CaseFile) -> Case:
        self._known(index, "answers", written.answers, self.written.nodes)
        findings: dict[str, Finding] = {}
        for name, given in written.facts.items():
            path = ("tests", index, "facts", name)
            fact = self.facts.get(name)
            if fact is None:
                self._flaw(path, f"there is no fact {name}", ", ".join(sorted(self.facts)))
                continue
            unknown = given == "unknown"
            value = None if unknown else self._value(path, given, fact)
            failed = Unknown("the test says so")
            findings[name] = Finding(failed if value is None else value)
        expect = written.expect
        return Case(
            name=written.name,
            findings=tuple(findings.items()),
            answers=tuple((node, tuple(given)) for node, given in written.answers.items()),
            end=expect.end,
            path=tuple(expect.path),
            suggests=tuple(expect.suggests.items()),
        )

    def _known(
        self, index: int, key: str, names: Mapping[str, object], known: Mapping[str, object]
    ) -> None:
        for name in names:
            if name not in known:
                self._flaw(("tests", index, key, name), f"there is no node {name}")

    def _flaw(self, path: tuple[str | int, ...], what: str, expected: str = "") -> None:
        self.flaws.append(Flaw(path, what, expected))


def _answers(written: Mapping[str, AnswerFile]) -> tuple[Answer, ...]:
    return tuple(
        Answer(name, answer.label or label(name), _target(answer), answer.note)
        for name, answer in written.items()
    )


def _target(goal: Goal | DoNode) -> Target:
    return Target(
        node=goal.goto or "",
        outcome=goal.end or goal.escalate or "",
        escalates=goal.escalate is not None,
    )


def _outcome(name: str, written: OutcomeFile) -> Outcome:
    return Outcome(
        name,
        written.title,
        status=None if written.status is None else Status(written.status),
        pages=None if written.page is None else Pages(written.page),
        raises_severity=written.raise_severity,
        then=tuple(written.then),
        runbook=written.runbook or "",
    )


def label(name: str) -> str:
    """What the button of an answer says if its author did not: ``not_yet`` is "Not yet"."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())
