# SPDX-License-Identifier: GPL-3.0-or-later
"""Command texts for a Windows server: each is one call of PowerShell with its program in base64.

Such a text holds no character that cmd.exe (OpenSSH's default shell) or PowerShell (OpenSSH with another one, WinRM)
would read as more than itself. It begins as Ansible's own do, so that the connections winrm and psrp pass it on as it
is: psrp runs the program in its runspace. The site's script is run by cmd.exe, from batch files put into the job's
folder. See docs/windows.md and docs/adr/0025.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError
from . import batch, powershell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .shell import Job

#: As ansible.plugins.shell.powershell begins its own commands.
_CALL: Final = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
#: cmd.exe takes 8191 characters; sshd and WinRM put the name of cmd.exe and its switches before the text.
_LONGEST_CHARS: Final = 8100
#: PowerShell takes each of these for a single quote, and two of them for one that does not end the string.
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
#: In `-like`, brackets stand for one letter of several.
_BRACKETS = re.compile(r"([\[\]`])")
_FINGERPRINT = re.compile(r"[0-9a-f]+")

_RUN, _SCRIPT, _GUARD = "run.bat", "script.bat", "guard.ps1"
_GUARD_CALL: Final = 'PowerShell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "{}"'
_STATE: Final = ("family", "output.txt", "rc", "rc.new", "started", "started.new", "stopped")


class CmdShell:
    """Builds texts for a server whose programs are started by cmd.exe or PowerShell, as `Shell` says."""

    def join(self, folder: str, name: str) -> str:
        """Return the path of `name` in `folder`."""
        return f"{folder.rstrip(chr(92))}\\{name}"

    def receive(self, path: str) -> str | None:  # noqa: ARG002 - what `Shell` has
        """Return None: files go by the connection's own transfer."""
        return None

    def look(self, script: str, folder: str, work_dir: str) -> str:
        """Return a command that looks and changes nothing that stays."""
        return _text(
            powershell.LOOK,
            p=batch.check_path(script, "path", share=True),
            d=batch.check_path(folder, "folder"),
            w=batch.check_path(work_dir, "work_dir"),
        )

    def prepare(self, job: Job) -> str:
        """Return a command that makes `job.home` for the account alone."""
        return _text(powershell.PREPARE, h=batch.check_home(job.home))

    def files(self, job: Job) -> tuple[tuple[str, bytes], ...]:
        """Return what is to be put into `job.home` before `start`: (path, content)."""
        limit = f"$limit = {int(job.time_limit_s)}\n"
        home = f"$h = {literal(batch.check_home(job.home))}\n"
        texts = {
            _RUN: batch.runner(job.folder, job.charset, job.run_id),
            _SCRIPT: batch.script_call(job.script, job.arguments),
            _GUARD: home + limit + powershell.COMMON + powershell.FAMILY + powershell.STOP + powershell.GUARD,
        }
        return tuple((self.join(job.home, name), text.encode("ascii")) for name, text in texts.items())

    def start(self, job: Job) -> str:
        """Return a command that starts the script detached and returns at once."""
        if not _FINGERPRINT.fullmatch(job.fingerprint):
            raise ConfigError("sidik job bukan heksadesimal", where=job.home, remedy="laporkan kesalahan program ini")
        return _text(
            powershell.FAMILY + powershell.START,
            h=batch.check_home(job.home),
            fingerprint=job.fingerprint,
            run=batch.command_line(self.join(job.home, _RUN)),
            guard=_GUARD_CALL.format(self.join(job.home, _GUARD)),
        )

    def status(self, job: Job) -> str:
        """Return a command that tells how far a job is."""
        return _text(powershell.FAMILY + powershell.STATUS, h=batch.check_home(job.home))

    def stop(self, job: Job) -> str:
        """Return a command that ends all that the job started, waits up to 30 s, and prints the lines of `status`."""
        program = powershell.FAMILY + powershell.STOP + "End-All 'asked'\n" + powershell.STATUS
        return _text(program, h=batch.check_home(job.home))

    def forget(self, job: Job) -> str:
        """Return a command that removes `job.home` with what we put and wrote there, if nothing of the job runs."""
        program = powershell.FAMILY + powershell.FORGET
        return _text(program, h=batch.check_home(job.home), names=(_RUN, _SCRIPT, _GUARD, *_STATE))

    def listing(self, folder: str, patterns: Sequence[str]) -> str:
        """Return a command that lists the regular files of `folder` that match one of `patterns`."""
        escaped = tuple(_BRACKETS.sub(r"`\1", pattern) for pattern in patterns)
        return _text(powershell.LISTING, d=batch.check_path(folder, "folder"), patterns=escaped)

    def digest(self, path: str) -> str:
        """Return a command that prints `sha256 <64 lower-case hex digits>`, or nothing where the server cannot."""
        return _text(powershell.DIGEST, p=batch.check_path(path, "dump"))

    def make_folder(self, path: str) -> str:
        """Return a command that makes a folder in one that exists."""
        return _text(powershell.MAKE_FOLDER, d=batch.check_path(path, "folder"))

    def move(self, path: str, folder: str, name: str) -> str:
        """Return a command that gives a file of the same file system the name `name` in `folder`."""
        to = batch.check_path(self.join(folder, name), "folder")
        return _text(powershell.MOVE, p=batch.check_path(path, "dump"), to=to)


def literal(text: str) -> str:
    """Return a PowerShell string that stands for `text`, in which nothing is expanded."""
    return "'" + _QUOTES.sub(lambda match: match[0] * 2, text) + "'"


def _text(program: str, **values: str | tuple[str, ...]) -> str:
    """Return a command that runs `program` with variables set. Raises ConfigError if cmd.exe cannot take it whole."""
    given = "".join(f"${name} = {_value(value)}\n" for name, value in values.items())
    lines = (line.strip() for line in f"{given}{powershell.COMMON}{program}{powershell.END}".splitlines())
    whole = "\n".join(line for line in lines if line)
    text = _CALL + base64.b64encode(whole.encode("utf-16-le")).decode("ascii")
    if len(text) > _LONGEST_CHARS:
        raise ConfigError(
            "perintah untuk server Windows terlalu panjang",
            where="siak_script",
            remedy="pakai alamat folder, skrip dan pola nama yang lebih pendek",
        )
    return text


def _value(value: str | tuple[str, ...]) -> str:
    return literal(value) if isinstance(value, str) else f"@({', '.join(map(literal, value))})"
