# SPDX-License-Identifier: GPL-3.0-or-later
"""The batch files that a job runs by on Windows, and how a text gets through cmd.exe unchanged.

Inside quotes cmd.exe leaves everything alone but `%` (doubled in a batch file) and, with delayed expansion, `!`
(never switched on here). A quote itself cannot be passed to a batch file at all. In what code page cmd.exe reads one is
not ours to know: ASCII only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A word that a batch file takes as one argument and that nothing in it means anything to cmd.exe.
_PLAIN = re.compile(r"[A-Za-z0-9_./\\:+@#$~{}\[\]-]+")
_PRINTABLE = re.compile(r"[ -~]*")
_NOT_IN_NAMES: Final = '<>:"|?*'
_DRIVE = re.compile(r"[A-Za-z]:\\")
_SHARE = re.compile(r"\\\\[^\\]+\\[^\\]+\\")
#: What cmd.exe may take for more than a letter of a name where it takes quotes off a command line.
_HOME = re.compile(r"[A-Za-z]:\\[A-Za-z0-9 _.\\-]+")
_CHARSET = re.compile(r"[A-Z0-9]{1,30}")
_RUNNABLE: Final = (".bat", ".cmd", ".exe")


def check_path(path: str, what: str, *, share: bool = False) -> str:
    """Return `path` if it is an absolute one that can be named on any Windows. Raises ConfigError.

    `share` says whether it may lie on another machine's share. It is ASCII, without `/`, `.` or `..`.
    """
    root = _DRIVE.match(path) or (_SHARE.match(path) if share else None)
    rest = path[root.end() :] if root else ""
    parts = rest.split("\\")
    if (
        root is None
        or not _PRINTABLE.fullmatch(path)
        or any(letter in rest for letter in (*_NOT_IN_NAMES, "/"))
        or any(part in {".", ".."} or part.endswith((" ", ".")) for part in parts)
        or not all(parts)
    ):
        raise ConfigError(
            "bukan alamat mutlak di server Windows",
            where=f"siak_script.{what}, {path!r}",
            remedy=r"tulis seperti D:\BACKUP\SIAK, huruf ASCII saja, tanpa garis miring di ujung",
        )
    return path


def check_home(path: str) -> str:
    """Return a job's folder if cmd.exe can run a batch file in it by its name. Raises ConfigError."""
    if not _HOME.fullmatch(check_path(path, "work_dir")):
        raise ConfigError(
            "folder kerja memuat tanda yang tidak aman bagi cmd.exe",
            where=f"siak_script.work_dir, {path!r}",
            remedy="pakai huruf, angka, spasi, titik, garis bawah dan tanda hubung saja",
        )
    return path


def quote(text: str) -> str:
    """Return an argument as a batch file's line has it: `%1` there is `text`, `%~1` always. Raises ConfigError."""
    if _PLAIN.fullmatch(text):
        return text
    if '"' in text or not _PRINTABLE.fullmatch(text):
        raise ConfigError(
            "argumen tidak dapat diteruskan utuh lewat cmd.exe",
            where=f"siak_script.arguments, {text!r}",
            remedy="jangan memakai tanda petik ganda, tab, atau huruf di luar ASCII",
        )
    return '"' + text.replace("%", "%%") + '"'


def command_line(path: str) -> str:
    """Return what starts a batch file of ours: `/s` takes off the outer quotes, whatever stands between them."""
    return f'cmd.exe /d /s /c ""{path}""'


def runner(folder: str, charset: str, run_id: str) -> str:
    """Return `run.bat`: it runs `script.bat` beside it and leaves the code it ended with in `rc`, whole.

    Another cmd.exe runs the script, for one that says `exit` ends the cmd.exe that it runs in. Raises ConfigError.
    """
    if not _CHARSET.fullmatch(charset):
        raise ConfigError(
            "nama charset Oracle salah", where=f"siak_script.charset, {charset!r}", remedy="tulis seperti AL32UTF8"
        )
    return _lines(
        "@echo off",
        "setlocal EnableExtensions DisableDelayedExpansion",
        f'set "NLS_LANG=AMERICAN_AMERICA.{charset}"',
        'set "NLS_DATE_FORMAT=YYYY-MM-DD HH24:MI:SS"',
        f'set "SIAK_RUN_ID={run_id}"',
        'set "CODE=1"',
        f'cd /d "{check_path(folder, "folder").replace("%", "%%")}" >"%~dp0output.txt" 2>&1',
        "if errorlevel 1 goto ended",
        'cmd.exe /d /v:off /c "%~dp0script.bat" <nul >"%~dp0output.txt" 2>&1',
        'set "CODE=%ERRORLEVEL%"',
        ":ended",
        # The redirection first: a digit before it would name a stream.
        '>"%~dp0rc.new" echo %CODE%',
        'ren "%~dp0rc.new" rc',
    )


def script_call(script: str, arguments: Sequence[str]) -> str:
    """Return `script.bat`: it turns into the site's script, so that nothing of it is parsed twice, as `call` would.

    Commands are not echoed, for one may hold a password. Raises ConfigError.
    """
    if not check_path(script, "path", share=True).lower().endswith(_RUNNABLE):
        raise ConfigError(
            "skrip bukan berkas yang dijalankan cmd.exe",
            where=f"siak_script.path, {script!r}",
            remedy="tunjuk berkas .bat, .cmd atau .exe",
        )
    quoted = script.replace("%", "%%")
    return _lines("@echo off", " ".join([f'"{quoted}"', *map(quote, arguments)]))


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)
