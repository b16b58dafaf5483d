"""``warroom tree``: check, test, draw and walk decision trees from a terminal."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from incidents.errors import Problem
    from incidents.model.triage import Tree
    from incidents.model.triage_cases import Verdict
    from incidents.model.triage_facts import Finding
    from incidents.model.triage_walk import Step, Walk

FINDINGS, USAGE = 1, 2

app = typer.Typer(help="Decision trees: check, test, draw and walk them.", no_args_is_help=True)

Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Tree files or folders; by default those that ship and your own."),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", envvar="WARROOM_CONFIG_DIR", help="Your configuration folder."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Which = Annotated[str, typer.Argument(metavar="ID|FILE", help="A tree's id, or its file.")]


@app.command("lint")
def check(paths: Paths = None, config: Config = None, as_json: AsJson = False) -> None:
    """Check trees; every problem as file:line:column. Exit 1 if there is one.

    Example: warroom tree lint runbooks/
    """
    from incidents.catalog.trees import read_files

    files, folders = _chosen(paths, config)
    reads = [read for some in files for read in read_files(some, runbooks=folders)]
    problems = [problem for read in reads for problem in read.problems]
    if as_json:
        _print_json({"files": len(reads), "problems": [_problem_json(p) for p in problems]})
    else:
        _print_problems(problems)
        print(f"{_count(len(reads), 'file')}, {_count(len(problems), 'problem')}.")
    raise typer.Exit(FINDINGS if problems else 0)


@app.command("test")
def rehearse(paths: Paths = None, config: Config = None, as_json: AsJson = False) -> None:
    """Run the tests that stand in the trees. Exit 1 if one fails, or a tree cannot be walked.

    Example: warroom tree test --config ./warroom
    """
    from incidents.catalog.trees import read_files
    from incidents.model.triage_cases import run_cases

    files, folders = _chosen(paths, config)
    reads = [read for some in files for read in read_files(some, runbooks=folders)]
    results = [(read.tree, run_cases(read.tree)) for read in reads if read.tree is not None]
    broken = [problem for read in reads if read.tree is None for problem in read.problems]
    failed = [v for _, verdicts in results for v in verdicts if not v.passed]
    if as_json:
        tests = [_verdict_json(tree, v) for tree, verdicts in results for v in verdicts]
        _print_json({"tests": tests, "problems": [_problem_json(p) for p in broken]})
    else:
        _print_problems(broken)
        for tree, verdicts in results:
            _print_verdicts(tree, verdicts)
    raise typer.Exit(FINDINGS if failed or broken else 0)


@app.command("render")
def render(
    which: Which,
    form: Annotated[
        Literal["mermaid", "text"], typer.Option("--format", help="For a page, or a terminal.")
    ] = "mermaid",
    check: Annotated[
        Path | None,
        typer.Option(help="Print nothing; exit 1 unless this file holds the rendering."),
    ] = None,
    config: Config = None,
) -> None:
    """Draw a tree.

    Example: warroom tree render http-5xx --format text
    """
    from incidents.render import tree as pictures

    tree = _find(which, config)
    drawn = pictures.mermaid(tree) if form == "mermaid" else pictures.text(tree)
    if check is None:
        print(drawn, end="")
        return
    if not check.is_file():
        raise _usage(f"There is no file {check}.")
    if drawn not in check.read_text(encoding="utf-8"):
        print(f"{check} does not hold the present rendering of {tree.id} {tree.version}.")
        raise typer.Exit(FINDINGS)


@app.command("run")
def walk(
    which: Which,
    answers: Annotated[
        str | None, typer.Option(help="Answers in order, with commas, instead of asking.")
    ] = None,
    fact: Annotated[
        list[str] | None, typer.Option(help="What a check would find: change_age=12m.")
    ] = None,
    service: Annotated[str, typer.Option(help="The affected service, for the texts.")] = "",
    config: Config = None,
) -> None:
    """Walk a tree. Exit 0 at an outcome, 1 if it was left before.

    Example: warroom tree run http-5xx --fact change_age=12m --answers yes,yes,yes
    """
    from incidents.errors import Refused
    from incidents.model.triage_walk import begin

    tree = _find(which, config)
    found = _findings(tree, fact or [])
    known = {"service": service}
    given = None if answers is None else [word.strip() for word in answers.split(",")]
    read = _typed() if given is None else iter(given)
    step = begin(tree, found)
    _print_step(tree, step, known)
    while step.question is not None:
        word = next(read, None)
        if word is None:
            print("Left before an outcome.", file=sys.stderr)
            raise typer.Exit(FINDINGS)
        try:
            step = _move(tree, step.walk, word, found)
        except Refused as error:
            print(error, file=sys.stderr)
            if given is not None:
                raise typer.Exit(USAGE) from None
            continue
        _print_step(tree, step, known)
    left_over = [] if given is None else list(read)
    if left_over:
        print(f"Not needed: {', '.join(left_over)}.", file=sys.stderr)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of tree files, for editors."""
    from incidents.catalog.tree_format import json_schema

    _print_json(json_schema())


def _folders(config: Path | None) -> list[Path]:
    """Where trees and runbooks are looked for, the user's own last."""
    from incidents.assets import folder

    if config is None:
        return [folder("runbooks")]
    if not config.is_dir():
        raise _usage(f"There is no folder {config}.")
    own = config / "runbooks"
    return [folder("runbooks"), *([own] if own.is_dir() else [])]


