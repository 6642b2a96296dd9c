# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of an export, Data Pump's or classic exp's, in whatever language it was written.

What no translation touches is read first: error codes, quoted names, numbers, the order of lines. English words are
only the last witness. A log that ends anywhere before the line feed of its last line proves nothing.
Line shapes: Oracle Database Utilities, chapters Data Pump Export and Original Export, and logs of 10g to 23ai.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .status import Status
from .verdict import TableRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: LOGTIME puts the server's time before a line (its month may be in any language), METRICS the worker's name.
_PREFIX = re.compile(r"(?:\d{2}-[^:]{2,12}-\d{2} \d{2}:\d{2}:\d{2}[.,]\d{3}: )?(?:W-\d+ )?")
_QUOTED = r'"([^"]+)"'
_STARTING = re.compile(rf"\S[^\"]*{_QUOTED}\.{_QUOTED}\s?:(?:\s|$)")
_TABLE = re.compile(
    rf"\. \. [^\"]*{_QUOTED}\.{_QUOTED}(?::{_QUOTED}(?:\.{_QUOTED})?)? +[\d.,]+ +[^\s\d]+ +(\d{{1,18}}) [^\s\d].*"
)
_MASTER = re.compile(rf"[^\"]*{_QUOTED}\.{_QUOTED}[^\"]*loaded/unloaded")
_JOB = re.compile(rf"[^\"]*{_QUOTED}\.{_QUOTED}([^\"]*)")
_FILE = re.compile(r"  \S")
_JOB_WORDS: Final = (
    (re.compile(r"successfully completed at .*\d{2}:\d{2}:\d{2}.*"), "succeeded"),
    (re.compile(r"completed with \d+ error.*"), "with errors"),
    (re.compile(r"stopped (?:due to fatal error|by user request) .*"), "stopped"),
)
_CODE = re.compile(r"(?:^|[\s>(])((?:ORA|EXP|UDE|UDI|LRM|KUP|OSD|PLS|TNS|LPX|IMP)-\d{5})\b")
#: Passwords that will expire; data stored unencrypted; statistics that are recomputed anyway. Rows are not touched.
_HARMLESS: Final = frozenset({"ORA-28002", "UDE-28002", "ORA-28011", "UDE-28011", "ORA-39173", "EXP-00091"})

#: Of a log of imp or impdp, which is like one of an export in all else.
_IMPORT = re.compile(r"(?:;;; )?Import: Release |Export file created by |Import terminated |\. \. import")

_ROWS = re.compile(r"\d{1,18}", re.ASCII)
_EXP_OWNER = re.compile(r"(?:\. )?about to export (\S+)'s tables .*", re.IGNORECASE)
_EXP_ENDINGS: Final = {
    "Export terminated successfully without warnings.": "succeeded",
    "Export terminated successfully with warnings.": "with warnings",
    "EXP-00000: Export terminated unsuccessfully": "stopped",
}


class Ending(enum.Enum):
    """How the last line says the export ended."""

    SUCCEEDED = "succeeded"
    WITH_WARNINGS = "with warnings"
    WITH_ERRORS = "with errors"
    STOPPED = "stopped"
    FOREIGN = "in words not understood"
    MISSING = "missing"


@dataclass(frozen=True)
class ExportLog:
    """A log, read. `kind` is `datapump`, `exp`, or empty for a text that is no export log.

    `error_lines` are the lines that bear an error code, harmless ones excepted; `files` are paths on the server.
    """

    kind: str = ""
    job_owner: str = ""
    job_name: str = ""
    tables: tuple[TableRows, ...] = ()
    files: tuple[str, ...] = ()
    error_lines: tuple[str, ...] = ()
    harmless_lines: tuple[str, ...] = ()
    master_written: bool = False
    ending: Ending = Ending.MISSING
    last_line: str = ""
    has_zeros: bool = False
    """Whether zero bytes stand in it, as where a file system lost a block; no character set writes them."""

    @property
    def status(self) -> Status:
        """The verdict on the log alone. EMPTY and COMPLETE say that the export succeeded."""
        if self.kind and self.has_zeros:
            return Status.DAMAGED
        if self.error_lines or self.ending in {Ending.WITH_ERRORS, Ending.STOPPED}:
            return Status.ABORTED
        if not self.kind or self.ending is Ending.FOREIGN:
            return Status.UNKNOWN
        if self.ending is Ending.MISSING or (self.kind == "datapump" and not self.master_written):
            return Status.TRUNCATED
        if self.ending is Ending.WITH_WARNINGS and not self.harmless_lines:
            return Status.ABORTED
        return Status.COMPLETE if self.tables else Status.EMPTY

    @property
    def succeeded(self) -> bool:
        """Whether codes, master table and last line all say that everything asked for was exported."""
        return self.status in {Status.COMPLETE, Status.EMPTY}

    def summary(self) -> str:
        """Return the first errors, or the last line, as a short text."""
        return "; ".join(self.error_lines[:3])[:500] or self.last_line[:500] or "tanpa baris akhir"


