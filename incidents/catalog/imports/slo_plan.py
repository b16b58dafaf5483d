"""What importing SLOs would do: one file of its own, written anew; everything else is left alone.

The plan is that of the other imports (`plan`). An SLO that stands in a file of people's own is not
written, and the plan says where it stands and what the source says otherwise.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from incidents.catalog import nodes
from incidents.catalog.imports import sealed
from incidents.catalog.imports.plan import Plan
from incidents.catalog.imports.promises import Carried, Promise, openslo
from incidents.catalog.openslo import Placed, objectives_with
from incidents.catalog.openslo_time import duration
from incidents.errors import Misconfigured
from incidents.model.objective import in_words, percent


def plan_slos(source: str, carried: Carried, folder: Path) -> Plan:
    """What importing from ``source`` into the configuration in ``folder`` would do.

    Raises `Misconfigured` if a file in ``slos/`` has faults: nobody knows what is promised there.
    """
    file = f"slos/imported-{source}.yaml"
    path = folder / file
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    own, problems = objectives_with(folder, {file: b""})
    if faults := tuple(one for one in problems if not one.is_warning):
        raise Misconfigured(faults)
    known = {str(one.objective.slo): one for one in own}
    wanted = [one for name, one in sorted(carried.promises.items()) if name not in known]
    after = _text(source, wanted)
    old, new = _by_name(before), _by_name(after)
    return Plan(
        file=file,
        before=before,
        after=after,
        added=tuple(name for name in new if name not in old),
        changed=tuple(name for name in new if name in old and new[name] != old[name]),
        removed=tuple(name for name in old if name not in new),
        left_alone=tuple(
            _left_alone(source, one, known[name])
            for name, one in sorted(carried.promises.items())
            if name in known
        ),
        remarks=(),
        problems=objectives_with(folder, {file: after.encode()})[1],
        is_changed=bool(before) and not sealed.is_sealed(before),
        lost=tuple(carried.lost),
    )


def _left_alone(source: str, promise: Promise, own: Placed) -> str:
    objective = own.objective
    window = duration(promise.window)
    other = []
    if promise.target != objective.target:
        other.append(f"a target of {percent(promise.target, digits=6)}")
    if window != objective.window:
        other.append(f"a window of {in_words(window)}")
    says = f"; {source} says {' and '.join(other)}" if other else ""
    return f"{promise.slo} stands in {own.at.file}:{own.at.line}{says}"


def _text(source: str, wanted: list[Promise]) -> str:
    """The file; empty if there is nothing to be written."""
    if not wanted:
        return ""
    heading = (
        f"# Written by `warroom slo import {source}`, and written anew by the next import.\n"
        "# To have the last word about an SLO, move it into a file of your own: what stands\n"
        "# there is left alone.\n"
    )
    return sealed.sealed(heading, "---\n".join(sealed.dumped(openslo(one)) for one in wanted))


def _by_name(text: str) -> Mapping[str, Any]:
    """SLOs in a file; nothing if somebody broke it."""
    try:
        read = nodes.read(text)
    except (ValueError, yaml.YAMLError, nodes.YAMLError):
        return {}
    about = ((one, one.get("metadata")) for one in read if isinstance(one, dict))
    return {
        f"SLO {named['name']}": one
        for one, named in about
        if isinstance(named, dict) and "name" in named
    }
