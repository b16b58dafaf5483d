"""Coverage-guided fuzzing of every way in: ``.ci/run hostile [--inputs N]``.

Atheris (libFuzzer) turns bytes over and over, and keeps what reaches new lines of ours; each entry
runs in a process of its own, two at a time. A finding is a 5xx, or an error that nobody caught: its
input is kept in a file, and `python tests/hostile/fuzz.py --again FILE` tries it once more.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import redirect_stderr
from io import StringIO
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

_AT_ONCE = 2
_MILLION = 1_000_000
_LONGEST = 600  # bytes of an input: each is a decision, or a character
_SECONDS = 10  # that one input may take before it counts as hanging
_MOST_FINDINGS = 10  # of one entry, each at another place


def main() -> None:
    """Fuzz everything and print the table, or one entry, or one input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=_MILLION)
    parser.add_argument(
        "--only", default="", help="entries with one of these, parted by commas, in their name"
    )
    parser.add_argument("--again", type=Path, help="a file that a finding was kept in")
    given = parser.parse_args()
    if given.again:
        _try_again(given.again)
    else:
        sys.exit(_fuzz_all(given.inputs, given.only))


def _fuzz_all(inputs: int, only: str) -> int:
    """1 if something was found, else 0."""
    import atheris

    ours = atheris.instrument_imports(include=["bot", "incidents"], exclude=["bot.emulator"])
    with redirect_stderr(StringIO()), ours:  # it names every module
        from hostile import entries
    folder = Path(tempfile.mkdtemp(prefix="warroom-fuzz-"))
    words = only.split(",")
    chosen = [one for one in entries.ENTRIES if any(word in one.name for word in words)]
    waiting = sorted(chosen, key=lambda one: -one.cost)
    whole = sum(one.weight for one in entries.ENTRIES)
    running: dict[int, tuple[Any, Any, float]] = {}
    reports = []
    begun = time.monotonic()
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            entry = waiting.pop(0)
            share = max(1, inputs * entry.weight // whole)
            process = get_context("fork").Process(target=_fuzz, args=(entry, share, folder))
            process.start()
            running[process.sentinel] = (process, entry, time.monotonic())
        for ended in wait(list(running)):
            _, entry, since = running.pop(int(str(ended)))
            reports.append({**_report(entry.name, folder), "seconds": time.monotonic() - since})
    _print(reports, time.monotonic() - begun)
    if any(one["findings"] for one in reports):
        return 1
    shutil.rmtree(folder)
    return 0


def _report(name: str, folder: Path) -> dict[str, Any]:
    """What an entry's process left; one that died or hung is a finding by itself."""
    own = folder / _slug(name)
    report = own / "report.json"
    if report.exists():
        read: dict[str, Any] = json.loads(report.read_text())
        return read
    said = (own / "log").read_text(errors="replace")[-2000:]
    left = [str(one) for one in own.glob("*-*") if one.is_file()]
    finding = f"it died or hung: {left}\n{said}"
    return {"entry": name, "inputs": 0, "server_errors": 0, "uncaught": 1, "findings": [finding]}


def _slug(name: str) -> str:
    return "".join(one if one.isalnum() else "-" for one in name)


def _print(reports: list[dict[str, Any]], seconds: float) -> None:
    print(f"{'entry':24}{'inputs':>10}{'5xx':>6}{'uncaught':>10}{'seconds':>9}")
    for one in reports:
        print(f"{one['entry']:24}{one['inputs']:>10,}{one['server_errors']:>6}"
              f"{one['uncaught']:>10}{one['seconds']:>9.0f}")  # fmt: skip
    total = {name: sum(one[name] for one in reports)
             for name in ("inputs", "server_errors", "uncaught")}  # fmt: skip
    print(f"{'together':24}{total['inputs']:>10,}{total['server_errors']:>6}"
          f"{total['uncaught']:>10}{seconds:>9.0f}")  # fmt: skip
    for one in reports:
        for finding in one["findings"]:
            print(f"{one['entry']}: {finding}")


class Tally:
    """Tries inputs and counts what came of them; the first input of each finding is kept."""

    def __init__(self, entry: Any, folder: Path) -> None:
        self.entry = entry
        self.inputs = self.server_errors = self.uncaught = 0
        self.findings: dict[str, str] = {}
        self._try = entry.open()
        self._folder = folder

    def add(self, data: bytes) -> None:
        """Try one input."""
        from hostile.entries import BROKEN, place_of

        BROKEN.clear()
        self.inputs += 1
        try:
            status = self._try(data)
        except Exception as error:  # noqa: BLE001 (whatever it is: this is what is looked for)
            BROKEN.append(f"{place_of(error)}: {str(error)[:200]}")
            status = 0
        self.server_errors += status >= 500
        self.uncaught += bool(BROKEN)
        for one in BROKEN or ([f"answered with {status}"] if status >= 500 else []):
            self._keep(one, data)

    def _keep(self, finding: str, data: bytes) -> None:
        if finding in self.findings or len(self.findings) >= _MOST_FINDINGS:
            return
        path = self._folder / f"finding-{len(self.findings)}"
        path.write_bytes(self.entry.name.encode() + b"\n" + data)
        self.findings[finding] = str(path)

    def report(self) -> dict[str, Any]:
        """For the table."""
        return {
            "entry": self.entry.name,
            "inputs": self.inputs,
            "server_errors": self.server_errors,
            "uncaught": self.uncaught,
            "findings": [f"{finding} ({path})" for finding, path in self.findings.items()],
        }


def _fuzz(entry: Any, inputs: int, folder: Path) -> None:
    """Let Atheris loose on one entry; ends the process. What libFuzzer says goes to a file."""
    import atheris
    from hostile import entries

    own = folder / _slug(entry.name)
    corpus = own / "corpus"
    corpus.mkdir(parents=True)
    for number, seed in enumerate(entry.seeds):
        (corpus / str(number)).write_bytes(seed)
    with (own / "log").open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    entries.show_what_broke()
    tempfile.tempdir = str(own)  # what is left behind goes with it
    tally = Tally(entry, own)

    def run(data: bytes) -> None:
        tally.add(data)
        if tally.inputs >= inputs:
            (own / "report.json").write_text(json.dumps(tally.report()))
            os._exit(0)  # libFuzzer counts in its own way, and has nothing more to say

    atheris.Setup(
        [sys.argv[0], f"-max_len={_LONGEST}", "-len_control=0", f"-timeout={_SECONDS}",
         "-rss_limit_mb=3000", f"-artifact_prefix={own}/", str(corpus)],
        run,
    )  # fmt: skip
    atheris.Fuzz()


def _try_again(path: Path) -> None:
    """Show what a kept input does."""
    from hostile import entries

    name, _, data = path.read_bytes().partition(b"\n")
    entries.show_what_broke()
    print("answer:", _named(name.decode()).open()(data), *entries.BROKEN, sep="\n")


def _named(name: str) -> Any:
    from hostile.entries import ENTRIES

    return next(one for one in ENTRIES if one.name == name)


if __name__ == "__main__":
    main()
