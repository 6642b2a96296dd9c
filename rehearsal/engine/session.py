# SPDX-License-Identifier: GPL-3.0-or-later
"""A logged-on session: prepares and executes what the client sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from rehearsal.contract import BindType, Column, Direction, Kind, OracleError, OraType, Outcome

from .datatypes import TEXT, bind_column
from .language import blocks, nodes
from .language.binds import Occurrence, find_binds, is_block
from .language.parser import parse_block, parse_sql
from .lobs import TemporaryBlob, TemporaryClob
from .packages import PackageCaller
from .plsql.program import Program, compile_program
from .sql.connection import SqlConnection
from .sql.runner import SqlRunner

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from rehearsal.contract import Lob, Statement, Value

    from .state import SessionState


@dataclass(frozen=True)
class SqlStatement:
    """A parsed SQL statement; one bind per occurrence."""

    text: str
    tree: nodes.Sql
    occurrences: tuple[Occurrence, ...]

    @property
    def kind(self) -> Kind:
        """Query, DML or the rest."""
        if isinstance(self.tree, nodes.Query):
            return Kind.QUERY
        return Kind.DML if isinstance(self.tree, nodes.Dml) else Kind.DDL

    @property
    def binds(self) -> tuple[str, ...]:
        """Names, one per occurrence."""
        return tuple(occurrence.name for occurrence in self.occurrences)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """All IN."""
        return (Direction.IN,) * len(self.occurrences)


@dataclass(frozen=True)
class BlockStatement:
    """A compiled anonymous block; one bind per distinct name."""

    program: Program
    binds: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """PL/SQL."""
        return Kind.PLSQL

    @property
    def directions(self) -> tuple[Direction, ...]:
        """As the block uses each bind."""
        return tuple(self.program.directions[name] for name in self.binds)


@dataclass(frozen=True)
class _BindRow:
    """The binds of one execution of a SQL statement."""

    statement: SqlStatement
    types: Sequence[BindType]
    values: Sequence[Value | list[Value]]

    def bind_type(self, name: str) -> Column:
        """Return the type of the first occurrence; a bind nobody described is text."""
        position = self.statement.binds.index(name)
        return bind_column(self.types[position]) if position < len(self.types) else TEXT

    def variable(self, expr: nodes.Expr) -> Column | None:  # noqa: ARG002  # no PL/SQL around
        """There are no variables."""
        return None

    def value(self, expr: nodes.Expr) -> object:
        """Return the value of the occurrence; raises ORA-01008 for one without value."""
        if not isinstance(expr, nodes.Bind):
            raise OracleError(904, "invalid identifier")
        for position, occurrence in enumerate(self.statement.occurrences):
            if (occurrence.line, occurrence.column) == (expr.line, expr.column):
                return self.values[position]
        raise OracleError(1008, "not all variables bound")


class EngineSession:
    """Implements `contract.Session`."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._connection = SqlConnection(state.instance.database, state.bfile)
        self._packages = PackageCaller(state, self._connection.sqlite)
        self._runner = SqlRunner(state, self._connection, self._packages.sql_function)

    @property
    def session_id(self) -> int:
        """SID."""
        return self._state.session_id

    @property
    def serial(self) -> int:
        """SERIAL#."""
        return self._state.serial

    @property
    def in_transaction(self) -> bool:
        """Tell whether there is uncommitted work."""
        return self._connection.in_transaction

    def prepare(self, sql: str) -> SqlStatement | BlockStatement:
        """Parse a statement; a block is compiled too. Raises OracleError."""
        text = sql.strip()
        if not text:
            raise OracleError(900, "invalid SQL statement")
        if is_block(text):
            block: blocks.Block = parse_block(sql)
            names = tuple(dict.fromkeys(occurrence.name for occurrence in find_binds(sql)))
            return BlockStatement(compile_program(block, sql, self._packages, self._runner, names), names)
        if text.endswith(";"):
            raise OracleError(933, "SQL command not properly ended", offset=sql.rindex(";"))
        return SqlStatement(sql, parse_sql(sql), find_binds(sql))

    def describe(self, statement: Statement, types: Sequence[BindType]) -> tuple[Column, ...]:
        """Return a query's columns; nothing for any other statement."""
        if not isinstance(statement, SqlStatement) or not isinstance(statement.tree, nodes.Query):
            return ()
        return self._runner.describe(statement.tree, statement.text, _BindRow(statement, types, ()))

    def execute(
        self,
        statement: Statement,
        types: Sequence[BindType],
        rows: Sequence[Sequence[Value | list[Value]]],
        cancelled: threading.Event,
    ) -> Outcome:
        """Execute once per row. Raises OracleError; a failed statement leaves nothing of itself behind."""
        self._check_binds(statement, types, rows)
        self._state.cancelled = cancelled
        outcome = Outcome()
        count = 0
        with self._connection.cancellable(cancelled):
            for row in rows:
                outcome = self._execute(statement, types, row)
                count += outcome.row_count
        return replace(outcome, row_count=count)

    def create_temp_lob(self, type_: OraType) -> Lob:
        """Return an empty CLOB or BLOB."""
        return cast("Lob", TemporaryClob() if type_ is OraType.CLOB else TemporaryBlob())

    def set_schema(self, schema: str) -> None:
        """Set CURRENT_SCHEMA; raises ORA-01435."""
        self._state.alter("CURRENT_SCHEMA", schema)

    def set_client_info(self, values: dict[str, str]) -> None:
        """Keep module, action, client_info and client_identifier for SYS_CONTEXT."""
        self._state.client.update(values)

    def commit(self) -> None:
        """Commit."""
        self._connection.commit()

    def rollback(self) -> None:
        """Roll back."""
        self._connection.rollback()

    def close(self) -> None:
        """Roll back and let go; Data Pump jobs go on."""
        self._connection.close()
        self._state.close()
        self._state.instance.datapump.session_ended(self._state.session_id)

    def _execute(self, statement: Statement, types: Sequence[BindType], row: Sequence[Value | list[Value]]) -> Outcome:
        match statement:
            case BlockStatement(program):
                with self._connection.all_or_nothing():
                    return Outcome(out=program.run(self._state, self._runner, types, row))
            case SqlStatement(text, tree):
                return self._execute_sql(tree, text, _BindRow(statement, types, row))
        raise TypeError(f"{type(statement).__name__} is no statement that a session prepared")

    def _execute_sql(self, tree: nodes.Sql, text: str, variables: _BindRow) -> Outcome:
        if isinstance(tree, nodes.Query):
            return Outcome(result=self._runner.query(tree, text, variables))
        if isinstance(tree, nodes.Dml):
            return Outcome(row_count=self._runner.change(tree, text, variables).row_count)
        if isinstance(tree, nodes.Ddl):
            self._runner.define(tree, text, variables)
        else:
            self._runner.control(tree)
        return Outcome()

    @staticmethod
    def _check_binds(
        statement: Statement,
        types: Sequence[BindType],
        rows: Sequence[Sequence[Value | list[Value]]],
    ) -> None:
        wanted = len(statement.binds)
        given = min([len(types), *(len(row) for row in rows)])
        if given < wanted:
            raise OracleError(1008, "not all variables bound")
        if len(types) > wanted:
            raise OracleError(1036, "illegal variable name/number")
