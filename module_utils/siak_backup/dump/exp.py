# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a classic export (exp): statements, one a line, and binary rows behind each INSERT.

Learnt from files of 8.1.5 to 23. Integers are little-endian. An exp that ran to its end wrote EXIT twice and filled
its last record with zeros; one that died did not. EXIT does not say that nothing was left out: only the log does.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .exprows import OpaqueError, SectionError, count_section
from .reader import Reader
from .status import Status
from .verdict import MOST_TABLES, Evidence, Judgement, TableRows, expect, tables_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .source import Source

_LONGEST_LINE_BYTES: Final = 1 << 18
_HEADER = re.compile(
    rb"\x03(..)(D\n?|)EXPORT:V(\d{2})\.(\d{2})\.(\d{2})\n([UD])([^\n]{0,128})\nR([A-Z]{4,16})\n([1-9]\d{2,6})\n",
    re.DOTALL,
)
#: What follows the header's lines: the client's character set again, the database's, the national one (AL16UTF16), 1.
_CHARSETS = re.compile(rb"\d{1,5}\n\d{1,5}\n\d{1,5}\n(..)..\x07\xd0\x00\x01", re.DOTALL)
_INSERT = re.compile(rb'INSERT [^"]{0,80}INTO "([^"]{1,128})" ')
_CREATE = re.compile(rb'CREATE TABLE "([^"]{1,128})" ')
_PARTITION = re.compile(rb'[ (]PARTITION "([^"]{1,128})"')
_SUBPARTITION = re.compile(rb'[ (]SUBPARTITION "([^"]{1,128})"')
_CONNECT = re.compile(rb'CONNECT "?([^"\n]{1,128})"?')
_ROWS_END: Final = b"\xff\xff\n"
_MOST_FAILURES: Final = 20
#: Statements are text with a binary length here and there: healthy files have at most 37 zeros in a row.
_ZEROS: Final = bytes(256)
_EXIT: Final = b"EXIT\nEXIT\n"


@dataclass(frozen=True)
class ExpHeader:
    """The first lines: tool version, character set, who exported what, and bytes a record.

    `charset_again` is the character set where the header names it a second time, None where it does not.
    """

    version: tuple[int, int, int]
    charset_id: int
    path: str
    """`conventional`, `direct`, or `unknown` for a first line that no file was seen to have."""
    user: str
    mode: str
    record_bytes: int
    charset_again: int | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the facts for JSON."""
        return {
            "version": ".".join(map(str, self.version)),
            "charset_id": self.charset_id,
            "direct_path": self.path != "conventional",
            "user": self.user,
            "mode": self.mode,
            "record_bytes": self.record_bytes,
        }


@dataclass
class _Walked:
    """What a walk through the file gave. A section is a table's rows, or those of one of its partitions."""

    sections: list[tuple[str, str, int | None]] = field(default_factory=list)
    partitions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    spoilt: list[str] = field(default_factory=list)
    inside: str = ""
    """The table in whose rows the file ended."""
    kept_partitions: int = 0

    @property
    def is_full(self) -> bool:
        """Whether no more can be kept: the walk ends here."""
        return len(self.sections) >= MOST_TABLES or self.kept_partitions >= MOST_TABLES

    def create(self, table: tuple[str, str], line: bytes) -> None:
        """Keep the partitions that the statement which creates `table` names."""
        found = _SUBPARTITION.findall(line) or _PARTITION.findall(line)
        if found:
            self.kept_partitions += len(found)
            self.partitions[table] = [_text(partition) for partition in found]

    def spoil(self, seen: str) -> None:
        """Keep what is wrong, if not enough is known already."""
        if len(self.spoilt) < _MOST_FAILURES:
            self.spoilt.append(seen)

    def tables(self) -> tuple[TableRows, ...]:
        """Return the rows of each section; it has a partition's name where a table's sections and partitions agree."""
        count = Counter((schema, name) for schema, name, _ in self.sections)
        names = {
            table: iter(partitions) for table, partitions in self.partitions.items() if count[table] == len(partitions)
        }
        return tuple(
            TableRows(schema, name, next(names.get((schema, name), iter(())), ""), rows)
            for schema, name, rows in self.sections
        )


def parse_exp_header(block: bytes) -> ExpHeader | None:
    """Return what a classic export begins with, or None if `block` begins otherwise."""
    match = _HEADER.match(block)
    if match is None:
        return None
    charset, direct, major, minor, patch, _, user, mode, record = match.groups()
    again = _CHARSETS.match(block, match.end())
    return ExpHeader(
        version=(int(major), int(minor), int(patch)),
        charset_id=int.from_bytes(charset, "big"),
        path={b"": "conventional", b"D\n": "direct"}.get(direct, "unknown"),
        user=_text(user),
        mode=mode.decode("ascii"),
        record_bytes=int(record),
        charset_again=int.from_bytes(again[1], "big") if again else None,
    )


