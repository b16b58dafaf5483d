"""What an import would do, as people and machines read it, and doing it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from incidents.catalog.imports.plan import Plan


def carry_out(planned: "Plan", folder: Path, *, force: bool) -> bool:
    """Write what was planned. Whether there was anything to write.

    Raises `Refused` if that would undo what somebody did by hand, unless ``force``.
    """
    from incidents.catalog.imports.plan import write
    from incidents.errors import Refused

    if planned.is_changed and not force:
        raise Refused(
            f"{folder / planned.file} was changed by hand, and that would be lost.",
            instead="Move what you changed into a file of your own, or add --force.",
        )
    if planned.before == planned.after:
        return False
    write(planned, folder)
    return True


def show(planned: "Plan", folder: Path, *, written: bool, flag: str, as_json: bool) -> None:
    """Print the plan; ``flag`` is what to add to have it carried out."""
    common.show(_json(planned, written=written), [], as_json=as_json)
    if not as_json:
        _print(planned, folder, written=written, flag=flag)


def _print(planned: "Plan", folder: Path, *, written: bool, flag: str) -> None:
    print(planned.diff or f"{planned.file} stays as it is.\n", end="")
    changes = (("added", planned.added), ("changed", planned.changed), ("removed", planned.removed))
    told = [f"{len(names)} {word}" for word, names in changes if names]
    print(f"\n{', '.join(told) or 'Nothing to change'} in {folder / planned.file}.")
    if planned.is_changed:
        print("It was changed by hand since the last import; that is lost (see the - lines).")
    out = [str(one) for one in planned.lost if not one.is_warning]
    changed = [str(replace(one, is_warning=False)) for one in planned.lost if one.is_warning]
    for title, lines in (
        ("Left alone", planned.left_alone),
        ("Left out", out),
        ("Not as it was", changed),
        ("Remarks", planned.remarks),
    ):
        if lines:
            print("\n".join((f"\n{title}:", *(f"  {one}" for one in lines))))
    if planned.problems:
        print("\nwarroom check would find:" if not written else "\nwarroom check finds:")
        for problem in planned.problems:
            print(f"  {problem}")
    if not written and planned.diff:
        print(f"\nNothing was written. To write it, add {flag}.")


def _json(planned: "Plan", *, written: bool) -> dict[str, object]:
    return {
        "file": planned.file,
        "written": written,
        "added": list(planned.added),
        "changed": list(planned.changed),
        "removed": list(planned.removed),
        "left_alone": list(planned.left_alone),
        "remarks": list(planned.remarks),
        "lost": [
            {"file": one.file, "line": one.line, "column": one.column, "what": one.what,
             "expected": one.expected, "severity": "warning" if one.is_warning else "error"}
            for one in planned.lost
        ],
        "problems": [str(one) for one in planned.problems],
        "changed_by_hand": planned.is_changed,
        "diff": planned.diff,
    }  # fmt: skip
