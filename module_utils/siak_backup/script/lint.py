# SPDX-License-Identifier: GPL-3.0-or-later
"""Known traps in a site's own backup.bat or backup.sh, as far as its text alone shows them. Advice, and no verdict.

What stands in other files (a PARFILE, an .sql, another script) is not seen, and nothing is claimed of it. No finding
repeats a value of the script: it may be a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["cmd", "posix"]

_FLAGS: Final = re.IGNORECASE
#: Where a command may begin, with what may stand before it there, and the folder it lies in.
_BEGIN: Final = (
    r"(?:^|[&|(;]|\b(?:call|do|then|else|exec|nohup|time|nice)\s|\bstart\s+(?:\"[^\"]*\"\s+)?(?:/\w+\s+)*|-c\s+[\"'])"
    r"[\s@]*(?:\"(?:[^\"]*[\\/])?|[^\s\"&|;]*[\\/])?"
)


def _command(names: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEGIN}(?P<name>{names})(?:\.exe)?\"?(?=[\s;&|]|$)(?P<rest>.*)", _FLAGS)


_EXPORT = _command("expdp|exp")
_SQLPLUS = _command("sqlplus")
_ORACLE = _command("expdp|exp|impdp|imp|sqlplus|rman|conn|connect")
_DELETE = {"cmd": _command("del|erase|rd|rmdir|forfiles"), "posix": _command("rm|find")}
_COPY = {"cmd": _command("copy|xcopy|robocopy|move"), "posix": _command("cp|mv|scp|rsync")}
_WAITS = {
    "cmd": re.compile(r"(?:^|[&|(]|\bif\b.*\s|\belse\s)[\s@]*(?:pause|choice|timeout|set\s+/p)\b", _FLAGS),
    "posix": _command("read"),
}
_HARMLESS = {
    # Of these cmd.exe keeps ERRORLEVEL, sh its `$?` of none.
    "cmd": re.compile(r"[@()\s]*(?:echo\b|echo\.|rem\b|set\s|endlocal\b|goto\b|:|exit(?:\s+/b)?\s*$|\)*\s*$)", _FLAGS),
    "posix": re.compile(r"\s*(?:\w+=\$\?|fi|done|esac|\}|exit)?\s*$"),
}
_CONTINUED = {"cmd": re.compile(r"\^\s*$"), "posix": re.compile(r"\\$")}
_COMMENT = {"cmd": re.compile(r"[@\s]*(?:rem\b|::)", _FLAGS), "posix": re.compile(r"\s*#")}

#: USER/PASSWORD as the first argument or as USERID; a wallet's `/@ALIAS` has no user. What a variable holds is on the
#: command line, too.
_USER_AND_PASSWORD = re.compile(
    r"(?:^(?:\s+-\w+)*\s+|\buserid=)[\"'\\]*[A-Za-z%${!][\w$#%{}!.]*/(?![/\\])[^\s@/\\\"']", _FLAGS
)
_PASSWORD_VARIABLE = re.compile(
    r"(?:^|[\s\"])\w*(?:PASS|PASSWORD|PASSWD|SANDI)\w*=(?![%$\s\"'])\S|\bnet\s+use\b.*/user:", _FLAGS
)
_SYSDBA = re.compile(r"\bas\s+sysdba\b|(?:^|[\s\"'=])sys/", _FLAGS)
#: What acts on the code of the command before it.
_ACTS = re.compile(r"\bif\b[^&|]*(?:errorlevel|\$\?)|&&|\|\|", _FLAGS)
_ACTS_ON_SAVED = re.compile(r"\b(?:if\b.*|exit\s+(?:/b\s+)?\"?)(?:%\w+%|!\w+!|\$\{?\w)", _FLAGS)
_SAVES = re.compile(r"=\"?(?:%errorlevel%|!errorlevel!|\$\?)", _FLAGS)
_STOPS_ITSELF = re.compile(r"^\s*set\s+-\w*e")
_PIPED = re.compile(r"(?<!\|)\|(?!\|)")
_VARIABLE = re.compile(r"%\w+(?::[^%]*)?%|%%~?[A-TV-Z]\b|!\w+!|\$|`", _FLAGS)
_NLS = re.compile(r"\bNLS_LANG\s*=\s*[\"']?(?P<value>[A-Za-z%$]*)", _FLAGS)
_BACKUPS = re.compile(r"dmp|dump|backup|\*\.\*|\*\s*$|\s/s\b|\s-\w*r", _FLAGS)


@dataclass(frozen=True)
class Finding:
    """A trap: a stable name of the rule, the line counted from 1, one Indonesian sentence, and what mends it."""

    rule: str
    line: int
    found: str
    remedy: str

    def as_dict(self) -> dict[str, object]:
        """Return the finding for a module's result."""
        return {"rule": self.rule, "line": self.line, "found": self.found, "remedy": self.remedy}


