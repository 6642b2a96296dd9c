# SPDX-License-Identifier: GPL-3.0-or-later
"""UTL_FILE: files of directory objects, with the grants and errors of the documentation."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.plsql.catalog import package, subprogram
from rehearsal.engine.plsql.types import BOOLEAN, NUMBER_TYPE, RecordType
from rehearsal.engine.plsql.values import Record
from rehearsal.engine.storage.directories import is_plain_name

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.engine.state import SessionState

_FILE_TYPE = RecordType("FILE_TYPE", (("ID", NUMBER_TYPE), ("DATATYPE", NUMBER_TYPE), ("BYTE_MODE", BOOLEAN)))
_TYPES = {"FILE_TYPE": _FILE_TYPE}
_BLOCK_BYTES = 4096
_LONGEST_LINE_BYTES = 32767
_MODES = {"R": "rb", "W": "wb", "A": "ab", "RB": "rb", "WB": "wb", "AB": "ab"}

EXCEPTIONS = {
    "INVALID_PATH": 29280,
    "INVALID_MODE": 29281,
    "INVALID_FILEHANDLE": 29282,
    "INVALID_OPERATION": 29283,
    "READ_ERROR": 29284,
    "WRITE_ERROR": 29285,
    "INTERNAL_ERROR": 29286,
    "INVALID_MAXLINESIZE": 29287,
    "INVALID_FILENAME": 29288,
    "ACCESS_DENIED": 29289,
    "INVALID_OFFSET": 29290,
    "DELETE_FAILED": 29291,
    "RENAME_FAILED": 29292,
    "CHARSETMISMATCH": 29298,
}
_MESSAGES = {
    29280: "invalid directory path",
    29281: "invalid mode",
    29282: "invalid file ID",
    29283: "invalid file operation",
    29284: "file read error",
    29285: "file write error",
    29287: "invalid maximum line size",
    29288: "invalid file name",
    29289: "directory access denied",
    29291: "file remove operation failed",
    29292: "file rename operation failed",
}


def _error(code: int) -> OracleError:
    return OracleError(code, _MESSAGES[code])


@contextmanager
def _failing_as(code: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _error(code) from error


@dataclass
class _OpenFile:
    stream: BinaryIO
    mode: str
    longest: int


@dataclass
class _OpenFiles(AbstractContextManager["_OpenFiles"]):
    files: dict[int, _OpenFile] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __exit__(self, *_: object) -> None:
        for opened in self.files.values():
            opened.stream.close()
        self.files.clear()


def _resolve(state: SessionState, location: str | None, filename: str | None, *, write: bool) -> Path:
    """Return the path. Raises ORA-29280 (no such directory), 29289 (no grant), 29288 (no plain name)."""
    if location not in state.instance.accounts.directories():
        raise _error(29280)
    folder = state.directories.path(location or "", write=write)
    if folder is None:
        raise _error(29289)
    if filename is None or not is_plain_name(filename):
        raise _error(29288)
    return folder / filename


def _file(state: SessionState, file: Record | None) -> _OpenFile:
    found = state.memory(_OpenFiles).files.get(file.fields["ID"]) if file else None
    if found is None:
        raise _error(29282)
    return found


def _fgetattr(state: SessionState, location: str, filename: str) -> dict[str, PlValue]:
    path = _resolve(state, location, filename, write=False)
    if not path.is_file():
        return {"fexists": False, "file_length": None, "block_size": None}
    return {"fexists": True, "file_length": path.stat().st_size, "block_size": _BLOCK_BYTES}


def _fremove(state: SessionState, location: str, filename: str) -> None:
    path = _resolve(state, location, filename, write=True)
    if not path.exists():
        raise _error(29283)
    if state.instance.accounts.faults.files_locked and filename.endswith((".dmp", ".log")):
        raise _error(29291)
    with _failing_as(29291):
        path.unlink()


def _frename(
    state: SessionState,
    *,
    src_location: str,
    src_filename: str,
    dest_location: str,
    dest_filename: str,
    overwrite: bool | None = False,  # the package's own parameter
) -> None:
    source = _resolve(state, src_location, src_filename, write=True)
    target = _resolve(state, dest_location, dest_filename, write=True)
    if not source.exists():
        raise _error(29283)
    with _failing_as(29292):
        if overwrite:
            source.replace(target)
            return
        os.link(source, target)
        source.unlink()


def _fcopy(
    state: SessionState,
    *,
    src_location: str,
    src_filename: str,
    dest_location: str,
    dest_filename: str,
    start_line: PlValue = 1,
    end_line: PlValue = None,
) -> None:
    source = _resolve(state, src_location, src_filename, write=False)
    target = _resolve(state, dest_location, dest_filename, write=True)
    with _failing_as(29283), source.open("rb") as lines, target.open("wb") as copy:
        last = None if end_line is None else int(end_line)
        for line in itertools.islice(lines, int(start_line) - 1, last):
            if len(line) > _LONGEST_LINE_BYTES:
                raise _error(29284)
            copy.write(line)


def _fopen(state: SessionState, location: str, filename: str, open_mode: str, max_linesize: PlValue = 1024) -> Record:
    mode = (open_mode or "").upper()
    if mode not in _MODES:
        raise _error(29281)
    if max_linesize is None or not 1 <= max_linesize <= _LONGEST_LINE_BYTES:
        raise _error(29287)
    path = _resolve(state, location, filename, write=not mode.startswith("R"))
    with _failing_as(29283):
        stream = path.open(_MODES[mode])
    opened = state.memory(_OpenFiles)
    number = next(opened.numbers)
    opened.files[number] = _OpenFile(stream, mode[0], int(max_linesize))  # type: ignore[arg-type]  # always binary
    return Record(_FILE_TYPE, {"ID": number, "DATATYPE": 1, "BYTE_MODE": mode.endswith("B")})


def _is_open(state: SessionState, file: Record | None) -> bool:
    return file is not None and file.fields["ID"] in state.memory(_OpenFiles).files


def _fclose(state: SessionState, file: Record | None) -> dict[str, PlValue]:
    opened = _file(state, file)
    with _failing_as(29285):
        opened.stream.close()
    if file is not None:
        del state.memory(_OpenFiles).files[file.fields["ID"]]
    return {"file": None}


def _fclose_all(state: SessionState) -> None:
    state.memory(_OpenFiles).__exit__()


def _fflush(state: SessionState, file: Record | None) -> None:
    with _failing_as(29285):
        _file(state, file).stream.flush()


def _readable(state: SessionState, file: Record | None) -> _OpenFile:
    opened = _file(state, file)
    if opened.mode != "R":
        raise _error(29283)
    return opened


def _write(state: SessionState, file: Record | None, data: bytes) -> None:
    opened = _file(state, file)
    if opened.mode == "R":
        raise _error(29283)
    if len(data) > opened.longest + 1:
        raise _error(29285)
    with _failing_as(29285):
        opened.stream.write(data)


def _get_line(state: SessionState, file: Record | None, len: PlValue = None) -> dict[str, PlValue]:  # noqa: A002  # Oracle's name
    opened = _readable(state, file)
    with _failing_as(29284):
        line = opened.stream.readline()
    if not line:
        raise OracleError(1403, "no data found")
    text = line.removesuffix(b"\n")
    if text.__len__() > min(int(len or opened.longest), opened.longest):
        raise _error(29284)
    return {"buffer": text.decode("utf-8", "replace")}


def _get_raw(state: SessionState, file: Record | None, len: PlValue = None) -> dict[str, PlValue]:  # noqa: A002  # Oracle's name
    opened = _readable(state, file)
    amount = _LONGEST_LINE_BYTES if len is None else int(len)
    with _failing_as(29284):
        data = opened.stream.read(min(amount, _LONGEST_LINE_BYTES))
    if not data:
        raise OracleError(1403, "no data found")
    return {"buffer": data}


def _put(state: SessionState, file: Record | None, buffer: str | None) -> None:
    _write(state, file, (buffer or "").encode())


def _put_line(state: SessionState, file: Record | None, buffer: str | None, autoflush: bool | None = False) -> None:  # noqa: FBT001, FBT002
    _write(state, file, (buffer or "").encode() + b"\n")
    if autoflush:
        _fflush(state, file)


def _new_line(state: SessionState, file: Record | None, lines: PlValue = 1) -> None:
    _write(state, file, b"\n" * int(lines))


def _put_raw(state: SessionState, file: Record | None, buffer: bytes | None, autoflush: bool | None = False) -> None:  # noqa: FBT001, FBT002
    opened = _file(state, file)
    if opened.mode == "R":
        raise _error(29283)
    with _failing_as(29285):
        opened.stream.write(buffer or b"")
    if autoflush:
        _fflush(state, file)


UTL_FILE = package(
    "UTL_FILE",
    subprogram(
        "PROCEDURE fgetattr(location IN VARCHAR2, filename IN VARCHAR2, fexists OUT BOOLEAN, file_length OUT NUMBER, "
        "block_size OUT BINARY_INTEGER)",
        _fgetattr,
    ),
    subprogram("PROCEDURE fremove(location IN VARCHAR2, filename IN VARCHAR2)", _fremove),
    subprogram(
        "PROCEDURE frename(src_location IN VARCHAR2, src_filename IN VARCHAR2, dest_location IN VARCHAR2, "
        "dest_filename IN VARCHAR2, overwrite IN BOOLEAN DEFAULT FALSE)",
        _frename,
    ),
    subprogram(
        "PROCEDURE fcopy(src_location IN VARCHAR2, src_filename IN VARCHAR2, dest_location IN VARCHAR2, "
        "dest_filename IN VARCHAR2, start_line IN BINARY_INTEGER DEFAULT 1, end_line IN BINARY_INTEGER DEFAULT NULL)",
        _fcopy,
    ),
    subprogram(
        "FUNCTION fopen(location IN VARCHAR2, filename IN VARCHAR2, open_mode IN VARCHAR2, "
        "max_linesize IN BINARY_INTEGER DEFAULT 1024) RETURN file_type",
        _fopen,
        _TYPES,
    ),
    subprogram("FUNCTION is_open(file IN file_type) RETURN BOOLEAN", _is_open, _TYPES),
    subprogram("PROCEDURE fclose(file IN OUT file_type)", _fclose, _TYPES),
    subprogram("PROCEDURE fclose_all", _fclose_all),
    subprogram("PROCEDURE fflush(file IN file_type)", _fflush, _TYPES),
    subprogram(
        "PROCEDURE get_line(file IN file_type, buffer OUT VARCHAR2, len IN BINARY_INTEGER DEFAULT NULL)",
        _get_line,
        _TYPES,
    ),
    subprogram(
        "PROCEDURE get_raw(file IN file_type, buffer OUT RAW, len IN BINARY_INTEGER DEFAULT NULL)", _get_raw, _TYPES
    ),
    subprogram("PROCEDURE put(file IN file_type, buffer IN VARCHAR2)", _put, _TYPES),
    subprogram(
        "PROCEDURE put_line(file IN file_type, buffer IN VARCHAR2, autoflush IN BOOLEAN DEFAULT FALSE)",
        _put_line,
        _TYPES,
    ),
    subprogram("PROCEDURE new_line(file IN file_type, lines IN BINARY_INTEGER DEFAULT 1)", _new_line, _TYPES),
    subprogram(
        "PROCEDURE put_raw(file IN file_type, buffer IN RAW, autoflush IN BOOLEAN DEFAULT FALSE)", _put_raw, _TYPES
    ),
    exceptions=EXCEPTIONS,
    types=_TYPES,
)
