# SPDX-License-Identifier: GPL-3.0-or-later
"""Walk the streams of a set: rows counted independently of the master table, overlaps, blocks that turned to zeros.

Healthy files hold 4096 zero bytes in a row inside a LOB and behind the last row of a stream, where up to 7 bytes of
alignment, 8 of tail and 4095 of padding may meet. Nowhere else: metadata is compressed, table descriptions and the
master table are text and numbers.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

from .header import BLOCK_BYTES
from .rows import count_rows
from .status import Status
from .stream import CompressedError, StreamError, read_head, read_xml, refuse_compressed
from .verdict import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .master import ExportedTable, Extent
    from .source import Source

_WINDOW_BYTES: Final = 1 << 20
_ZERO_BLOCK: Final = bytes(BLOCK_BYTES)
#: Zeros that end a stream, behind its rows.
_TAIL_BYTES: Final = 8
_MOST_FAILURES: Final = 20


def row_evidence(
    sources: Mapping[int, Source],
    tables: Sequence[ExportedTable],
    *,
    walk_bytes: int | None = None,
    heads_only: bool = False,
) -> Iterator[Evidence]:
    """Yield a check for each table whose rows, walked, are not what the master table says, then what was walked.

    `sources` are the files by number; tables in files that are not there are left out. At most 20 failures are told.
    With `walk_bytes`, only tables that fit into so many bytes together are walked, the smallest first; of the others
    only the heads of their streams are read. With `heads_only` that goes for all, and rows need not be recorded nor
    readable: they may be compressed.
    """
    chosen = _chosen(tables, 0 if heads_only else walk_bytes)
    rows = walked = walked_bytes = failures = 0
    for number, table in enumerate(tables):
        if failures == _MOST_FAILURES:
            return
        name = table.label
        if table.rows is None and not heads_only:
            failures += 1
            yield Evidence("rows", "tidak tercatat", "jumlah baris", Status.UNKNOWN, name)
            continue
        try:
            spans = [
                (sources[extent.file_number], *_rows_span(sources[extent.file_number], extent))
                for extent in table.extents
            ]
            if number not in chosen:
                continue
            counted = sum(count_rows(*span) for span in spans)
        except KeyError:
            continue
        except CompressedError as e:
            if heads_only and e.known:
                continue
            failure = "terkompresi", Status.UNKNOWN
        except StreamError as e:
            failure = str(e), Status.DAMAGED
        else:
            walked += 1
            walked_bytes += _length_bytes(table)
            rows += counted
            if counted == table.rows:
                continue
            failure = f"{counted} baris", Status.DAMAGED
        failures += 1
        yield Evidence("rows", failure[0], f"{table.rows} baris", failure[1], name)
    if not failures:
        yield Evidence("rows", f"{rows} baris dalam {walked} objek", "sama dengan tabel induk", Status.COMPLETE)
    total_bytes = sum(map(_length_bytes, tables))
    yield Evidence("walk", f"{walked_bytes} dari {total_bytes} byte isi tabel", "semua", Status.COMPLETE)


def layout_evidence(
    name: str, source: Source, extents: Sequence[Extent], *, tables_end: int, content_end: int
) -> Iterator[Evidence]:
    """Yield whether the streams of one file keep clear of each other, and whether bytes outside them turned to zeros.

    `tables_end` is where the tables' streams must end, at the master table or at the end of the file; `content_end`
    where the last row of the master table ends, or the file.
    """
    ordered = sorted(extents, key=lambda extent: extent.position)
    overlap = any(extent.offset + extent.length_bytes > after.offset for extent, after in pairwise(ordered))
    overlap = overlap or any(extent.offset + extent.length_bytes > tables_end for extent in ordered[-1:])
    seen = "bertumpuk" if overlap else "berurutan"
    yield Evidence("layout", seen, "berurutan", Status.DAMAGED if overlap else Status.COMPLETE, name)
    if overlap:
        return
    starts = [BLOCK_BYTES, *(extent.offset + extent.length_bytes for extent in ordered)]
    stops = [*(extent.offset for extent in ordered), content_end]
    hole = next((at for gap in zip(starts, stops, strict=True) if (at := _zeros(source, *gap)) is not None), None)
    seen = "tidak ada" if hole is None else f"mulai byte {hole}"
    yield Evidence("zeros", seen, "tidak ada", Status.COMPLETE if hole is None else Status.DAMAGED, name)


def _chosen(tables: Sequence[ExportedTable], walk_bytes: int | None) -> frozenset[int]:
    """Return the indexes of the tables to walk: as many as fit, for a small table holds as much evidence as a large."""
    if walk_bytes is None:
        return frozenset(range(len(tables)))
    smallest_first = sorted(range(len(tables)), key=lambda index: _length_bytes(tables[index]))
    reached = accumulate(_length_bytes(tables[index]) for index in smallest_first)
    return frozenset(index for index, sum_bytes in zip(smallest_first, reached, strict=True) if sum_bytes <= walk_bytes)


def _length_bytes(table: ExportedTable) -> int:
    return sum(extent.length_bytes for extent in table.extents)


def _rows_span(source: Source, extent: Extent) -> tuple[int, int]:
    """Return where the rows of a stream begin and end, its head and XML having been read and found sound."""
    head = read_head(source, extent.offset)
    # Before its XML is read, which is compressed too.
    refuse_compressed(head, extent.length_bytes)
    # And that lies inside the extent, so that no table makes another's bytes be read again.
    if head.open_ended:
        rows_end = extent.offset + extent.length_bytes - _TAIL_BYTES
        if head.rows_offset > rows_end:
            raise StreamError(f"rows that begin at byte {head.rows_offset}, behind the end of their stream")
    elif head.length_bytes != extent.length_bytes:
        raise StreamError(f"a stream of {head.length_bytes} bytes, not of {extent.length_bytes}")
    else:
        rows_end = head.rows_offset + head.rows_bytes
    read_xml(source, head)
    return head.rows_offset, rows_end


def _zeros(source: Source, start: int, stop: int) -> int | None:
    """Return where 4096 zero bytes in a row lie between two offsets."""
    while stop - start >= BLOCK_BYTES:
        window = source.read(start, min(_WINDOW_BYTES, stop - start))
        if len(window) < BLOCK_BYTES:
            return None
        if (found := window.find(_ZERO_BLOCK)) >= 0:
            return start + found
        start += len(window) - BLOCK_BYTES + 1
    return None
