# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal server keeps on disk, and how others recognise that it lives.

- `server.lock`: locked by the server as long as it lives, from before it is ready; names its process;
- `server.json`: who it is and where it listens; believed only while that process lives;
- `server.log`: what it had to say;
- `admin.sock`: takes the commands of `python -m rehearsal fault`;
- `<database>/password`: of the backup user, made at the first start, readable by the owner alone;
- `tls/wallet`: what a client needs for `--tls`, made at each start;
- `<database>/residents`: the number of people the database was made with.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.processes import ProcessId, own_process

if TYPE_CHECKING:
    from collections.abc import Iterator


class StateError(Exception):
    """The state folder cannot serve: one sentence for the operator."""


class BusyError(StateError):
    """Another server holds this state folder."""


@dataclass(frozen=True)
class Settings:
    """What a server was asked to be. `databases` pairs a service with its number of residents."""

    databases: tuple[tuple[str, int], ...] = (("sukamara", 66000), ("lamandau", 12000))
    host: str = "127.0.0.1"
    port: int = 15210
    oracle_version: str = "12.2.0.1.0"
    tns_version: int | None = None
    field_version: int | None = None
    export_rate: int | None = None
    tls: str | None = None


@dataclass(frozen=True)
class Database:
    """How a client reaches one database. `wallet_dir` and its password's file are empty where none is needed."""

    service: str
    dsn: str
    user: str
    password_file: str
    directory: str
    directory_path: str
    wallet_dir: str = ""
    wallet_password_file: str = ""


@dataclass(frozen=True)
class Record:
    """A running server, as server.json tells it. `port` is the real one."""

    pid: int
    start_ticks: int
    host: str
    port: int
    settings: Settings
    databases: tuple[Database, ...]

    @property
    def process(self) -> ProcessId:
        """The server's process."""
        return ProcessId(self.pid, self.start_ticks)

    def as_json(self) -> dict[str, object]:
        """Return what `start` and `status` print of it."""
        return {
            "host": self.host,
            "port": self.port,
            "pid": self.pid,
            "databases": [asdict(database) for database in self.databases],
        }


@dataclass(frozen=True)
class StateDir:
    """A state folder; making the value touches no disk."""

    path: Path

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.path / "server.log"

    @property
    def admin_socket(self) -> Path:
        """The socket the running server takes commands on."""
        return self.path / "admin.sock"

    @property
    def _record(self) -> Path:
        return self.path / "server.json"

    @property
    def _lock(self) -> Path:
        return self.path / "server.lock"

    @property
    def tls(self) -> Path:
        """The folder of the certificates."""
        return self.path / "tls"

    def create(self) -> None:
        """Make the folder, for its owner alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def database(self, service: str) -> Path:
        """Return the folder of one database."""
        return self.path / service

    def running(self) -> Record | None:
        """Return the server that lives here now; a record left by a dead one is no server."""
        try:
            record = _parse(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as e:
            raise StateError(f"{self._record} is damaged: delete it if no rehearsal server runs ({e})") from e
        return record if record.process.alive() else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder as its only server; the kernel lets go when the process dies. Raises BusyError."""
        with self._lock.open("a", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as e:
                raise BusyError(f"another rehearsal server holds {self.path}") from e
            lock.truncate(0)
            json.dump(asdict(own_process()), lock)
            lock.flush()
            yield

    def holder(self) -> ProcessId | None:
        """Return the process that holds the folder: a server starting, running or stopping."""
        try:
            text = self._lock.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        if not text:
            return None
        process = ProcessId(**json.loads(text))
        return process if process.alive() else None

    @contextmanager
    def published(self, record: Record) -> Iterator[None]:
        """Show `record` as the running server; only the holder of the folder may."""
        temporary = self._record.with_suffix(".json.part")
        temporary.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
        temporary.replace(self._record)
        try:
            yield
        finally:
            self._record.unlink(missing_ok=True)

    def password(self, service: str, residents: int) -> str:
        """Return the backup user's password, made together with the database at the first call.

        Raises StateError if the database was made with another number of residents.
        """
        made = self.database(service) / "residents"
        path = self.password_file(service)
        if made.exists():
            if int(made.read_text(encoding="ascii")) != residents:
                raise StateError(
                    f"{path.parent} was made for other than {residents} residents: delete it, or name it so"
                )
            return path.read_text(encoding="ascii").strip()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(18) + "\n")
        made.write_text(f"{residents}\n", encoding="ascii")
        return self.password(service, residents)

    def password_file(self, service: str) -> Path:
        """Return where the backup user's password lies."""
        return self.database(service) / "password"


def _parse(text: str) -> Record:
    fields = json.loads(text)
    settings = fields["settings"]
    settings["databases"] = tuple((name, residents) for name, residents in settings["databases"])
    fields["settings"] = Settings(**settings)
    fields["databases"] = tuple(Database(**database) for database in fields["databases"])
    return Record(**fields)
