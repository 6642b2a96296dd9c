# SPDX-License-Identifier: GPL-3.0-or-later
"""DBMS_LOB over CLOB, BLOB and BFILE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError, OraType
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.lobs import DirectoryFile, TemporaryBlob, TemporaryClob, read_text
from rehearsal.engine.plsql.catalog import package, subprogram
from rehearsal.engine.plsql.types import NUMBER_TYPE

if TYPE_CHECKING:
    from rehearsal.engine.state import SessionState

_CONSTANTS = {
    "FILE_READONLY": 0,
    "LOB_READONLY": 0,
    "LOB_READWRITE": 1,
    "LOBMAXSIZE": 18446744073709551615,
    "SESSION": 10,
    "CALL": 12,
}
_LONGEST_SUBSTR = 32767


def _needed(lob: PlValue) -> PlValue:
    if lob is None:
        raise OracleError(6502, "PL/SQL: numeric or value error: invalid LOB locator specified: ORA-22275")
    return lob


def _getlength(_state: SessionState, lob_loc: PlValue) -> int | None:
    return None if lob_loc is None else int(lob_loc.size())


def _substr(_state: SessionState, lob_loc: PlValue, amount: PlValue = _LONGEST_SUBSTR, offset: PlValue = 1) -> PlValue:
    if lob_loc is None or amount is None or offset is None or not 1 <= amount <= _LONGEST_SUBSTR or offset < 1:
        return None
    content = lob_loc.read(int(offset), int(amount))
    return (bytes(content) if isinstance(content, memoryview) else content) or None


def _instr(
    _state: SessionState, lob_loc: PlValue, pattern: PlValue, offset: PlValue = 1, nth: PlValue = 1
) -> int | None:
    if lob_loc is None or pattern is None:
        return None
    whole = read_text(lob_loc) if lob_loc.type is OraType.CLOB else bytes(lob_loc.read(1, lob_loc.size()))
    found = int(offset) - 2
    for _ in range(int(nth)):
        found = whole.find(pattern, found + 1)
        if found < 0:
            break
    return found + 1


def _createtemporary(kind: type[TemporaryClob | TemporaryBlob]) -> PlValue:
    def run(_state: SessionState, **_given: PlValue) -> dict[str, PlValue]:
        return {"lob_loc": kind()}

    return run


def _freetemporary(_state: SessionState, lob_loc: PlValue) -> dict[str, PlValue]:
    _needed(lob_loc)
    return {"lob_loc": None}


def _append(_state: SessionState, dest_lob: PlValue, src_lob: PlValue) -> dict[str, PlValue]:
    dest, source = _needed(dest_lob), _needed(src_lob)
    dest.write(dest.size() + 1, source.read(1, max(source.size(), 1)))
    return {"dest_lob": dest}


def _writeappend(_state: SessionState, lob_loc: PlValue, amount: PlValue, buffer: PlValue) -> dict[str, PlValue]:
    lob = _needed(lob_loc)
    if buffer is None or not 1 <= amount <= len(buffer):
        raise OracleError(21560, "argument 2 is null, invalid, or out of range")
    if isinstance(lob, TemporaryClob):
        lob.append(buffer[: int(amount)])
    else:
        lob.write(lob.size() + 1, buffer[: int(amount)])
    return {"lob_loc": lob}


def _write(
    _state: SessionState, lob_loc: PlValue, amount: PlValue, offset: PlValue, buffer: PlValue
) -> dict[str, PlValue]:
    lob = _needed(lob_loc)
    lob.write(int(offset), buffer[: int(amount)])
    return {"lob_loc": lob}


def _read(_state: SessionState, lob_loc: PlValue, amount: PlValue, offset: PlValue) -> dict[str, PlValue]:
    content = _needed(lob_loc).read(int(offset), int(amount))
    if not len(content):
        raise OracleError(1403, "no data found")
    return {"amount": len(content), "buffer": bytes(content) if isinstance(content, memoryview) else content}


def _read_file(state: SessionState, file_loc: PlValue, amount: PlValue, offset: PlValue) -> dict[str, PlValue]:
    return _read(state, file_loc, amount, offset)


def _trim(_state: SessionState, lob_loc: PlValue, newlen: PlValue) -> dict[str, PlValue]:
    _needed(lob_loc).trim(int(newlen))
    return {"lob_loc": lob_loc}


def _fileexists(_state: SessionState, file_loc: DirectoryFile) -> int:
    return int(_needed(file_loc).exists())


def _fileopen(_state: SessionState, file_loc: DirectoryFile, open_mode: PlValue = 0) -> dict[str, PlValue]:  # noqa: ARG001
    _needed(file_loc).open()
    return {"file_loc": file_loc}


def _fileclose(_state: SessionState, file_loc: DirectoryFile) -> dict[str, PlValue]:
    _needed(file_loc).close()
    return {"file_loc": file_loc}


def _fileisopen(_state: SessionState, file_loc: DirectoryFile) -> int:
    return int(_needed(file_loc).is_open())


def _filegetname(_state: SessionState, file_loc: DirectoryFile) -> dict[str, PlValue]:
    return {"dir_alias": _needed(file_loc).directory, "filename": file_loc.name}


DBMS_LOB = package(
    "DBMS_LOB",
    subprogram("FUNCTION getlength(lob_loc IN CLOB) RETURN INTEGER", _getlength),
    subprogram("FUNCTION getlength(lob_loc IN BLOB) RETURN INTEGER", _getlength),
    subprogram("FUNCTION getlength(lob_loc IN BFILE) RETURN INTEGER", _getlength),
    subprogram(
        "FUNCTION substr(lob_loc IN CLOB, amount IN INTEGER DEFAULT 32767, offset IN INTEGER DEFAULT 1) "
        "RETURN VARCHAR2",
        _substr,
    ),
    subprogram(
        "FUNCTION substr(lob_loc IN BLOB, amount IN INTEGER DEFAULT 32767, offset IN INTEGER DEFAULT 1) RETURN RAW",
        _substr,
    ),
    subprogram(
        "FUNCTION substr(lob_loc IN BFILE, amount IN INTEGER DEFAULT 32767, offset IN INTEGER DEFAULT 1) RETURN RAW",
        _substr,
    ),
    subprogram(
        "FUNCTION instr(lob_loc IN CLOB, pattern IN VARCHAR2, offset IN INTEGER DEFAULT 1, nth IN INTEGER DEFAULT 1) "
        "RETURN INTEGER",
        _instr,
    ),
    subprogram(
        "PROCEDURE createtemporary(lob_loc IN OUT NOCOPY CLOB, cache IN BOOLEAN, dur IN PLS_INTEGER DEFAULT 10)",
        _createtemporary(TemporaryClob),
    ),
    subprogram(
        "PROCEDURE createtemporary(lob_loc IN OUT NOCOPY BLOB, cache IN BOOLEAN, dur IN PLS_INTEGER DEFAULT 10)",
        _createtemporary(TemporaryBlob),
    ),
    subprogram("PROCEDURE freetemporary(lob_loc IN OUT NOCOPY CLOB)", _freetemporary),
    subprogram("PROCEDURE freetemporary(lob_loc IN OUT NOCOPY BLOB)", _freetemporary),
    subprogram("PROCEDURE append(dest_lob IN OUT NOCOPY CLOB, src_lob IN CLOB)", _append),
    subprogram("PROCEDURE append(dest_lob IN OUT NOCOPY BLOB, src_lob IN BLOB)", _append),
    subprogram(
        "PROCEDURE writeappend(lob_loc IN OUT NOCOPY CLOB, amount IN INTEGER, buffer IN VARCHAR2)", _writeappend
    ),
    subprogram("PROCEDURE writeappend(lob_loc IN OUT NOCOPY BLOB, amount IN INTEGER, buffer IN RAW)", _writeappend),
    subprogram(
        "PROCEDURE write(lob_loc IN OUT NOCOPY CLOB, amount IN INTEGER, offset IN INTEGER, buffer IN VARCHAR2)", _write
    ),
    subprogram(
        "PROCEDURE write(lob_loc IN OUT NOCOPY BLOB, amount IN INTEGER, offset IN INTEGER, buffer IN RAW)", _write
    ),
    subprogram("PROCEDURE read(lob_loc IN CLOB, amount IN OUT INTEGER, offset IN INTEGER, buffer OUT VARCHAR2)", _read),
    subprogram("PROCEDURE read(lob_loc IN BLOB, amount IN OUT INTEGER, offset IN INTEGER, buffer OUT RAW)", _read),
    subprogram(
        "PROCEDURE read(file_loc IN BFILE, amount IN OUT INTEGER, offset IN INTEGER, buffer OUT RAW)",
        _read_file,
    ),
    subprogram("PROCEDURE trim(lob_loc IN OUT NOCOPY CLOB, newlen IN INTEGER)", _trim),
    subprogram("PROCEDURE trim(lob_loc IN OUT NOCOPY BLOB, newlen IN INTEGER)", _trim),
    subprogram("FUNCTION fileexists(file_loc IN BFILE) RETURN INTEGER", _fileexists),
    subprogram("PROCEDURE fileopen(file_loc IN OUT NOCOPY BFILE, open_mode IN BINARY_INTEGER DEFAULT 0)", _fileopen),
    subprogram("PROCEDURE open(file_loc IN OUT NOCOPY BFILE, open_mode IN BINARY_INTEGER DEFAULT 0)", _fileopen),
    subprogram("PROCEDURE fileclose(file_loc IN OUT NOCOPY BFILE)", _fileclose),
    subprogram("PROCEDURE close(file_loc IN OUT NOCOPY BFILE)", _fileclose),
    subprogram("FUNCTION fileisopen(file_loc IN BFILE) RETURN INTEGER", _fileisopen),
    subprogram("PROCEDURE filegetname(file_loc IN BFILE, dir_alias OUT VARCHAR2, filename OUT VARCHAR2)", _filegetname),
    constants={name: (NUMBER_TYPE, value) for name, value in _CONSTANTS.items()},
)
