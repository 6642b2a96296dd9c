# SPDX-License-Identifier: GPL-3.0-or-later
"""The server whose own script makes the dump: what `oracle_script` saw there, as lines of the table."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..calendar import duration, size
from ..errors import ConnectError, JobBusyError
from ..preflight.script import ScriptFindings, no_look
from ..script.reading import Reading
from .finding import Finding, fine, of_check, unknown, warning
from .local import nothing_seen
from .server import SKEW_TOLD_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..preflight.report import Check

_CLOCK: Final = ("clock", "Jam server")
_ROOM: Final = ("server_room", "Ruang di server")
_PROGRAMS: Final = ("export_programs", "Program ekspor lain")
_TEXT: Final = ("lint", "Isi skrip")

_TITLES: Final = {
    "server_os": "Sistem operasi server",
    "script": "Skrip backup",
    "server_folder": "Folder backup di server",
    "work_folder": "Folder kerja di server",
    "server_tools": "Alat di server",
    "script_running": "Skrip yang berjalan",
    "fetch": "Jalan dump ke sini",
}

#: What is looked at there, as the one line names it that stands for all where the server does not answer.
_INSIDE: Final = ("skrip", "isi skrip", "folder", "ruang", "alat", "jam", "job")

_RUNNING: Final = "wajar bila backup sedang berjalan; bila tidak, tunggu dahulu"


@dataclass(frozen=True)
class ServerLook:
    """What was seen at `host`, whose `shell` is posix or cmd; `path` (the script) and `folder` are the server's.

    `step_1` is what step 1 judges. `clock_skew_s` is server minus control node, None if the server did not answer.
    """

    host: str
    shell: str
    path: str
    folder: str
    step_1: ScriptFindings
    free_bytes: int | None
    clock_skew_s: int | None
    export_programs: tuple[str, ...]
    reading: Reading | None

    @classmethod
    def from_look(cls, look: Mapping[str, Any]) -> ServerLook:
        """Read the `look` of `oracle_script`. Raises ConfigError if it is none."""
        step_1 = ScriptFindings.from_look(look)
        try:
            free_bytes, skew_s = look["free_bytes"], look["clock_skew_s"]
            return cls(
                host=str(look["host"]),
                shell=str(look["shell"]),
                path=str(look["path"]),
                folder=str(look["folder"]),
                step_1=step_1,
                free_bytes=None if free_bytes is None else int(free_bytes),
                clock_skew_s=None if skew_s is None else int(skew_s),
                export_programs=tuple(map(str, look["export_programs"])),
                reading=Reading.from_dict(look["reading"]) if look["reading"] else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise no_look() from error

    def quoted(self, path: str) -> str:
        """Return a path as it is typed at the server's prompt."""
        return f'"{path}"' if self.shell == "cmd" else shlex.quote(path)


def look_at_script(look: ServerLook, needed_bytes: int | None) -> list[Finding]:
    """Return the lines of the server; `needed_bytes` is what the next dump takes there, None if nobody knows."""
    checks = look.step_1.checks
    if look.clock_skew_s is None:
        return [*(_as_step_1(look, check) for check in checks), nothing_seen("Di server", _INSIDE)]
    below = {
        "server_os": [_clock(look, look.clock_skew_s)],
        "script": _text(look),
        "server_folder": [_room(look, needed_bytes)],
        "script_running": [_programs(look)],
    }
    return [line for check in checks for line in (_as_step_1(look, check), *below.get(check.name, ()))]


def _as_step_1(look: ServerLook, check: Check) -> Finding:
    """Show what step 1 would say; an export at work is right while a night is."""
    title = _TITLES.get(check.name, check.name)
    if isinstance(check.error, JobBusyError):
        return warning(check.name, title, check.error.what, _RUNNING)
    return of_check(title, check, _remedy(look, check))


def _remedy(look: ServerLook, check: Check) -> str:
    """Return what is to be typed, empty where the error itself knows better."""
    path, folder = look.quoted(look.path), look.quoted(look.folder)
    if look.shell == "cmd":
        typed = {"script": f"di server: icacls {path}", "server_folder": f"di server: icacls {folder}"}
    else:
        typed = {
            "script": f"di server: ls -l {path}; chmod u+x {path}",
            "server_folder": f"di server: ls -ld {folder}; df {folder}",
        }
    if isinstance(check.error, ConnectError):
        return f"ansible -i inventory/kantor {look.host} -m ansible.builtin.raw -a hostname"
    return typed.get(check.name, "")


def _clock(look: ServerLook, ahead_s: int) -> Finding:
    """Compare the clocks. Nights are dated and limited by one clock each: no skew stops one."""
    if abs(ahead_s) < SKEW_TOLD_S:
        return fine(*_CLOCK, f"berbeda {duration(abs(ahead_s))} dari mesin ini")
    return warning(
        *_CLOCK,
        f"{'lebih cepat' if ahead_s > 0 else 'lebih lambat'} {duration(abs(ahead_s))} dari mesin ini",
        "di server: w32tm /resync"
        if look.shell == "cmd"
        else "di server: timedatectl; nyalakan NTP (chronyc makestep)",
    )


def _text(look: ServerLook) -> list[Finding]:
    """Return a line for each trap, with its number in the script, for the script as a whole if there is none."""
    by_hand = (
        f"salin {look.quoted(look.path)} dari {look.host} ke mesin ini sebagai "
        f"{'backup.bat' if look.shell == 'cmd' else 'backup.sh'}, lalu: PYTHONPATH=module_utils .venv/bin/python -m "
        f"siak_backup.script lint {'backup.bat' if look.shell == 'cmd' else 'backup.sh'}"
    )
    if look.reading is None:
        return [unknown(*_TEXT, "tidak dibaca", by_hand)]
    if look.reading.error is not None:
        return [unknown(*_TEXT, f"{look.reading.error.code} {look.reading.error.what}", by_hand)]
    traps = [
        warning(f"lint_{trap.rule}", f"{_TEXT[1]}, baris {trap.line}", trap.found, trap.remedy)
        for trap in look.reading.traps
    ]
    return traps or [fine(*_TEXT, "tidak ada jebakan yang dikenal di dalam berkas itu sendiri")]


def _room(look: ServerLook, needed_bytes: int | None) -> Finding:
    """Compare what is free in the backup folder with the next dump; earlier nights stay there."""
    show = f"di server: {'dir' if look.shell == 'cmd' else 'df -h'} {look.quoted(look.folder)}"
    if look.free_bytes is None:
        return unknown(*_ROOM, f"sisa ruang {look.folder} tidak terbaca", show)
    free = f"sisa {size(look.free_bytes)} di {look.folder}"
    if needed_bytes is None:
        return unknown(*_ROOM, f"{free}, ukuran dump belum diketahui", f"jalankan backup satu malam; {show}")
    text = f"{free}, dump berikutnya perlu {size(needed_bytes)}"
    if look.free_bytes < needed_bytes:
        return warning(*_ROOM, text, f"{show}; pindahkan malam lama yang sudah terbukti di arsip")
    return fine(*_ROOM, text)


def _programs(look: ServerLook) -> Finding:
    if not look.export_programs:
        return fine(*_PROGRAMS, "tidak terlihat")
    return warning(*_PROGRAMS, f"sedang berjalan: {', '.join(look.export_programs)}", _RUNNING)
