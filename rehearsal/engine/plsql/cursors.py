# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries in PL/SQL: SELECT INTO, cursors, cursor loops and dynamic SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError, ResultSet
from rehearsal.engine.datatypes import TEXT, PlValue
from rehearsal.engine.functions.scalars import text as to_text
from rehearsal.engine.language import blocks, nodes
from rehearsal.engine.language.binds import find_binds
from rehearsal.engine.language.parser import parse_sql

from .embedded import describe, variables
from .scope import DeclaredCursor, Frame, OpenCursor, Target
from .types import AnyType, CollectionType, CursorType, RecordType, scalar
from .values import Collection, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rehearsal.contract import Column
    from rehearsal.engine.sql.runner import SqlRunner

    from .expressions import ExpressionCompiler

    Step = Callable[[Frame], None]


def record_of(columns: Sequence[Column], name: str = "ROW") -> RecordType:
    """Return the record type of a query's rows."""
    return RecordType(name, tuple((column.name, scalar(column)) for column in columns))


def row_record(type_: RecordType, row: Sequence[PlValue]) -> Record:
    """Return one row as a record."""
    return Record(type_, {name: value for (name, _), value in zip(type_.fields, row, strict=True)})


def only_row(rows: Iterator[tuple[PlValue, ...]]) -> tuple[PlValue, ...]:
    """Return the one row. Raises ORA-01403 for none, ORA-01422 for more."""
    row = next(rows, None)
    if row is None:
        raise OracleError(1403, "no data found")
    if next(rows, None) is not None:
        raise OracleError(1422, "exact fetch returns more than requested number of rows")
    return row


def select_into(query: nodes.Query, expressions: ExpressionCompiler) -> Step:
    """Compile SELECT ... [BULK COLLECT] INTO. Raises PLS-00428 without INTO, PLS-00394 for a wrong count."""
    body = query.body
    into = body.into if isinstance(body, nodes.Select) else None
    if into is None:
        raise expressions.error(query, "PLS-00428", "an INTO clause is expected in this SELECT statement")
    columns = describe(query, expressions)
    store = _store(into.targets, columns, expressions, bulk=bool(into.bulk))

    def run(frame: Frame) -> None:
        result = frame.execution.runner.query(query, expressions.compilation.text, variables(expressions, frame))
        if into.bulk:
            rows = list(result.rows)
            store(frame, rows)
            frame.execution.row_count = len(rows)
        else:
            frame.execution.row_count = 0
            store(frame, [only_row(result.rows)])
            frame.execution.row_count = 1

    return run


def _store(
    targets: Sequence[nodes.Target], columns: Sequence[Column] | None, expressions: ExpressionCompiler, *, bulk: bool
) -> Callable[[Frame, list[tuple[PlValue, ...]]], None]:
    """Compile the storing of rows: into scalars, one record, or (bulk) collections."""
    compiled = [expressions.target(target) for target in targets]
    whole = len(compiled) == 1 and isinstance(_element(compiled[0], bulk=bulk), RecordType)
    if columns is not None and not whole and len(columns) != len(compiled):
        raise expressions.error(targets, "PLS-00394", "wrong number of values in the INTO list of a FETCH statement")

    def shaped(target: Target, row: tuple[PlValue, ...], place: int) -> PlValue:
        kind = _element(target, bulk=bulk)
        return row_record(kind, row) if whole and isinstance(kind, RecordType) else row[place]

    def store(frame: Frame, rows: list[tuple[PlValue, ...]]) -> None:
        for place, target in enumerate(compiled):
            values = [shaped(target, row, place) for row in rows]
            if not bulk:
                target.assign(frame, values[0])
            else:
                kind = target.type if isinstance(target.type, CollectionType) else AnyType()
                target.assign(frame, Collection.of(kind, values))

    return store


def _element(target: Target, *, bulk: bool) -> object:
    return target.type.element if bulk and isinstance(target.type, CollectionType) else target.type


def loop_source(
    statement: blocks.ForQuery | blocks.ForCursor, expressions: ExpressionCompiler
) -> tuple[Callable[[Frame], ResultSet], RecordType]:
    """Compile what a cursor FOR loop runs over, and the type of its record."""
    if isinstance(statement, blocks.ForQuery):
        query = statement.query
        record = record_of(describe(query, expressions))
        text = expressions.compilation.text
        return lambda frame: frame.execution.runner.query(query, text, variables(expressions, frame)), record
    opened, cursor = _declared(statement.cursor, expressions)
    return opened, record_of(cursor.columns)


def _declared(
    expr: nodes.Chain, expressions: ExpressionCompiler
) -> tuple[Callable[[Frame], ResultSet], DeclaredCursor]:
    name = expr.base if isinstance(expr, nodes.Apply) else expr
    found = expressions.scope.find(name.id) if isinstance(name, nodes.Name) else None
    if not isinstance(found, DeclaredCursor):
        raise expressions.error(expr, "PLS-00201", "identifier of a cursor must be declared")
    cursor = found
    arguments = expr.arguments if isinstance(expr, nodes.Apply) else ()
    if len(arguments) != len(cursor.parameters):
        raise expressions.error(expr, "PLS-00306", f"wrong number or types of arguments in call to '{cursor.name}'")
    values = [
        expressions.converted(argument.value, parameter.type)
        for argument, parameter in zip(arguments, cursor.parameters, strict=True)
    ]

    def opened(frame: Frame) -> ResultSet:
        for parameter, value in zip(cursor.parameters, values, strict=True):
            frame.set(parameter, value(frame))
        return frame.execution.runner.query(cursor.query, expressions.compilation.text, variables(expressions, frame))

    return opened, cursor