def _chosen(
    paths: list[Path] | None, config: Path | None
) -> tuple[list[tuple[Path, ...]], list[Path]]:
    """The files to look at, in groups in which an id may stand once, and the runbooks' folders."""
    from incidents.catalog.trees import tree_files

    folders = _folders(config)
    if not paths:
        return [tree_files([folder]) for folder in folders], folders
    for path in paths:
        if not path.exists():
            raise _usage(f"There is no {path}.")
    files = tree_files(paths)
    if not files:
        raise _usage(f"There is no tree file in {', '.join(str(path) for path in paths)}.")
    return [files], folders


def _find(which: str, config: Path | None) -> "Tree":
    from difflib import get_close_matches

    from incidents.catalog.trees import read_files, read_trees

    folders = _folders(config)
    file = Path(which)
    if file.suffix in {".yaml", ".yml"} or file.is_file():
        if not file.is_file():
            raise _usage(f"There is no file {which}.")
        (read,) = read_files([file], runbooks=folders)
        if read.tree is None:
            _print_problems(read.problems)
            raise typer.Exit(FINDINGS)
        return read.tree
    trees, problems = read_trees(folders)
    for tree in trees:
        if tree.id == which:
            return tree
    names = [tree.id for tree in trees]
    near = get_close_matches(which, names, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
    broken = f" {_count(len(problems), 'problem')} in other trees: see warroom tree lint."
    raise _usage(f"There is no tree {which}. {hint}{broken if problems else ''}")


def _findings(tree: "Tree", given: list[str]) -> "dict[str, Finding]":
    from incidents.model.triage_facts import EXPECTED, Finding, parse_value

    found = {}
    for pair in given:
        name, _, written = pair.partition("=")
        fact = tree.facts.get(name)
        if fact is None:
            known = ", ".join(tree.facts) or "none"
            raise _usage(f"{tree.id} has no fact {name}. Its facts: {known}.")
        if written == "unknown":
            continue
        value = parse_value(written, fact.type)
        if value is None:
            raise _usage(f"{written!r} is not {EXPECTED[fact.type]}.")
        found[name] = Finding(value, "given")
    return found


def _typed() -> Iterator[str]:
    """What the person types, line by line, until the end of the input."""
    while True:
        try:
            yield input("> ").strip()
        except EOFError:
            return


def _move(tree: "Tree", walk: "Walk", word: str, found: "dict[str, Finding]") -> "Step":
    """The step after an answer given by name, by number or by its label, or after ``back``."""
    from incidents.model.triage_walk import answer, back

    if word == "back":
        return back(tree, walk, found)
    offered = tree.nodes[walk.node].answers
    names = {str(number): known.name for number, known in enumerate(offered, 1)}
    names |= {known.label.lower(): known.name for known in offered}
    names |= {known.name: known.name for known in offered}
    return answer(tree, walk, names.get(word.lower(), word), found)


def _print_step(tree: "Tree", step: "Step", known: dict[str, str]) -> None:
    from incidents.model.triage import fill

    for taken in step.taken:
        if taken.is_automatic:
            node = tree.nodes[taken.node]
            chosen = next(a.label for a in node.answers if a.name == taken.answer)
            print(f"{fill(node.text, known)} {chosen}: {taken.because}.")
    lines = _question_lines(step) if step.question is not None else _outcome_lines(step)
    print("\n".join(fill(line, known) for line in ["", *lines]))


def _question_lines(step: "Step") -> Iterator[str]:
    if step.question is None:
        return
    node, suggested = step.question.node, step.question.suggested
    yield node.text
    role = f" The {node.needs_role} decides." if node.needs_role else ""
    if node.kind.value == "do":
        yield f"  Risk: {node.risk}.{role}"
    yield from (f"  {line}" for line in (node.help,) if line)
    yield from (f"  $ {command}" for command in node.commands)
    yield from (f"  Runbook: {link}" for link in (node.runbook,) if link)
    yield from (line for line in (node.verify,) if line)
    for number, known in enumerate(node.answers, 1):
        why = f" (suggested: {step.question.because})" if known.name == suggested else ""
        note = f". {known.note}" if known.note else ""
        yield f"  {number}. {known.label} [{known.name}]{note}{why}"
    if not suggested and step.question.because:
        yield f"  No suggestion: {step.question.because}."


def _outcome_lines(step: "Step") -> Iterator[str]:
    outcome = step.outcome
    if outcome is None:
        return
    yield f"Outcome: {outcome.title} [{outcome.name}]"
    if outcome.pages:
        yield f"  Pages {outcome.pages.who}."
    if outcome.status:
        yield f"  Suggested status: {outcome.status}"
    if outcome.raises_severity:
        yield "  Raise the severity."
    yield from (f"  - {line}" for line in outcome.then)


def _print_verdicts(tree: "Tree", verdicts: "tuple[Verdict, ...]") -> None:
    failed = [verdict for verdict in verdicts if not verdict.passed]
    print(f"{tree.id} {tree.version}: {len(verdicts) - len(failed)} passed, {len(failed)} failed")
    for verdict in failed:
        print(f"  {verdict.case.name}: {'; '.join(verdict.wrong)}")


def _verdict_json(tree: "Tree", verdict: "Verdict") -> dict[str, object]:
    return {
        "tree": tree.id,
        "version": tree.version,
        "test": verdict.case.name,
        "passed": verdict.passed,
        "wrong": list(verdict.wrong),
        "path": list(verdict.path),
        "end": verdict.end,
    }


def _problem_json(problem: "Problem") -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "what": problem.what,
        "expected": problem.expected,
    }


def _print_problems(problems: "Iterable[Problem]") -> None:
    for problem in problems:
        print(problem)


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _usage(words: str) -> typer.Exit:
    print(words, file=sys.stderr)
    return typer.Exit(USAGE)
