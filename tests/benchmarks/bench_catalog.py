"""How long until 5 000 services are there: read from files, kept from the last time, and checked.

Run with ``.ci/run bench``. Prints seconds of this process's own time, so that what else runs on the
machine does not count; the promise is 2 s and 0.2 s.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from organisation import organisation

from incidents.catalog.catalog import check_catalog, load_catalog

_ROUNDS = 5
_FRESH = """\
import time
from pathlib import Path
from sys import argv
from incidents.catalog.catalog import load_catalog
began = time.process_time()
load_catalog(Path(argv[1]), Path(argv[2]))
print(time.process_time() - began)
"""


def best(call: Callable[[], object]) -> float:
    """The shortest of a few rounds, in seconds."""
    times = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times)


def bench_five_thousand_services(tmp_path: Path) -> None:
    """Cold, kept, kept in a process that has just begun, and with every check there is."""
    folder, cache = organisation().write(tmp_path / "config"), tmp_path / "cache"
    cold = best(lambda: load_catalog(folder))
    load_catalog(folder, cache)
    kept = best(lambda: load_catalog(folder, cache))
    fresh = min(
        float(subprocess.check_output([sys.executable, "-c", _FRESH, str(folder), str(cache)]))
        for _ in range(_ROUNDS)
    )
    checked = best(lambda: check_catalog(folder, date(2026, 11, 21)))
    catalog = load_catalog(folder)
    began = time.process_time()
    for name in list(catalog.services.by_name)[:500]:
        catalog.blast_radius(name)
    blast = (time.process_time() - began) / 500

    print(f"\ncold {cold:.2f} s, kept {kept:.3f} s, kept in a fresh process {fresh:.3f} s")
    print(f"checked {checked:.2f} s, a blast radius {blast * 1000:.2f} ms")
