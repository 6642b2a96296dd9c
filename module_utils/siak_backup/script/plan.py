# SPDX-License-Identifier: GPL-3.0-or-later
"""What `siak_script` says, checked before anything is sent to the server."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..archive.staging import staging_dir
from ..errors import ConfigError
from ..run_id import split_run_id
from .cmd import CmdShell
from .posix import PosixShell
from .shell import HOME_PREFIX, Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .lint import Kind
    from .replies import ServerFile
    from .shell import Shell

#: Suboptions of the option `script`, in Ansible's argument_spec form. `host` is for the role's `delegate_to`.
SCRIPT_SPEC: Final[dict[str, dict[str, Any]]] = {
    "host": {"type": "str", "required": True},
    "shell": {"type": "str", "choices": ["posix", "cmd"], "default": "posix"},
    "path": {"type": "str", "required": True},
    "arguments": {"type": "list", "elements": "str", "default": []},
    "folder": {"type": "str", "required": True},
    "dump": {"type": "list", "elements": "str", "default": ["*.dmp", "*.DMP"]},
    "log": {"type": "list", "elements": "str", "default": ["*.log", "*.LOG"]},
    "charset": {"type": "str", "default": "AL32UTF8"},
    "time_limit_s": {"type": "int", "default": 21600},
    "ok_codes": {"type": "list", "elements": "int", "default": [0]},
    "work_dir": {"type": "str"},
    "share_dir": {"type": "path"},
    "dated_folder": {"type": "bool", "default": True},
}

_SHELLS: Final[dict[str, type[Shell]]] = {"posix": PosixShell, "cmd": CmdShell}

_ABSOLUTE: Final = {"posix": re.compile(r"/.+"), "cmd": re.compile(r"[A-Za-z]:\\.+|\\\\[^\\]+\\[^\\]+.*")}
_PRINTABLE: Final = re.compile(r"[ -~]+")
_PATTERN: Final = re.compile(r"[A-Za-z0-9._*?-]+")
_CHARSET: Final = re.compile(r"[A-Z0-9]{2,30}")

#: Where jobs keep their state unless `work_dir` says otherwise: in the backup folder, which the account can write to.
_WORK_NAME: Final = ".siak-backup"


@dataclass(frozen=True)
class ScriptPlan:
    """One server's script. Paths without `Path` are the server's. Durations are seconds.

    `dump` and `log` are patterns of file names in `folder`.
    """

    run_id: str
    server: str
    host: str
    shell: Shell
    script: str
    arguments: tuple[str, ...]
    folder: str
    dump: tuple[str, ...]
    log: tuple[str, ...]
    charset: str
    time_limit_s: int
    ok_codes: tuple[int, ...]
    work_dir: str
    share_dir: Path | None
    dated_folder: bool
    kind: Kind
    """What `shell` is for."""

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ScriptPlan:
        """Build a plan from a module's `run`, `server` and `script`. Raises ConfigError."""
        script = params["script"]
        run_id = str(params["run"].get("id") or "")
        split_run_id(run_id)
        kind: Kind = script["shell"]
        shell = _SHELLS[kind]()
        folder = _path(script["folder"], kind, "folder")
        work_dir = script["work_dir"] or shell.join(folder, _WORK_NAME)
        for argument in script["arguments"]:
            _printable(argument or " ", "arguments")
        if not _CHARSET.fullmatch(script["charset"]):
            raise ConfigError(
                f"set karakter {script['charset']!r} tidak sah", where="siak_script.charset", remedy="tulis AL32UTF8"
            )
        if script["time_limit_s"] <= 0:
            raise ConfigError("batas waktu harus lebih dari 0", where="siak_script.time_limit_s", remedy="perbaiki")
        return cls(
            run_id=run_id,
            server=params["server"],
            host=script["host"],
            shell=shell,
            script=_path(script["path"], kind, "path"),
            arguments=tuple(script["arguments"]),
            folder=folder,
            dump=_patterns(script["dump"], "dump"),
            log=_patterns(script["log"], "log"),
            charset=script["charset"],
            time_limit_s=script["time_limit_s"],
            ok_codes=tuple(script["ok_codes"]),
            work_dir=_path(work_dir, kind, "work_dir"),
            share_dir=Path(script["share_dir"]) if script["share_dir"] else None,
            dated_folder=script["dated_folder"],
            kind=kind,
        )

    @property
    def where(self) -> str:
        """Server and host, for messages."""
        return f"{self.server}, {self.host}"

    @property
    def script_name(self) -> str:
        """The script's name without its folder."""
        return re.split(r"[/\\]", self.script)[-1]

    @property
    def script_folder(self) -> str:
        """The folder that the script lies in."""
        folder = self.script.removesuffix(self.script_name)
        return folder if len(folder) <= len("D:\\") else folder[:-1]

    def of(self, files: Iterable[ServerFile], patterns: tuple[str, ...]) -> tuple[ServerFile, ...]:
        """Return the files whose names match one of the patterns."""
        fold = str.lower if self.kind == "cmd" else str
        wanted = [fold(pattern) for pattern in patterns]
        return tuple(file for file in files if any(fnmatchcase(fold(file.name), pattern) for pattern in wanted))

    @property
    def patterns(self) -> tuple[str, ...]:
        """Those of dumps and logs."""
        return (*self.dump, *self.log)

    @property
    def fingerprint(self) -> str:
        """16 hex digits, the same for a job that does the same to the same folder."""
        what = [self.server, self.script, self.arguments, self.folder, self.dump, self.log, self.charset]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]

    def job(self, run_id: str = "") -> Job:
        """Return the job of a run, this plan's own without one. Raises ConfigError for what is no run's id."""
        run_id = run_id or self.run_id
        split_run_id(run_id)
        return Job(
            run_id=run_id,
            home=self.shell.join(self.work_dir, HOME_PREFIX + run_id),
            script=self.script,
            arguments=self.arguments,
            folder=self.folder,
            charset=self.charset,
            time_limit_s=self.time_limit_s,
            fingerprint=self.fingerprint,
        )

    def staging(self, archive_dir: Path) -> Path:
        """Return the run's own folder in the archive. Raises ConfigError for names that are not plain."""
        return staging_dir(archive_dir, self.server, self.run_id)


def _printable(text: str, setting: str) -> str:
    if not _PRINTABLE.fullmatch(text):
        raise ConfigError(
            f"{text!r} memuat karakter yang tidak aman",
            where=f"siak_script.{setting}",
            remedy="pakai huruf, angka dan tanda baca ASCII saja",
        )
    return text


def _path(text: str, kind: str, setting: str) -> str:
    if not _ABSOLUTE[kind].fullmatch(_printable(text, setting)):
        raise ConfigError(
            f"{text!r} bukan path lengkap di server", where=f"siak_script.{setting}", remedy="tulis dari akarnya"
        )
    return text


def is_plain_pattern(text: str) -> bool:
    """Tell whether a shell may be given a text as a pattern of file names."""
    return _PATTERN.fullmatch(text) is not None


def _patterns(patterns: list[str], setting: str) -> tuple[str, ...]:
    if not patterns or not all(map(is_plain_pattern, patterns)):
        raise ConfigError(
            f"pola nama {patterns} tidak sah",
            where=f"siak_script.{setting}",
            remedy="pakai huruf, angka, titik, garis bawah, tanda hubung, * dan ? saja, misalnya *.dmp",
        )
    return tuple(dict.fromkeys(patterns))