def open_cursor(
    statement: blocks.OpenQuery | blocks.OpenDynamic | blocks.OpenCursor, expressions: ExpressionCompiler
) -> Step:
    """Compile OPEN in its three forms."""
    if isinstance(statement, blocks.OpenCursor):
        opened, cursor = _declared(statement.cursor, expressions)

        def run(frame: Frame) -> None:
            if frame.get(cursor) is not None:
                raise OracleError(6511, "PL/SQL: cursor already open")
            frame.set(cursor, OpenCursor(opened(frame)))

        return run
    target = expressions.target(statement.cursor)
    if not isinstance(target.type, CursorType | AnyType):
        raise expressions.error(statement.cursor, "PLS-00382", "expression is of wrong type")
    if isinstance(statement, blocks.OpenQuery):
        query, text = statement.query, expressions.compilation.text
        describe(query, expressions)
        return lambda frame: target.assign(
            frame, OpenCursor(frame.execution.runner.query(query, text, variables(expressions, frame)))
        )
    dynamic = _Dynamic(statement.text, statement.using or (), expressions)
    return lambda frame: target.assign(frame, OpenCursor(dynamic.query(frame)))


def fetch(statement: blocks.Fetch, expressions: ExpressionCompiler) -> Step:
    """Compile FETCH."""
    cursor = expressions.cursor(statement.cursor)
    bulk = bool(statement.bulk)
    store = _store(statement.targets, None, expressions, bulk=bulk)
    limit = expressions.operand(statement.limit or nodes.Literal(None))

    def run(frame: Frame) -> None:
        opened = cursor(frame)
        if not isinstance(opened, OpenCursor):
            raise OracleError(1001, "invalid cursor")
        if not bulk:
            row = opened.next()
            if row is not None:
                store(frame, [row])
            return
        most = limit.run(frame)
        rows: list[tuple[PlValue, ...]] = []
        while (most is None or len(rows) < most) and (row := opened.next()) is not None:
            rows.append(row)
        store(frame, rows)

    return run


def close(statement: blocks.Close, expressions: ExpressionCompiler) -> Step:
    """Compile CLOSE."""
    cursor = expressions.cursor(statement.cursor)
    name = statement.cursor
    found = expressions.scope.find(name.id) if isinstance(name, nodes.Name) else None
    target = None if isinstance(found, DeclaredCursor) else expressions.target(statement.cursor)

    def run(frame: Frame) -> None:
        if cursor(frame) is None:
            raise OracleError(1001, "invalid cursor")
        if isinstance(found, DeclaredCursor):
            frame.set(found, None)
        elif target is not None:
            target.assign(frame, None)

    return run


def execute_immediate(statement: blocks.ExecuteImmediate, expressions: ExpressionCompiler) -> Step:
    """Compile EXECUTE IMMEDIATE of a SQL statement."""
    dynamic = _Dynamic(statement.text, statement.using or (), expressions)
    into = statement.into
    store = _store(into.targets, None, expressions, bulk=bool(into.bulk)) if into else None

    def run(frame: Frame) -> None:
        rows = dynamic.execute(frame)
        if store is not None and into is not None:
            if rows is None:
                raise OracleError(1006, "bind variable does not exist")
            store(frame, list(rows) if into.bulk else [only_row(rows)])

    return run


class _DynamicVariables:
    """The USING values of a dynamic statement, by position."""

    def __init__(self, text: str, values: Sequence[PlValue]) -> None:
        self._places = {(o.line, o.column): place for place, o in enumerate(find_binds(text))}
        if len(values) < len(self._places):
            raise OracleError(1008, "not all variables bound")
        if len(values) > len(self._places):
            raise OracleError(1006, "bind variable does not exist")
        self._values = values

    def bind_type(self, _name: str) -> Column:
        return TEXT

    def variable(self, _expr: nodes.Expr) -> Column | None:
        return None

    def value(self, expr: nodes.Expr) -> object:
        if not isinstance(expr, nodes.Bind):
            raise OracleError(904, "invalid identifier")
        return self._values[self._places[expr.line, expr.column]]


class _Dynamic:
    """A statement whose text is known only at run time."""

    def __init__(self, text: nodes.Expr, using: Sequence[blocks.UsingItem], expressions: ExpressionCompiler) -> None:
        self._text = expressions.operand(text)
        self._using = [expressions.operand(item.value) for item in using]

    def query(self, frame: Frame) -> ResultSet:
        """Open it as a query."""
        text, tree, given = self._parsed(frame)
        if not isinstance(tree, nodes.Query):
            raise OracleError(900, "invalid SQL statement")
        return frame.execution.runner.query(tree, text, given)

    def execute(self, frame: Frame) -> Iterator[tuple[PlValue, ...]] | None:
        """Run it; a query gives its rows."""
        text, tree, given = self._parsed(frame)
        runner: SqlRunner = frame.execution.runner
        if isinstance(tree, nodes.Query):
            return runner.query(tree, text, given).rows
        if isinstance(tree, nodes.Dml):
            frame.execution.row_count = runner.change(tree, text, given).row_count
        elif isinstance(tree, nodes.Ddl):
            runner.define(tree, text, given)
        else:
            runner.control(tree)
        return None

    def _parsed(self, frame: Frame) -> tuple[str, nodes.Sql, _DynamicVariables]:
        text = to_text(self._text.run(frame) or "")
        values = [operand.run(frame) for operand in self._using]
        return text, parse_sql(text), _DynamicVariables(text, values)
