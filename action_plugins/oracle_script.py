# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the package a way to the server's operating system: any Ansible connection. library/ documents the options."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

# The package lies beside this plugin, whichever way Ansible came here.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "module_utils"))

from siak_backup import runlock
from siak_backup.archive.publish import agenda_facts
from siak_backup.calendar import folder_name, zone
from siak_backup.errors import CollectError, ConnectError, LoginError, SiakError
from siak_backup.oracle.datapump.timing import Timing
from siak_backup.oracle.names import run_id_of
from siak_backup.progress import ProgressWriter
from siak_backup.run_id import run_started_at
from siak_backup.script import collect, dated, install, look, run
from siak_backup.script.plan import SCRIPT_SPEC, ScriptPlan
from siak_backup.script.remote import Line
from siak_backup.script.replies import ServerFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ARGUMENT_SPEC: dict[str, Any] = {
    "operation": {"type": "str", "choices": ["look", "run", "fetch", "file", "install"], "required": True},
    "run": {"type": "dict", "required": True},
    "server": {"type": "str", "required": True},
    "script": {"type": "dict", "required": True, "options": SCRIPT_SPEC},
    "abandoned_jobs": {"type": "list", "elements": "str", "default": []},
    "poll_interval_s": {"type": "int", "default": 5},
    "reconnect_within_s": {"type": "int", "default": 600},
    "archive_dir": {"type": "path"},
    "lint": {"type": "bool", "default": False},
    "export": {"type": "dict"},
    "collected": {"type": "dict"},
    "backup": {"type": "dict"},
    "folder_pattern": {"type": "str", "default": "ddmmmyyyy"},
    "zone": {"type": "str", "choices": ["WIB", "WITA", "WIT"], "default": "WIB"},
    "content": {"type": "str"},
    "progress_path": {"type": "path"},
}

REQUIRED_IF = [
    ("operation", "look", ["archive_dir"]),
    ("operation", "fetch", ["archive_dir", "export"]),
    ("operation", "file", ["archive_dir", "collected", "backup"]),
    ("operation", "install", ["content"]),
]

#: Connections whose fetch_file goes to disk as it comes; others hold the file in memory, as base64.
_STREAMING = frozenset({"local", "ssh", "paramiko"})

_STEPS = {"run": 2, "fetch": 3}


class ActionModule(ActionBase):
    """One operation on one server, over the connection of the host that the task is delegated to."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, params = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC, required_if=REQUIRED_IF)
        try:
            plan = ScriptPlan.from_params(params)
            operations = _OPERATIONS | (_PREDICTIONS if self._task.check_mode else {})
            told = operations[params["operation"]](self._line(plan, params), plan, params)
        except SiakError as error:
            return result | {"failed": True, "msg": str(error), "error": error.as_dict(), "agenda": {}}
        return result | {"changed": params["operation"] != "look"} | told

    def _line(self, plan: ScriptPlan, params: Mapping[str, Any]) -> Line:
        patience_s = 0 if params["operation"] == "look" else params["reconnect_within_s"]
        return Line(_Remote(self, plan), plan.shell, patience_s=patience_s, timing=Timing())


class _Remote:
    """The task's connection, as the package wants it."""

    def __init__(self, action: ActionModule, plan: ScriptPlan) -> None:
        self._action = action
        self._connection = action._connection  # noqa: SLF001 - ActionBase hands it to its subclasses
        self._where = plan.where
        # Ansible's workers are children of the ansible-playbook that the run is.
        self._demand_alive = runlock.watch_over({"id": plan.run_id, "pid": os.getppid()})
        if self._connection.transport == "ssh":
            # Its default falls back to scp, and then to a pipe through memory.
            self._connection.set_option("ssh_transfer_method", "sftp")

    @property
    def streams(self) -> bool:
        """Whether `fetch` writes straight to disk."""
        return self._connection.transport in _STREAMING

    def run(self, command: str, stdin: bytes = b"") -> str:
        """Run a command text, unless the run is dead: Ansible's workers outlive a killed ansible-playbook."""
        self._demand_alive()
        with self._errors():
            done = self._action._low_level_execute_command(  # noqa: SLF001
                command, sudoable=bool(self._connection.become), in_data=stdin or None
            )
        return str(done["stdout"])

    def put(self, content: bytes, path: str) -> None:
        """Write a small file on the server."""
        with tempfile.NamedTemporaryFile(prefix="siak-") as file, self._errors():
            file.write(content)
            file.flush()
            self._connection.put_file(file.name, path)

    def fetch(self, path: str, target: Path) -> None:
        """Bring a file here."""
        with self._errors():
            self._connection.fetch_file(path, str(target))

    def reset(self) -> None:
        """Forget the line."""
        with contextlib.suppress(AnsibleError, OSError):
            self._connection.reset() if self._connection.transport == "ssh" else self._connection.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except AnsibleAuthenticationFailure as error:
            raise self._refused() from error
        except AnsibleConnectionFailure as error:
            if "Permission denied" in str(error):
                raise self._refused() from error
            raise ConnectError(
                "sistem operasi server tidak dapat dihubungi",
                where=self._where,
                remedy="periksa jaringan, ansible_host dan ansible_connection host itu",
            ) from error
        except AnsibleError as error:
            raise CollectError(
                "berkas tidak dapat dipindahkan dari atau ke server",
                where=self._where,
                remedy="periksa izin baca akun itu dan SFTP di server",
            ) from error

    def _refused(self) -> LoginError:
        return LoginError(
            "server menolak akun sistem operasi",
            where=self._where,
            remedy="perbaiki ansible_user dan kuncinya; tidak dicoba lagi agar akun tidak terkunci",
        )