@dataclass(frozen=True)
class _Script:
    """The lines that are no comments, continued ones joined, with their numbers; and where the first export stands."""

    kind: Kind
    lines: tuple[tuple[int, str], ...]
    exports: tuple[tuple[int, str, str], ...]
    """Number of the line, `expdp` or `exp`, and what stands behind it."""

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.lines)

    @property
    def stops_itself(self) -> bool:
        return self.kind == "posix" and any(_STOPS_ITSELF.match(line) for _, line in self.lines)

    def acts(self, line: str) -> bool:
        """Tell whether a line does one thing or another by the code of a command before it."""
        saved = _SAVES.search(self.text) is not None and _ACTS_ON_SAVED.search(line) is not None
        return saved or self.stops_itself or _ACTS.search(line) is not None


def lint(text: str, kind: Kind) -> tuple[Finding, ...]:
    """Return the traps that the script's text shows, in the order of their lines. Never raises."""
    lines = tuple(_lines(text, kind))
    exports = tuple(
        (number, match["name"].lower(), match["rest"]) for number, line in lines if (match := _EXPORT.search(line))
    )
    script = _Script(kind, lines, exports)
    return tuple(sorted((one for rule in _RULES for one in rule(script)), key=lambda one: one.line))


def _lines(text: str, kind: Kind) -> Iterator[tuple[int, str]]:
    joined, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        began = began if joined else number
        joined += line
        if _CONTINUED[kind].search(joined):
            joined = _CONTINUED[kind].sub(" ", joined)
            continue
        if joined.strip() and not _COMMENT[kind].match(joined):
            yield began, joined
        joined = ""
    if joined.strip():
        yield began, joined


def _password(script: _Script) -> Iterator[Finding]:
    for number, line in script.lines:
        match = _ORACLE.search(line)
        if match and _USER_AND_PASSWORD.search(match["rest"]):
            yield Finding(
                "password",
                number,
                "kata sandi ada pada baris perintah, terlihat oleh siapa pun yang melihat daftar proses",
                "pakai Oracle wallet (/@ALIAS) atau PARFILE yang hanya boleh dibaca akun itu, lalu ganti kata sandinya",
            )
        elif _PASSWORD_VARIABLE.search(line):
            yield Finding(
                "password",
                number,
                "kata sandi tertulis di dalam skrip",
                "pakai Oracle wallet (/@ALIAS) atau akun sistem operasi, lalu ganti kata sandinya",
            )


def _sysdba(script: _Script) -> Iterator[Finding]:
    for number, line in script.lines:
        if _SYSDBA.search(line):
            yield Finding(
                "sysdba",
                number,
                "masuk sebagai SYSDBA",
                "pakai akun backup dengan hak secukupnya, lihat docs/sql/backup_account.sql",
            )


def _sqlplus(script: _Script) -> Iterator[Finding]:
    if re.search(r"whenever\s+sqlerror", script.text, _FLAGS):
        return
    for number, line in script.lines:
        if _SQLPLUS.search(line):
            yield Finding(
                "sqlplus",
                number,
                "sqlplus berakhir dengan kode 0 walaupun SQL-nya gagal; WHENEVER SQLERROR tidak ada di skrip ini",
                "tulis WHENEVER SQLERROR EXIT FAILURE pada baris pertama SQL-nya, juga bila SQL itu di berkas lain",
            )


def _names(script: _Script) -> Iterator[Finding]:
    for number, tool, rest in script.exports:
        given = re.search(r"\b(?:dumpfile|file)=(\"[^\"]*\"|\S+)", rest, _FLAGS)
        if re.search(r"\breuse_dumpfiles=y", rest, _FLAGS):
            yield Finding(
                "overwrite",
                number,
                "reuse_dumpfiles=y menimpa dump yang lama sebelum yang baru terbukti",
                "hapus reuse_dumpfiles dan beri setiap malam nama sendiri",
            )
        if given and not _VARIABLE.search(given[1]):
            happens = "menimpa dump kemarin" if tool == "exp" else "gagal (ORA-27038) selama dump kemarin masih ada"
            yield Finding(
                "fixed_name",
                number,
                f"nama dump tetap sama setiap malam: ekspor {happens}",
                "sertakan tanggal atau %SIAK_RUN_ID% ($SIAK_RUN_ID) dalam nama",
            )


def _log(script: _Script) -> Iterator[Finding]:
    for number, tool, rest in _readable(script):
        option = "log" if tool == "exp" else "logfile"
        if not re.search(rf"\b{option}=", rest, _FLAGS) or re.search(r"\bnologfile=y", rest, _FLAGS):
            yield Finding(
                "no_log",
                number,
                f"{tool} tanpa {option}=: keberhasilannya tidak dapat dibuktikan",
                f"tambahkan {option}= dengan nama yang sama seperti dumpnya",
            )


