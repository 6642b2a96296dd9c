# SPDX-License-Identifier: GPL-3.0-or-later
"""One file of a Data Pump set: what it says of itself, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from .header import BLOCK_BYTES, is_data_pump, read_headers
from .status import Status
from .verdict import Evidence, expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .header import DumpHeader
    from .source import Source


@dataclass(frozen=True)
class Piece:
    """A file and its header and trailer, where there are such."""

    source: Source
    header: DumpHeader | None
    trailer: DumpHeader | None

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read both ends of a file. Raises UnreadableError."""
        return cls(source, *read_headers(source))

    @property
    def name(self) -> str:
        """The file's name."""
        return self.source.path.name

    @property
    def place(self) -> DumpHeader | None:
        """The block that tells where the master table is; None if it is not there."""
        return self.trailer if self.header and self.header.has_trailer else self.header

    @property
    def holds_master(self) -> bool:
        """Whether the master table is, or should be, in this file."""
        return self.place is not None and self.place.holds_master

    def as_dict(self) -> dict[str, object]:
        """Return the file's facts for JSON."""
        facts = self.header.as_dict() if self.header else {}
        return {"name": self.name, "size_bytes": self.source.size_bytes} | facts | {"holds_master": self.holds_master}

    def own_evidence(self) -> Iterator[Evidence]:
        """Yield what the file proves without the others. Nothing but the first check if it has no header."""
        size_bytes = self.source.size_bytes
        if self.header is None:
            cut = size_bytes < BLOCK_BYTES and (not size_bytes or is_data_pump(self.source.read(0, BLOCK_BYTES)))
            seen = f"{size_bytes} byte, terpotong" if cut else "bukan dump Data Pump"
            means = Status.TRUNCATED if cut else Status.DAMAGED
            yield Evidence("header", seen, "kepala dump Data Pump", means, self.name)
            return
        version = "{}.{}".format(*self.header.version)
        known = Status.COMPLETE if self.header.known else Status.UNKNOWN
        yield Evidence("header", f"versi {version}", "versi 1.1, 3.1, 5.1 atau 6.1", known, self.name)
        if self.header.known:
            means = Status.COMPLETE if self.header.fits_release else Status.UNKNOWN
            yield Evidence("release", self.header.db_version, f"rilis yang menulis versi {version}", means, self.name)
        encrypted = any(block.encrypted for block in (self.header, self.trailer) if block)
        means = Status.UNKNOWN if encrypted else Status.COMPLETE
        yield Evidence("encryption", "ada" if encrypted else "tidak ada", "tidak ada", means, self.name)
        if self.trailer is not None:
            same = self.trailer.identity == self.header.identity
            means = Status.COMPLETE if same else Status.DAMAGED
            yield Evidence("trailer", "cocok" if same else "berbeda", "cocok dengan kepala", means, self.name)
        if self.place is None:
            yield Evidence("trailer", "tidak ada", "blok penutup", Status.TRUNCATED, self.name)
        elif self.place.holds_master:
            yield size_evidence(self, self.place.expected_bytes)

    def date_evidence(self, started_at: datetime, clock_skew_s: float) -> Evidence:
        """Return whether the header's time is not before the export's beginning, both on the server's wall clock."""
        created = self.header.created if self.header else None
        began = started_at.replace(tzinfo=None)
        if created is None:
            return Evidence("date", "tanpa tanggal", f"sejak {began:%Y-%m-%d %H:%M:%S}", Status.UNKNOWN, self.name)
        stale = (began - created).total_seconds() > clock_skew_s
        return Evidence(
            "date",
            f"{created:%Y-%m-%d %H:%M:%S}",
            f"sejak {began:%Y-%m-%d %H:%M:%S}",
            Status.STALE if stale else Status.COMPLETE,
            self.name,
        )


def is_spread(masters: list[Piece]) -> bool:
    """Tell whether one master table lies in several files, each of which says that it holds another part.

    GET_DUMPFILE_INFO knows a number and a count of parts; no such set was ever seen, so nothing more is read of it.
    """
    parts = {piece.place.master_piece for piece in masters if piece.place}
    return len(parts) == len(masters) > 1


def size_evidence(piece: Piece, *expected_bytes: int) -> Evidence:
    """Return whether the file has one of the sizes it may have."""
    size_bytes = piece.source.size_bytes
    means = Status.COMPLETE
    if size_bytes not in expected_bytes:
        means = Status.TRUNCATED if size_bytes < min(expected_bytes) else Status.DAMAGED
    return Evidence("size", f"{size_bytes} byte", f"{expected_bytes[0]} byte", means, piece.name)


def set_evidence(pieces: list[Piece], job_name: str | None) -> Iterator[Evidence]:
    """Yield what the headers prove together: one job wrote all files, none is missing, one holds the master table."""
    headed = [(piece, piece.header) for piece in pieces if piece.header]
    masters = [piece for piece in pieces if piece.holds_master]
    first = (masters[0].header if masters else None) or (headed[0][1] if headed else None)
    if first is None:
        return
    for piece, header in headed:
        yield expect("guid", header.guid, first.guid, Status.STALE, subject=piece.name)
        if job_name is not None:
            yield expect(
                "job", header.job_name.rpartition(".")[2].strip('"'), job_name, Status.STALE, subject=piece.name
            )
    if not masters:
        # Another file holds it, or the job was killed before it was written: the bytes do not tell which.
        yield Evidence("master", "0 file", "1 file dengan tabel induk", Status.UNKNOWN)
        return
    spread = is_spread(masters)
    means = Status.UNKNOWN if spread else Status.DAMAGED
    yield expect("master", len(masters), 1, means, unit="file dengan tabel induk")
    numbers = sorted(header.file_number for _, header in headed)
    doubled = len(set(numbers)) < len(numbers)
    wanted = list(range(1, len(pieces) + 1))
    yield expect("numbers", numbers, wanted, Status.DAMAGED if doubled else Status.TRUNCATED)