def read_log(content: bytes) -> ExportLog:
    """Read a whole log. Never raises: what is no export log has `kind` empty and status UNKNOWN."""
    text = _decode(content)
    lines = [_PREFIX.sub("", line, count=1).rstrip() for line in text.split("\n")]
    # The last element is what follows the last line feed: something there means that the log is cut.
    is_cut = bool(lines.pop())
    while lines and not lines[-1]:
        lines.pop()
    last_line = "" if is_cut or not lines else lines[-1]
    if any(map(_IMPORT.match, lines)):
        return ExportLog(last_line=last_line)
    errors, harmless = _coded_lines(lines)
    log = ExportLog(last_line=last_line, error_lines=errors, harmless_lines=harmless, has_zeros="\0" in text)
    return _as_data_pump(log, lines) or _as_exp(log, lines) or log


def _decode(content: bytes) -> str:
    """Return the text; a redirected PowerShell log is UTF-16. Names in other character sets lose only letters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def _coded_lines(lines: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    errors: list[str] = []
    harmless: list[str] = []
    for line in lines:
        if not _starting(line) and not line.startswith(". . ") and (codes := _CODE.findall(line)):
            (harmless if _HARMLESS.issuperset(codes) else errors).append(line)
    return tuple(errors), tuple(harmless)


def _starting(line: str) -> re.Match[str] | None:
    """Return a match if `line` names job and parameters, which may hold anything; tables and errors look alike."""
    return None if line.startswith(". . ") or _CODE.match(line) else _STARTING.match(line)


def _as_data_pump(log: ExportLog, lines: Sequence[str]) -> ExportLog | None:
    """Read the lines as Data Pump's, or return None if they are not."""
    start = next(filter(None, map(_starting, lines)), None)
    if start is None:
        # Data Pump's own banner; a job that could not even be made has nothing else.
        return replace(log, kind="datapump") if ";;;" in lines[:3] else None
    job = start[1], start[2]
    tables = tuple(_table(match) for line in lines if (match := _TABLE.fullmatch(line)))
    master = any((match := _MASTER.match(line)) and match.groups() == job for line in lines)
    ending = _job_ending(log.last_line, job)
    return replace(
        log,
        kind="datapump",
        job_owner=job[0],
        job_name=job[1],
        tables=tables,
        files=_files(lines, job),
        master_written=master,
        ending=ending,
    )


def _table(match: re.Match[str]) -> TableRows:
    schema, name, partition, subpartition, rows = match.groups()
    return TableRows(schema, name, subpartition or partition or "", int(rows))


def _job_ending(line: str, job: tuple[str, ...]) -> Ending:
    match = _JOB.fullmatch(line)
    if match is None or match.groups()[:2] != job:
        return Ending.MISSING
    words = match[3].strip()
    return next((Ending(name) for pattern, name in _JOB_WORDS if pattern.fullmatch(words)), Ending.FOREIGN)


def _files(lines: Sequence[str], job: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines, indented by two, below the one that names the job and ends in a colon."""
    name = ".".join(job)
    for number, line in enumerate(lines):
        if name in line and line.endswith(":"):
            below = lines[number + 1 :]
            count = next((i for i, path in enumerate(below) if not _FILE.match(path)), len(below))
            return tuple(path.strip() for path in below[:count])
    return ()


def _as_exp(log: ExportLog, lines: Sequence[str]) -> ExportLog | None:
    """Read the lines as classic exp's, or return None if they are not."""
    tables = tuple(_exp_tables(lines))
    ending = _EXP_ENDINGS.get(log.last_line)
    if not tables and ending is None and not any(line.startswith("Export: Release ") for line in lines):
        return None
    return replace(log, kind="exp", tables=tables, ending=Ending(ending) if ending else Ending.MISSING)


def _exp_tables(lines: Iterable[str]) -> Iterator[TableRows]:
    """Yield the rows of `. . exporting table NAME n rows exported` and of the partition lines below a table's own."""
    schema = table = ""
    for line in lines:
        words = line.split()
        if owner := _EXP_OWNER.fullmatch(line):
            schema = owner[1]
        elif words[:2] == [".", "."] and len(words) > 3:
            number = next((i for i in range(len(words) - 1, 3, -1) if _ROWS.fullmatch(words[i])), None)
            if number is None:
                table = words[-1]
            elif "partition" in words[2:number]:
                yield TableRows(schema, table, words[number - 1], int(words[number]))
            else:
                table = words[number - 1]
                yield TableRows(schema, table, "", int(words[number]))