def _abandoned(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the run ids of the jobs that `backup_preflight` names."""
    return tuple(run_id for name in params["abandoned_jobs"] if (run_id := run_id_of(name)))


def _lock(plan: ScriptPlan, params: Mapping[str, Any]) -> Path:
    return plan.staging(Path(params["archive_dir"])).parent / runlock.LOCK_NAME


def _look(line: Line, plan: ScriptPlan, params: Mapping[str, Any]) -> dict[str, Any]:
    lock = _lock(plan, params)
    try:
        abandoned = runlock.inherited(lock, run=plan.run_id)
    except SiakError:
        abandoned = ()  # backup_preflight says so
    with tempfile.TemporaryDirectory(prefix="siak-") as folder:
        read_into = Path(folder) if params["lint"] else None
        found = look.look(line, plan, abandoned=abandoned, now=datetime.now(UTC), read_into=read_into)
    return {"look": found.as_dict()}


def _run(line: Line, plan: ScriptPlan, params: Mapping[str, Any]) -> dict[str, Any]:
    result = run.run_script(
        line,
        plan,
        abandoned=_abandoned(params),
        poll_interval_s=params["poll_interval_s"],
        progress=ProgressWriter.of_step(_STEPS["run"], params),
        timing=Timing(),
    )
    return _exported(result.as_dict())


def _exported(exported: dict[str, Any]) -> dict[str, Any]:
    return {"export": exported, "agenda": run.agenda_facts(exported)}


def _fetch(line: Line, plan: ScriptPlan, params: Mapping[str, Any]) -> dict[str, Any]:
    runlock.require(_lock(plan, params), run=plan.run_id)
    progress = ProgressWriter.of_step(_STEPS["fetch"], params)
    return _collected(collect.collect(line, collect.CollectPlan.from_params(plan, params), progress).as_dict())


def _collected(collected: dict[str, Any]) -> dict[str, Any]:
    return {"collected": collected, "agenda": collect.agenda_facts(collected)}


def _file(line: Line, plan: ScriptPlan, params: Mapping[str, Any]) -> dict[str, Any]:
    runlock.require(_lock(plan, params), run=plan.run_id)
    base = folder_name(zone(params["zone"]).local(run_started_at(plan.run_id)).date(), params["folder_pattern"])
    files = tuple(ServerFile(**file) for file in params["collected"]["server_files"])
    return _filed(dated.file_on_server(line, plan, files, base), params)


def _filed(filed: dated.Filed, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"filed": filed.as_dict(), "agenda": {**agenda_facts(params["backup"]), **filed.facts()}}


def _install(line: Line, plan: ScriptPlan, params: Mapping[str, Any], *, dry: bool = False) -> dict[str, Any]:
    return {"changed": install.install(line, plan, params["content"].encode(), dry=dry)}


Operation = Callable[[Line, ScriptPlan, dict[str, Any]], dict[str, Any]]

_OPERATIONS: dict[str, Operation] = {
    "look": _look,
    "run": _run,
    "fetch": _fetch,
    "file": _file,
    "install": _install,
}

#: What check mode does instead: it goes to the server for looks alone, which leave nothing behind.
_PREDICTIONS: dict[str, Operation] = {
    "run": lambda _, plan, __: _exported(run.predict(plan, datetime.now(UTC))),
    "fetch": lambda _, plan, params: _collected(collect.predict(collect.CollectPlan.from_params(plan, params))),
    "file": lambda _, __, params: _filed(dated.Filed("", ()), params),
    "install": partial(_install, dry=True),
}
