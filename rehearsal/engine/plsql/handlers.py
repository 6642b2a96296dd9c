# SPDX-License-Identifier: GPL-3.0-or-later
"""Exceptions: their names, RAISE, and the handlers of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError

from .scope import DeclaredException, Frame, UserDefinedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rehearsal.engine.language import blocks
    from rehearsal.engine.language.nodes import Dotted

    from .statements import StatementCompiler

    Step = Callable[[Frame], None]

PREDEFINED = {
    "ACCESS_INTO_NULL": 6530,
    "CASE_NOT_FOUND": 6592,
    "COLLECTION_IS_NULL": 6531,
    "CURSOR_ALREADY_OPEN": 6511,
    "DUP_VAL_ON_INDEX": 1,
    "INVALID_CURSOR": 1001,
    "INVALID_NUMBER": 1722,
    "LOGIN_DENIED": 1017,
    "NO_DATA_FOUND": 1403,
    "PROGRAM_ERROR": 6501,
    "ROWTYPE_MISMATCH": 6504,
    "STORAGE_ERROR": 6500,
    "SUBSCRIPT_BEYOND_COUNT": 6533,
    "SUBSCRIPT_OUTSIDE_LIMIT": 6532,
    "TIMEOUT_ON_RESOURCE": 51,
    "TOO_MANY_ROWS": 1422,
    "VALUE_ERROR": 6502,
    "ZERO_DIVIDE": 1476,
}
_OUT_OF_REACH = {1013, 600}
"""A cancelled call ends the block; no WHEN OTHERS may swallow it."""


class HandlerCompiler:
    """Compiles the exception part of a block."""

    def __init__(self, statements: StatementCompiler) -> None:
        self._statements = statements

    def compile(self, handlers: Sequence[blocks.Handler], body: Step) -> Step:
        """Return the body with its handlers around it."""
        if not handlers:
            return body
        compiled = [
            ([self._exception(name) for name in handler.names], self._statements.sequence(handler.statements))
            for handler in handlers
        ]

        def run(frame: Frame) -> None:
            try:
                body(frame)
            except OracleError as error:
                step = next((step for names, step in compiled if any(_matches(n, error) for n in names)), None)
                if step is None or error.code in _OUT_OF_REACH:
                    raise
                line, frame.execution.failed_line = frame.execution.failed_line, None
                frame.execution.handling.append(error)
                try:
                    step(frame)
                except OracleError as raised:
                    if raised is error:
                        frame.execution.failed_line = line
                    raise
                finally:
                    frame.execution.handling.pop()

        return run

    def raising(self, name: Dotted | None) -> Step:
        """Compile RAISE."""
        exception = self._exception(name) if name else None

        def run(frame: Frame) -> None:
            if exception is None:
                if not frame.execution.handling:
                    raise OracleError(6510, "PL/SQL: unhandled user-defined exception")
                raise frame.execution.handling[-1]
            if isinstance(exception, DeclaredException) and exception.code is None:
                raise UserDefinedError(exception)
            code = exception.code if isinstance(exception, DeclaredException) else exception
            raise OracleError(code or 6510, _MESSAGES.get(code or 0, "error raised by its exception's name"))

        return run

    def _exception(self, name: Dotted) -> DeclaredException | int:
        """Return a declared exception, or the number of a predefined or packaged one; 0 is OTHERS."""
        if len(name) == 1:
            if name[0].id == "OTHERS":
                return 0
            declared = self._statements.scope.find(name[0].id)
            if isinstance(declared, DeclaredException):
                return declared
            if name[0].id in PREDEFINED:
                return PREDEFINED[name[0].id]
        code = self._statements.compilation.packages.exception([part.id for part in name])
        if code is None:
            raise self._statements.expressions.undeclared(name[0], ".".join(part.id for part in name))
        return code


_MESSAGES = {
    1: "unique constraint violated",
    1403: "no data found",
    1422: "exact fetch returns more than requested number of rows",
    1476: "divisor is equal to zero",
    1722: "invalid number",
    6502: "PL/SQL: numeric or value error",
    31627: "API call succeeded but more information is available",
}


def _matches(exception: DeclaredException | int, error: OracleError) -> bool:
    if isinstance(exception, int):
        return exception in {0, error.code}
    if exception.code is not None:
        return abs(exception.code) == error.code or (exception.code == 100 and error.code == 1403)
    return isinstance(error, UserDefinedError) and error.declared is exception