def begins_exp(block: bytes) -> bool:
    """Tell whether `block` begins as a classic export does, though its header may be cut or spoilt."""
    return block[:1] == b"\x03" and block[3:].startswith((b"EXPORT:V", b"D\nEXPORT:V", b"DEXPORT:V"))


def judge_exp(source: Source, header: ExpHeader) -> Judgement:
    """Judge the one file of a classic export by walking it from end to end. Raises UnreadableError."""
    walked = _walk(source, header)
    content_bytes = _content_bytes(source)
    ended = source.read(content_bytes - len(_EXIT) - 1, len(_EXIT) + 1) == b"\n" + _EXIT
    tables = walked.tables()
    known = header.path in {"conventional", "direct"}
    # A single direct path export was ever seen: what differs from it is not known to be damage.
    spoilt = Status.DAMAGED if header.path == "conventional" else Status.UNKNOWN
    path_means = Status.COMPLETE if known else Status.UNKNOWN
    evidence = (
        Evidence("path", header.path, "conventional atau direct", path_means),
        *_charset_evidence(header),
        *_end_evidence(source, header, walked, content_bytes, ended=ended),
        *(Evidence("rows", seen, "terbaca sampai akhir", spoilt) for seen in walked.spoilt),
        tables_evidence(len(tables), is_all=not walked.is_full),
    )
    return Judgement("exp", evidence, tables, header.as_dict())


def _charset_evidence(header: ExpHeader) -> Iterator[Evidence]:
    """Yield whether both places name one character set; texts could not be read with the wrong one."""
    if header.charset_again is not None:
        yield expect("charset", header.charset_id, header.charset_again, Status.UNKNOWN)


def _end_evidence(
    source: Source, header: ExpHeader, walked: _Walked, content_bytes: int, *, ended: bool
) -> Iterator[Evidence]:
    """Yield whether exp ran to its end and the file holds all it wrote."""
    partial_bytes = source.size_bytes % header.record_bytes
    padding_bytes = source.size_bytes - content_bytes
    # What died filled up its last record; what was cut off hardly ever ends in zeros.
    died = not partial_bytes and 0 < padding_bytes < header.record_bytes
    yield expect("records", partial_bytes, 0, Status.TRUNCATED, unit="byte lebih dari rekaman utuh")
    if padding_bytes >= header.record_bytes:
        limit = f"kurang dari {header.record_bytes} byte nol"
        yield Evidence("padding", f"{padding_bytes} byte nol di akhir", limit, Status.DAMAGED)
    if walked.inside:
        yield Evidence("end", f"di tengah baris {walked.inside}", "EXIT EXIT", Status.TRUNCATED)
    elif not ended:
        means = Status.ABORTED if died else Status.TRUNCATED
        yield Evidence("end", "tanpa EXIT", "EXIT EXIT", means)
    else:
        yield Evidence("end", "EXIT EXIT", "EXIT EXIT", Status.COMPLETE)


def _walk(source: Source, header: ExpHeader) -> _Walked:
    """Count the rows of every section."""
    walked = _Walked()
    reader = Reader(source)
    schema = header.user
    while not walked.is_full:
        start = reader.offset
        if (line := reader.line(_LONGEST_LINE_BYTES)) is None:
            break
        if _ZEROS in line[max(0, header.record_bytes - start) :]:
            walked.spoil(f"perintah di byte {start}: berisi nol")
        elif match := _CONNECT.fullmatch(line):
            schema = _text(match[1])
        elif match := _CREATE.match(line):
            walked.create((schema, _text(match[1])), line)
        elif (insert := _parse_insert(line)) is not None:
            table, columns = insert
            rows = _count(reader, f"{schema}.{table}", columns, walked, header)
            walked.sections.append((schema, table, rows))
    return walked


def _parse_insert(line: bytes) -> tuple[str, int] | None:
    """Return table and number of bind variables of an INSERT that rows follow, or None if `line` is none."""
    match = _INSERT.match(line)
    _, values, binds = line.rpartition(b" VALUES (")
    last = b":%d)" % (binds.count(b",") + 1)
    if match is None or not values or not binds.startswith(b":1") or not binds.endswith(last):
        return None
    return _text(match[1]), binds.count(b",") + 1


def _count(reader: Reader, name: str, columns: int, walked: _Walked, header: ExpHeader) -> int | None:
    """Return the rows of the section that begins here, None where they cannot be counted, and move behind it."""
    try:
        return count_section(
            reader, columns, has_clob_charset=header.version >= (9,), may_be_direct=header.path == "direct"
        )
    except EOFError:
        walked.inside = name
        return None
    except SectionError as e:
        walked.spoil(f"{name}: {e}")
    except OpaqueError:
        pass
    if not reader.seek_behind(_ROWS_END):
        walked.inside = name
    return None


def _content_bytes(source: Source) -> int:
    """Return the file's size without the zeros at its end."""
    end = source.size_bytes
    while end > 0:
        start = max(0, end - (1 << 16))
        chunk = source.read(start, end - start).rstrip(b"\0")
        if chunk:
            return start + len(chunk)
        end = start
    return 0


def _text(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
