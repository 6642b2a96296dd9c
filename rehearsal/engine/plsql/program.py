# SPDX-License-Identifier: GPL-3.0-or-later
"""A compiled anonymous block: its bind directions, and running it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.contract import BindType, Direction, OracleError, OraType
from rehearsal.engine.datatypes import PlValue, bind_column
from rehearsal.engine.lobs import TemporaryClob

from .declarations import ReturnSignal
from .scope import Compilation, Execution, Frame, OpenCursor, Scope
from .statements import StatementCompiler
from .types import ANY, BLOB_TYPE, CLOB_TYPE, DATE_TYPE, NUMBER_TYPE, TIMESTAMP_TYPE, PlType, ScalarType, scalar
from .values import Collection, Record, convert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rehearsal.contract import Value
    from rehearsal.engine.language import blocks
    from rehearsal.engine.packages import PackageCaller
    from rehearsal.engine.sql.runner import SqlRunner
    from rehearsal.engine.state import SessionState

_SIZED = {OraType.VARCHAR2, OraType.CHAR, OraType.RAW, OraType.LONG, OraType.LONG_RAW}
_TYPES: dict[OraType, PlType] = {
    OraType.NUMBER: NUMBER_TYPE,
    OraType.BINARY_INTEGER: NUMBER_TYPE,
    OraType.DATE: DATE_TYPE,
    OraType.TIMESTAMP: TIMESTAMP_TYPE,
    OraType.TIMESTAMP_TZ: TIMESTAMP_TYPE,
    OraType.CLOB: CLOB_TYPE,
    OraType.BLOB: BLOB_TYPE,
}


@dataclass(frozen=True)
class Program:
    """A block ready to run, many times if need be."""

    names: tuple[str, ...]
    directions: dict[str, Direction]
    run_block: Callable[[Frame], None]

    def run(
        self,
        state: SessionState,
        runner: SqlRunner,
        types: Sequence[BindType],
        values: Sequence[Value | list[Value]],
    ) -> tuple[Value | list[Value], ...]:
        """Run and return one value per bind, None for IN binds. Raises OracleError with the line it came from."""
        bind_types = dict(zip(self.names, types, strict=False))
        binds = {name: _incoming(value) for name, value in zip(self.names, values, strict=False)}
        execution = Execution(state, runner, binds, bind_types)
        try:
            self.run_block(Frame(execution))
        except ReturnSignal:
            pass
        except OracleError as error:
            if error.code in {1013, 6550}:
                raise
            line = execution.failed_line or 1
            message = f"{error.message}\nORA-06512: at line {line}"
            raise OracleError(error.code, message, offset=error.offset, prefix=error.prefix) from error
        return tuple(
            None if self.directions[name] is Direction.IN else _outgoing(state, binds[name], bind_types[name])
            for name in self.names
        )


def compile_program(
    block: blocks.Block, text: str, packages: PackageCaller, runner: SqlRunner, names: tuple[str, ...]
) -> Program:
    """Compile a block; `names` are its binds in wire order. Raises ORA-06550."""
    compilation = Compilation(text, packages, runner)
    run = StatementCompiler(compilation, Scope()).block_body(block)
    directions = {name: _direction(name, compilation) for name in names}
    return Program(names, directions, run)


def _direction(name: str, compilation: Compilation) -> Direction:
    if name not in compilation.writes:
        return Direction.IN
    return Direction.IN_OUT if name in compilation.reads else Direction.OUT


def _incoming(value: Value | list[Value]) -> PlValue:
    if isinstance(value, list):
        return Collection.of(ANY, value)
    return None if value in {"", b""} else value


def _outgoing(state: SessionState, value: PlValue, bind: BindType) -> Value | list[Value]:
    """Convert to what the client declared. Raises ORA-06502 for what does not fit."""
    if isinstance(value, OpenCursor):
        return value.result
    if isinstance(value, Collection):
        if not bind.elements:
            raise OracleError(6550, "line 1, column 7:\nPLS-00382: expression is of wrong type")
        items = [value.items[index] for index in sorted(value.items)]
        return [_scalar(state, item, bind) for item in items]
    if isinstance(value, Record) or (isinstance(value, bool) and bind.type is not OraType.NUMBER):
        raise OracleError(6550, "line 1, column 7:\nPLS-00382: expression is of wrong type")
    return _scalar(state, value, bind)


def _scalar(state: SessionState, value: PlValue, bind: BindType) -> Value:
    if value is None:
        return None
    if isinstance(value, bool):
        raise OracleError(6550, "line 1, column 7:\nPLS-00382: expression is of wrong type")
    type_ = _TYPES.get(bind.type)
    if type_ is None and bind.type in _SIZED:
        type_ = scalar(bind_column(bind))
    if type_ is CLOB_TYPE and isinstance(value, str):
        return TemporaryClob(value)
    if isinstance(type_, ScalarType):
        converted: Value = convert(state, value, type_)
        return converted
    result: Value = value
    return result
