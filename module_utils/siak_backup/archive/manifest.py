# SPDX-License-Identifier: GPL-3.0-or-later
"""manifest.json: what a dated folder is, who made it, from what, and why it may be trusted.

Its format is in docs/design.md. A version, once published, is read for ever.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from ..errors import ArchiveError
from .fields import Fields, read_object
from .names import is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The first version tells of files as they are; the second also of how a copy on a medium stores them.
VERSION, STORED_VERSION = 1, 2

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class OracleFacts:
    """The database and the Data Pump job; times are UTC ISO 8601, `scn` is 0 for an export without one."""

    version: str
    database: str
    job: str
    scn: int
    mode: str
    schemas: tuple[str, ...]
    started_at: str
    ended_at: str

    @classmethod
    def read(cls, fields: Fields) -> OracleFacts:
        """Read the object `oracle`. Raises ValueError."""
        return cls(
            version=fields.text("version"),
            database=fields.text("database"),
            job=fields.text("job"),
            scn=fields.whole("scn"),
            mode=fields.text("mode"),
            schemas=fields.texts("schemas"),
            started_at=fields.time("started_at"),
            ended_at=fields.time("ended_at"),
        )


@dataclass(frozen=True)
class FileEntry:
    """One file of the folder; `source` is its name on the server."""

    name: str
    size_bytes: int
    sha256: str
    source: str

    def as_dict(self) -> dict[str, object]:
        """Return the manifest's form."""
        return asdict(self)

    @classmethod
    def read(cls, fields: Fields) -> FileEntry:
        """Read one object of `files`; the name is plain, the sum 64 lower-case hex digits. Raises ValueError."""
        entry = cls.read_planned(fields)
        if not _SHA256.fullmatch(entry.sha256):
            raise ValueError("sha256 bernilai mustahil")
        return entry

    @classmethod
    def read_planned(cls, fields: Fields) -> FileEntry:
        """Read the same of a file that does not exist yet, whose sum may be empty. Raises ValueError."""
        entry = cls(fields.text("name"), fields.whole("size_bytes"), fields.text("sha256"), fields.text("source"))
        if not is_plain(entry.name):
            raise ValueError("name bukan nama berkas biasa")
        return entry


@dataclass(frozen=True)
class StoredEntry:
    """How a copy on a medium stores the file `name`: under which name, and bytes and SHA-256 of what lies there.

    `.zst` at the end of the name means compressed, `.age` encrypted, `.zst.age` both in this order.
    """

    name: str
    stored_name: str
    size_bytes: int
    sha256: str

    @classmethod
    def read(cls, fields: Fields) -> StoredEntry:
        """Read one object of `stored`. Raises ValueError."""
        entry = cls(fields.text("name"), fields.text("stored_name"), fields.whole("size_bytes"), fields.text("sha256"))
        if not _SHA256.fullmatch(entry.sha256):
            raise ValueError("sha256 bernilai mustahil")
        if not is_plain(entry.name) or not is_plain(entry.stored_name):
            raise ValueError("name bukan nama berkas biasa")
        return entry


@dataclass(frozen=True)
class TableRows:
    """Rows the export log gives for a table or partition; `partition` is empty for a whole table.

    Names are Oracle's, in any characters: whoever shows them makes them printable.
    """

    schema: str
    name: str
    partition: str
    rows: int

    @classmethod
    def read(cls, fields: Fields) -> TableRows:
        """Read one object of `tables`. Raises ValueError."""
        return cls(fields.name("schema"), fields.name("name"), fields.name("partition"), fields.whole("rows"))


@dataclass(frozen=True)
class Count:
    """Rows of a key table at the export's SCN, and in the export (None: not in it)."""

    table: str
    rows_in_database: int
    rows_in_export: int | None

    @classmethod
    def read(cls, fields: Fields) -> Count:
        """Read one object of `counts`. Raises ValueError."""
        return cls(fields.name("table"), fields.whole("rows_in_database"), fields.whole_or_none("rows_in_export"))