def _statistics(script: _Script) -> Iterator[Finding]:
    for number, tool, rest in _readable(script):
        if tool == "exp" and not re.search(r"\bstatistics=none\b", rest, _FLAGS):
            yield Finding(
                "statistics",
                number,
                "exp mengekspor statistik: peringatan EXP-00091 setiap malam menutupi peringatan yang sungguhan",
                "tambahkan statistics=none",
            )


def _nls(script: _Script) -> Iterator[Finding]:
    settings = [(number, match["value"]) for number, line in script.lines if (match := _NLS.search(line))]
    if script.exports and not settings:
        yield Finding(
            "nls_lang",
            script.exports[0][0],
            "NLS_LANG tidak diatur: dijalankan dengan tangan, bahasa dan himpunan huruf mengikuti server",
            "atur NLS_LANG=AMERICAN_AMERICA.<charset database> sebelum ekspor",
        )
    for number, value in settings:
        if value and value[0] not in "%$" and not value.upper().startswith("AMERICAN"):
            yield Finding(
                "nls_lang",
                number,
                "NLS_LANG bukan AMERICAN: log diterjemahkan dan tidak dapat dinilai",
                "tulis NLS_LANG=AMERICAN_AMERICA.<charset database>",
            )


def _waits(script: _Script) -> Iterator[Finding]:
    for number, line in script.lines:
        if _WAITS[script.kind].search(line):
            yield Finding(
                "waits",
                number,
                "menunggu seseorang di depan layar, padahal tidak ada yang duduk di sana",
                "hapus baris itu; untuk menunggu beberapa detik pakai ping -n 11 127.0.0.1 >nul, atau sleep",
            )


def _exit_code(script: _Script) -> Iterator[Finding]:
    if not script.exports:
        return
    number, tool, rest = script.exports[-1]
    below = [(at, line) for at, line in script.lines if at > number]
    last = next((at for at, line in reversed(below) if not _HARMLESS[script.kind].match(line)), 0)
    if not _PIPED.search(rest) and (not last or _ACTS.search(rest) or any(script.acts(line) for _, line in below)):
        return
    yield Finding(
        "exit_code",
        last or number,
        f"skrip berakhir dengan kode perintah terakhirnya, bukan kode {tool} (baris {number})",
        "simpan kodenya tepat sesudah ekspor dan akhiri dengan kode itu: "
        + ("set KODE=%ERRORLEVEL% ... exit /b %KODE%" if script.kind == "cmd" else 'kode=$? ... exit "$kode"'),
    )


def _deletes(script: _Script) -> Iterator[Finding]:
    for number, name, rest in _unchecked(script, _DELETE[script.kind]):
        does = name != "forfiles" or re.search(r"\b(?:del|erase|rd)\b", rest, _FLAGS)
        if (name in {"rd", "rmdir"} or _BACKUPS.search(rest)) and (does if name != "find" else "-delete" in rest):
            yield Finding(
                "deletes",
                number,
                "backup lama dihapus sebelum yang baru terbukti",
                "hapus hanya sesudah ekspor dan salinannya terbukti; program ini tidak memerlukan penghapusan itu",
            )


def _copies(script: _Script) -> Iterator[Finding]:
    for number, _, _ in _unchecked(script, _COPY[script.kind]):
        if script.exports and number > script.exports[0][0]:
            yield Finding(
                "copies",
                number,
                "hasil ekspor disalin tanpa memeriksa berhasil tidaknya",
                "periksa dahulu: if errorlevel 1 exit /b 1" if script.kind == "cmd" else "periksa dahulu kode ekspor",
            )


def _nothing(script: _Script) -> Iterator[Finding]:
    if not script.exports:
        yield Finding(
            "no_export", 1, "tidak ada expdp atau exp yang terbaca di skrip ini", "periksa juga skrip yang dipanggilnya"
        )


def _readable(script: _Script) -> Iterator[tuple[int, str, str]]:
    """Yield the exports whose options all stand on their lines."""
    return (one for one in script.exports if not re.search(r"\bparfile=", one[2], _FLAGS))


def _unchecked(script: _Script, command: re.Pattern[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the lines with `command` above the first export, or below it where nothing has looked at its code yet."""
    first = script.exports[0][0] if script.exports else 0
    checked = False
    for number, line in script.lines:
        checked = checked or (number >= first and script.acts(line))
        match = command.search(line)
        if match and not checked:
            yield number, match["name"].lower(), match["rest"]


_RULES: Final[tuple[Callable[[_Script], Iterator[Finding]], ...]] = (
    _nothing, _password, _sysdba, _sqlplus, _names, _log, _statistics, _nls, _waits, _exit_code, _deletes, _copies,
)  # fmt: skip
