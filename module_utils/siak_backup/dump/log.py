# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of an export, Data Pump's or classic exp's, in whatever language it was written.

What no translation touches is read first: error codes, quoted names, numbers, the order of lines. English words are
only the last witness. A log that ends anywhere before the line feed of its last line proves nothing.
Line shapes: Oracle Database Utilities, chapters Data Pump Export and Original Export, and logs of 10g to 23ai.
"""

from __future__ import annotations

import codecs
import enum
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .status import Status
from .verdict import MOST_TABLES, TableRows

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_COMPLAINT = re.compile(r".*?\b((?:LRM|UDE|UDI)-\d{5})\b.*", re.DOTALL)
#: Passwords that will expire; data stored unencrypted; statistics that are recomputed anyway. Rows are not touched.
_HARMLESS: Final = frozenset({"ORA-28002", "UDE-28002", "ORA-28011", "UDE-28011", "ORA-39173", "EXP-00091"})

#: Of a log of imp or impdp, which is like one of an export in all else.
_IMPORT = re.compile(r"(?:;;; )?Import: Release |Export file created by |Import terminated |\. \. import")

_EXPORT: Final = "Export: Release "
_CHUNK_BYTES: Final = 1 << 16
#: The line that names the job has all its parameters; what is longer is no line of a log.
_LONGEST_LINE: Final = 1 << 20
#: Of lines with codes, and of dump files, so many, and so much of each line.
_LONGEST_KEPT: Final = 2000
_MOST_KEPT: Final = 10_000

_ROWS = re.compile(r"\d{1,18}", re.ASCII)
#: The second is how an export of single tables names their owner.
_EXP_OWNER = re.compile(r"(?:\. )?about to export (\S+)'s tables .*|Current user changed to (\S+)", re.IGNORECASE)
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
    is_beyond_bounds: bool = False
    """Whether it has a longer line, or more tables, than a log can have: not everything in it was kept."""

    @property
    def status(self) -> Status:
        """The verdict on the log alone. EMPTY and COMPLETE say that the export succeeded."""
        if self.kind and self.has_zeros:
            return Status.DAMAGED
        if self.error_lines or self.ending in {Ending.WITH_ERRORS, Ending.STOPPED}:
            return Status.ABORTED
        if not self.kind or self.is_beyond_bounds or self.ending is Ending.FOREIGN:
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
        """Return the first errors, or the last line, as a short text that may go into a journal.

        A client's complaint about its command line repeats it, password and all (LRM-00108): of such a line the code
        stays. A last line that is no export's may be anything.
        """
        if self.error_lines:
            return "; ".join(_COMPLAINT.sub(r"\1", line) for line in self.error_lines[:3])[:500]
        if self.ending is Ending.FOREIGN:
            return "baris akhir tidak dikenal"
        return "tanpa baris akhir" if self.ending is Ending.MISSING else self.last_line[:500]


def read_log(content: bytes) -> ExportLog:
    """Read a whole log. Never raises: what is no export log has `kind` empty and status UNKNOWN.

    Memory is that of what is returned: lines are read one by one.
    """
    seen = _Seen()
    last = ""
    for number, (text, ended) in enumerate(_lines(content)):
        seen.has_zeros = seen.has_zeros or "\0" in text
        if len(text) > _LONGEST_LINE:
            seen.is_beyond_bounds = True
            continue
        line = _PREFIX.sub("", text, count=1).rstrip() if text else ""
        if ended:
            seen.take(number, line)
            last = line or last
        elif line:
            last = ""
    return seen.log(last)


def _lines(content: bytes) -> Iterator[tuple[str, bool]]:
    """Yield the lines and whether a line feed ends them; of one that is too long only a part that is, too.

    A redirected PowerShell log is UTF-16. Names in other character sets lose only letters.
    """
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    for at in range(0, len(content), _CHUNK_BYTES):
        text = decoder.decode(content[at : at + _CHUNK_BYTES], at + _CHUNK_BYTES >= len(content))
        *lines, rest = (rest + text).split("\n")
        for line in lines:
            yield line, True
        rest = rest[: _LONGEST_LINE + 1]
    yield rest, False


@dataclass
class _Seen:
    """What the lines so far have told."""

    job: tuple[str, ...] = ()
    is_export: bool = False
    is_import: bool = False
    is_data_pump: bool = False
    """Whether Data Pump's own banner was seen; a job that could not even be made has nothing else."""
    has_zeros: bool = False
    is_beyond_bounds: bool = False
    master_written: bool = False
    errors: list[str] = field(default_factory=list)
    harmless: list[str] = field(default_factory=list)
    tables: list[TableRows] = field(default_factory=list)
    exp_tables: list[TableRows] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    in_files: bool = False
    has_files: bool = False
    exp_schema: str = ""
    exp_table: str = ""

    def take(self, number: int, line: str) -> None:
        """Take the next whole line, `number` counted from 0, without its prefix."""
        self._take_files(line)
        if not line:
            return
        self.is_import = self.is_import or _IMPORT.match(line) is not None
        self.is_export = self.is_export or line.startswith(_EXPORT)
        self.is_data_pump = self.is_data_pump or (number < 3 and line == ";;;")
        self._take_table(line)
        # Data Pump repeats its parameter file as comments: these may hold anything.
        if line.startswith((". . ", ";;;")):
            return
        if start := _starting(line):
            self.job = self.job or (start[1], start[2])
        elif codes := _CODE.findall(line):
            self._keep(self.harmless if _HARMLESS.issuperset(codes) else self.errors, line)
        elif (match := _MASTER.match(line)) and match.groups() == self.job:
            self.master_written = True

    def log(self, last_line: str) -> ExportLog:
        """Return the log whose last line, if it is whole, is `last_line`."""
        if self.is_import:
            return ExportLog(last_line=last_line)
        exp_ending = _EXP_ENDINGS.get(last_line)
        is_exp = bool(self.exp_tables) or exp_ending is not None or self.is_export
        kind, ending = "", Ending.MISSING
        tables: list[TableRows] = []
        if self.job:
            kind, tables, ending = "datapump", self.tables, _job_ending(last_line, self.job)
        elif self.is_data_pump:
            kind = "datapump"
        elif is_exp:
            kind, tables = "exp", self.exp_tables
            ending = Ending(exp_ending) if exp_ending else Ending.MISSING
        owner, name = self.job or ("", "")
        return ExportLog(
            kind=kind,
            job_owner=owner,
            job_name=name,
            tables=tuple(tables),
            files=tuple(self.files),
            error_lines=tuple(self.errors),
            harmless_lines=tuple(self.harmless),
            master_written=self.master_written,
            ending=ending,
            last_line=last_line,
            has_zeros=self.has_zeros,
            is_beyond_bounds=self.is_beyond_bounds,
        )

    def _take_files(self, line: str) -> None:
        """Keep the lines, indented by two, below the one that names the job and ends in a colon."""
        if self.in_files and _FILE.match(line):
            self._keep(self.files, line.strip())
            return
        self.in_files = not self.has_files and bool(self.job) and line.endswith(":") and ".".join(self.job) in line
        self.has_files = self.has_files or self.in_files

    def _take_table(self, line: str) -> None:
        if match := _TABLE.fullmatch(line):
            schema, name, partition, subpartition, rows = match.groups()
            self._keep_table(self.tables, TableRows(schema, name, subpartition or partition or "", int(rows)))
        if not self.job:
            self._take_exp_table(line)

    def _take_exp_table(self, line: str) -> None:
        """Take `. . exporting table NAME n rows exported`, or the line of a partition below a table's own."""
        words = line.split()
        if owner := _EXP_OWNER.fullmatch(line):
            self.exp_schema = owner[1] or owner[2]
        elif words[:2] == [".", "."] and len(words) > 3:
            number = next((i for i in range(len(words) - 1, 3, -1) if _ROWS.fullmatch(words[i])), None)
            if number is None:
                self.exp_table = words[-1]
            elif "partition" in words[2:number]:
                rows = TableRows(self.exp_schema, self.exp_table, words[number - 1], int(words[number]))
                self._keep_table(self.exp_tables, rows)
            else:
                self.exp_table = words[number - 1]
                self._keep_table(self.exp_tables, TableRows(self.exp_schema, self.exp_table, "", int(words[number])))

    def _keep(self, kept: list[str], line: str) -> None:
        if len(kept) < _MOST_KEPT:
            kept.append(line[:_LONGEST_KEPT])

    def _keep_table(self, kept: list[TableRows], table: TableRows) -> None:
        if len(kept) < MOST_TABLES:
            kept.append(table)
        else:
            self.is_beyond_bounds = True


def _starting(line: str) -> re.Match[str] | None:
    """Return a match if `line` names job and parameters, which may hold anything; errors look alike."""
    return None if _CODE.match(line) else _STARTING.match(line)


def _job_ending(line: str, job: tuple[str, ...]) -> Ending:
    match = _JOB.fullmatch(line)
    if match is None or match.groups()[:2] != job:
        return Ending.MISSING
    words = match[3].strip()
    return next((Ending(name) for pattern, name in _JOB_WORDS if pattern.fullmatch(words)), Ending.FOREIGN)