@dataclass(frozen=True)
class Verdict:
    """What the dump and its log were judged to be, and by what evidence."""

    status: str
    evidence: tuple[str, ...]

    @classmethod
    def read(cls, fields: Fields) -> Verdict:
        """Read the object `verdict`. Raises ValueError."""
        return cls(fields.text("status"), fields.texts("evidence"))


@dataclass(frozen=True)
class Manifest:
    """A dated folder. `created_at` is UTC ISO 8601.

    `stored` lists the files of `files` that lie encoded in this folder; a folder of the archive has none, and is
    written as version 1.
    """

    run_id: str
    server: str
    office: str
    sop_number: str
    created_at: str
    folder: str
    rehearsal: bool
    oracle: OracleFacts
    files: tuple[FileEntry, ...]
    tables: tuple[TableRows, ...]
    counts: tuple[Count, ...]
    verdict: Verdict
    software: str
    stored: tuple[StoredEntry, ...] = ()

    @property
    def dump_bytes(self) -> int:
        """Bytes of the dump's pieces; the log is no part of them."""
        return sum(file.size_bytes for file in self.files if not file.name.lower().endswith(".log"))

    def as_dict(self) -> dict[str, object]:
        """Return the JSON object, `version` included."""
        facts: dict[str, object] = json.loads(self.to_json())
        return facts

    def to_json(self) -> str:
        """Return the file's text: keys sorted, indented, ended by a newline; equal manifests give equal texts."""
        facts = {"version": STORED_VERSION if self.stored else VERSION} | asdict(self)
        if not self.stored:
            del facts["stored"]
        return json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, *, where: str) -> Manifest:
        """Read a manifest of any version ever published.

        Raises:
            ArchiveError: it is not JSON, a key is missing, unknown or of the
                wrong type, or its version is later than this program's.
        """
        try:
            return read_object(json.loads(text), _read, name="manifest")
        except _LaterVersionError as error:
            raise ArchiveError(
                f"manifest {error} belum dikenal",
                where=where,
                remedy=f"pakai siak-backup yang lebih baru, yang ini mengenal sampai versi {max(_READERS)}",
            ) from None
        except (ValueError, RecursionError) as error:
            raise ArchiveError(
                f"manifest rusak, {error}", where=where, remedy="jangan pakai folder ini, ambil salinan lain"
            ) from error


class _LaterVersionError(ValueError):
    """The manifest is of a version made after this program."""


def _read(fields: Fields) -> Manifest:
    version = fields.whole("version")
    if version not in _READERS:
        raise _LaterVersionError(f"versi {version}")
    return _READERS[version](fields)


def _read_version_1(fields: Fields) -> Manifest:
    manifest = Manifest(
        run_id=fields.text("run_id"),
        server=fields.text("server"),
        office=fields.text("office"),
        sop_number=fields.text("sop_number"),
        created_at=fields.time("created_at"),
        folder=fields.text("folder"),
        rehearsal=fields.truth("rehearsal"),
        oracle=fields.one("oracle", OracleFacts.read),
        files=fields.many("files", FileEntry.read),
        tables=fields.many("tables", TableRows.read),
        counts=fields.many("counts", Count.read),
        verdict=fields.one("verdict", Verdict.read),
        software=fields.text("software"),
    )
    if not manifest.files:
        raise ValueError("files kosong")
    if len({entry.name.lower() for entry in manifest.files}) != len(manifest.files):
        raise ValueError("files memuat nama yang sama dua kali")
    return manifest


def _read_version_2(fields: Fields) -> Manifest:
    stored = fields.many("stored", StoredEntry.read)
    manifest = replace(_read_version_1(fields), stored=stored)
    names = {entry.name for entry in manifest.files}
    if not stored or not {entry.name for entry in stored} <= names:
        raise ValueError("stored bernilai mustahil")
    if len({entry.stored_name.lower() for entry in stored}) != len(stored):
        raise ValueError("stored memuat nama yang sama dua kali")
    return manifest


_READERS: Mapping[int, Callable[[Fields], Manifest]] = {VERSION: _read_version_1, STORED_VERSION: _read_version_2}
