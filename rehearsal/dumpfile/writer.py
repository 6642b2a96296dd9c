# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a dump: tables one after the other into as many files as it takes, the master table last."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .header import Header, layout_for
from .master_columns import MASTER_COLUMNS
from .model import BLOCK_BYTES, Table
from .piece import Piece, SpaceExhaustedError
from .rows import RowEncoder
from .stream import StreamWriter
from .strmtable import stream_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from .master import JobRecord, MasterRow
    from .model import DatabaseFacts, Extent
    from .piece import PieceSupply

_MASTER_OBJECT = 73_513


@dataclass(frozen=True)
class PieceState:
    """A file of the set as it stands: `bytes_` written so far."""

    number: int
    path: Path
    limit_bytes: int | None
    bytes_: int


class DumpWriter:
    """One dump under construction.

    Open a table, add its rows, close it; then the next; at last `finish`. A SpaceExhaustedError from `add_row` leaves
    that row out and the table closable; once the supply has more files the writer can go on. Memory does not grow
    with the number of rows.
    """

    def __init__(
        self,
        supply: PieceSupply,
        facts: DatabaseFacts,
        job: JobRecord,
        gate: Callable[[int], None],
        *,
        metadata_compressed: bool,
        extend_bytes: int | None = None,
    ) -> None:
        self._supply = supply
        self._facts = facts
        self._gate = gate
        self._extend_bytes = extend_bytes
        self._job = job
        self._layout = layout_for(job.version)
        self._trailer_bytes = BLOCK_BYTES if self._layout.has_trailer else 0
        self._header = Header(
            layout=self._layout,
            guid=job.guid,
            file_number=0,
            charset_id=facts.charset_id,
            created=job.started,
            job_name=f'"{job.owner}"."{job.name}"',
            platform=facts.platform,
            instance=f"REHEARSAL:{facts.instance}",
            charset=facts.charset,
            db_version=".".join(f"{part:02d}" for part in (*job.version, 0, 0, 0, 0)[:5]),
            metadata_compressed=metadata_compressed,
        )
        self._pieces: list[Piece] = []
        self._table: _OpenTable | None = None

    def pieces(self) -> tuple[PieceState, ...]:
        """Return the files so far."""
        return tuple(PieceState(p.number, p.path, p.limit_bytes, p.end) for p in self._pieces)

    def open_table(self, table: Table) -> None:
        """Begin the rows of `table`, or go on with them. Raises ValueError for a column type no dump holds."""
        begun_at = len(self._pieces), self._pieces[-1].end if self._pieces else BLOCK_BYTES
        self._table = _OpenTable(RowEncoder(table.columns), stream_xml(table, self._facts), begun_at)

    def add_row(self, row: Sequence[object]) -> None:
        """Add a row to the open table. Raises SpaceExhaustedError, OSError."""
        table = self._open_one()
        data = table.encoder.encode(row)
        if table.stream is None or not table.stream.fits(data):
            self._close_stream(table)
            table.stream = self._open_stream(table.xml, len(data))
        table.stream.add(data)

    def close_table(self) -> tuple[Extent, ...]:
        """End the open table and return where its rows lie; nothing if it had none. Raises OSError."""
        table = self._open_one()
        self._close_stream(table)
        self._table = None
        return tuple(table.extents)

    def discard_table(self) -> None:
        """Forget the open table, its rows cut off again. Raises OSError."""
        table = self._open_one()
        count, end = table.begun_at
        for piece in self._pieces[max(count - 1, 0) :]:
            piece.truncate(end if piece.number == count else BLOCK_BYTES)
        self._table = None

    def finish(self, rows: Callable[[tuple[PieceState, ...]], Iterable[MasterRow]], ended: datetime) -> None:
        """Write the master table into the last file, then the final headers. Raises SpaceExhaustedError, OSError.

        `rows` is called with the files as they are right before the master table. That is never split, as Oracle
        splits it: it may run over its file's size limit.
        """
        piece = self._piece_with_room(2 * BLOCK_BYTES)
        self._header = replace(self._header, master_object=_MASTER_OBJECT)
        for each in self._pieces[:-1]:
            self._seal(each, self._header, ended)
        columns = MASTER_COLUMNS[self._layout]
        position = piece.end // BLOCK_BYTES + 1
        master = Table(self._job.owner, self._job.name, columns, object_id=_MASTER_OBJECT)
        stream = StreamWriter(piece, stream_xml(master, self._facts), open_ended=self._layout.has_trailer)
        encoder = RowEncoder(columns)
        for row in rows(self.pieces()):
            stream.add(encoder.encode([row.get(column.name) for column in columns]))
        length = stream.close().length_bytes
        if self._layout.has_trailer:
            piece.append_block(stream.closing_head())
            length += BLOCK_BYTES
        self._seal(piece, replace(self._header, master_position=position, master_bytes=length), ended)

    def suspend(self) -> tuple[Extent, ...]:
        """Close all files as they are; return the extents of the table that was open."""
        extents = self.close_table() if self._table else ()
        for piece in self._pieces:
            piece.close()
        return extents

    def abandon(self) -> None:
        """Close all files where they stand; rows not yet written are lost."""
        for piece in self._pieces:
            piece.close()

    def resume(self) -> None:
        """Open the last file again after `suspend`. Raises OSError."""
        if self._pieces:
            self._pieces[-1].reopen()

    def _open_one(self) -> _OpenTable:
        if self._table is None:
            raise RuntimeError("no table is open")
        return self._table

    def _seal(self, piece: Piece, header: Header, ended: datetime) -> None:
        piece.reopen()
        header = replace(header, file_number=piece.number)
        if self._layout.has_trailer:
            piece.write_header(replace(header, master_position=0, master_bytes=0))
            piece.append_block(replace(header, is_trailer=True).pack())
        else:
            piece.write_header(replace(header, created=ended))
        piece.close()

    def _open_stream(self, xml: bytes, row_bytes: int) -> StreamWriter:
        piece = self._piece_with_room(StreamWriter.overhead_bytes(xml) + row_bytes + 8)
        return StreamWriter(piece, xml, open_ended=self._layout.has_trailer)

    def _close_stream(self, table: _OpenTable) -> None:
        if table.stream is not None:
            table.extents.append(table.stream.close())
            table.stream = None

    def _piece_with_room(self, bytes_: int) -> Piece:
        while not self._pieces or not self._pieces[-1].has_room(bytes_):
            if self._pieces and self._pieces[-1].end == BLOCK_BYTES:
                raise SpaceExhaustedError(bytes_)
            created = self._supply.create()
            if created is None:
                raise SpaceExhaustedError(bytes_)
            path, limit = created
            if self._pieces:
                self._pieces[-1].close()
            usable = None if limit is None else limit - self._trailer_bytes
            piece = Piece(path, len(self._pieces) + 1, usable, self._gate, self._extend_bytes)
            piece.write_header(replace(self._header, file_number=piece.number))
            self._pieces.append(piece)
        return self._pieces[-1]


@dataclass
class _OpenTable:
    """The table whose rows are coming in. `begun_at`: how many files there were, and where the last one ended."""

    encoder: RowEncoder
    xml: bytes
    begun_at: tuple[int, int]

    def __post_init__(self) -> None:
        self.extents: list[Extent] = []
        self.stream: StreamWriter | None = None
