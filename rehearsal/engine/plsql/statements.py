# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements of PL/SQL, compiled to closures."""

from __future__ import annotations

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.language import blocks, nodes
from rehearsal.engine.language.position import position

from . import cursors
from .declarations import ReturnSignal, declare
from .embedded import check_change, variables
from .expressions import ExpressionCompiler
from .handlers import HandlerCompiler
from .scope import Compilation, Frame, Scope, Variable
from .types import NUMBER_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Step = Callable[[Frame], None]


class _LoopSignal(Exception):  # noqa: N818  # control flow, not an error
    def __init__(self, label: str | None) -> None:
        self.label = label
        super().__init__()


class _ExitSignal(_LoopSignal):
    """EXIT."""


class _ContinueSignal(_LoopSignal):
    """CONTINUE."""


class StatementCompiler:
    """Compiles the statements of one scope."""

    def __init__(self, compilation: Compilation, scope: Scope) -> None:
        self.compilation = compilation
        self.scope = scope
        self.expressions = ExpressionCompiler(compilation, scope)
        self._label: str | None = None

    def within(self, scope: Scope) -> StatementCompiler:
        """Return the compiler of an inner scope."""
        return StatementCompiler(self.compilation, scope)

    def block_body(self, block: blocks.Block) -> Step:
        """Compile declarations, statements and handlers in this scope."""
        steps = declare(block.declarations or (), self)
        body = self.sequence(block.body.statements)
        handled = HandlerCompiler(self).compile(block.body.handlers or (), body)

        def run(frame: Frame) -> None:
            for step in steps:
                step(frame)
            handled(frame)

        return run

    def sequence(self, statements: Sequence[blocks.Statement]) -> Step:
        """Compile statements that follow one another; an error remembers the line it came from."""
        steps = [(self._compile(statement), position(statement)[0]) for statement in statements]

        def run(frame: Frame) -> None:
            for step, line in steps:
                try:
                    step(frame)
                except OracleError:
                    frame.execution.failed_line = frame.execution.failed_line or line
                    raise

        return run

    @singledispatchmethod
    def _compile(self, statement: blocks.Statement) -> Step:
        raise self.expressions.error(statement, "PLS-00103", f"Encountered {type(statement).__name__}: not supported")

    @_compile.register(blocks.Assignment)
    def _(self, statement: blocks.Assignment) -> Step:
        target = self.expressions.target(statement.target)
        value = self.expressions.converted(statement.value, target.type)
        return lambda frame: target.assign(frame, value(frame))

    @_compile.register(blocks.CallStatement)
    def _(self, statement: blocks.CallStatement) -> Step:
        return self.expressions.call(statement.call)

    @_compile.register(blocks.NullStatement)
    def _(self, _statement: blocks.NullStatement) -> Step:
        return lambda _frame: None

    @_compile.register(blocks.IfStatement)
    def _(self, statement: blocks.IfStatement) -> Step:
        branches = [(self.expressions.condition(statement.condition), self.sequence(statement.statements))]
        branches += [(self.expressions.condition(e.condition), self.sequence(e.statements)) for e in statement.elsifs]
        otherwise = self.sequence(statement.otherwise or ())

        def run(frame: Frame) -> None:
            next((body for condition, body in branches if condition(frame)), otherwise)(frame)

        return run

    @_compile.register(blocks.CaseStatement)
    def _(self, statement: blocks.CaseStatement) -> Step:
        branches = []
        for branch in statement.branches:
            condition: nodes.Expr = branch.condition
            if statement.operand is not None:
                condition = nodes.Compare(statement.operand, "=", condition)
            branches.append((self.expressions.condition(condition), self.sequence(branch.statements)))
        otherwise = self.sequence(statement.otherwise) if statement.otherwise else _case_not_found

        def run(frame: Frame) -> None:
            next((body for condition, body in branches if condition(frame)), otherwise)(frame)

        return run

    @_compile.register(blocks.LoopStatement)
    def _(self, statement: blocks.LoopStatement) -> Step:
        iterate = self._iteration(statement.statements)

        def run(frame: Frame) -> None:
            while iterate(frame):
                _check_cancelled(frame)

        return run

    @_compile.register(blocks.WhileStatement)
    def _(self, statement: blocks.WhileStatement) -> Step:
        condition = self.expressions.condition(statement.condition)
        iterate = self._iteration(statement.statements)

        def run(frame: Frame) -> None:
            while condition(frame) and iterate(frame):
                _check_cancelled(frame)

        return run

    @_compile.register(blocks.ForRange)
    def _(self, statement: blocks.ForRange) -> Step:
        low = self.expressions.converted(statement.low, NUMBER_TYPE)
        high = self.expressions.converted(statement.high, NUMBER_TYPE)
        inner = self.scope.nested()
        variable = Variable(statement.name.id, NUMBER_TYPE, inner.level, constant=True)
        inner.declare(statement.name, variable)
        iterate = self._iteration(statement.statements, inner)

        def run(frame: Frame) -> None:
            first, last = low(frame), high(frame)
            if first is None or last is None:
                raise OracleError(6502, "PL/SQL: numeric or value error")
            numbers = range(round(first), round(last) + 1)
            for number in reversed(numbers) if statement.reverse else numbers:
                _check_cancelled(frame)
                frame.set(variable, number)
                if not iterate(frame):
                    break

        return run

    @_compile.register(blocks.ForQuery)
    @_compile.register(blocks.ForCursor)
    def _(self, statement: blocks.ForQuery | blocks.ForCursor) -> Step:
        opened, record_type = cursors.loop_source(statement, self.expressions)
        inner = self.scope.nested()
        variable = Variable(statement.name.id, record_type, inner.level)
        inner.declare(statement.name, variable)
        iterate = self._iteration(statement.statements, inner)

        def run(frame: Frame) -> None:
            for row in opened(frame).rows:
                _check_cancelled(frame)
                frame.set(variable, cursors.row_record(record_type, row))
                if not iterate(frame):
                    break

        return run

    @_compile.register(blocks.ExitStatement)
    def _(self, statement: blocks.ExitStatement) -> Step:
        return self._leave(statement, _ExitSignal)

    @_compile.register(blocks.ContinueStatement)
    def _(self, statement: blocks.ContinueStatement) -> Step:
        return self._leave(statement, _ContinueSignal)

    @_compile.register(blocks.ReturnStatement)
    def _(self, statement: blocks.ReturnStatement) -> Step:
        value = (
            self.expressions.converted(statement.value, self.scope.returns)
            if statement.value and self.scope.returns
            else None
        )

        def run(frame: Frame) -> None:
            raise ReturnSignal(value(frame) if value else None)

        return run

    @_compile.register(blocks.RaiseStatement)
    def _(self, statement: blocks.RaiseStatement) -> Step:
        return HandlerCompiler(self).raising(statement.name)

    @_compile.register(blocks.Block)
    def _(self, statement: blocks.Block) -> Step:
        return self.within(self.scope.nested()).block_body(statement)

    @_compile.register(blocks.Labelled)
    def _(self, statement: blocks.Labelled) -> Step:
        self._label = statement.label.id
        return self._compile(statement.statement)

    @_compile.register(blocks.SelectStatement)
    def _(self, statement: blocks.SelectStatement) -> Step:
        return cursors.select_into(statement.query, self.expressions)

    @_compile.register(blocks.DmlStatement)
    def _(self, statement: blocks.DmlStatement) -> Step:
        dml = statement.statement
        check_change(dml, self.expressions)
        targets = [self.expressions.target(target) for target in dml.returning.targets] if dml.returning else []

        def run(frame: Frame) -> None:
            runner, text = frame.execution.runner, self.compilation.text
            changed = runner.change(dml, text, variables(self.expressions, frame))
            frame.execution.row_count = changed.row_count
            if targets:
                row = cursors.only_row(iter(changed.returned))
                for target, value in zip(targets, row, strict=True):
                    target.assign(frame, value)

        return run

    @_compile.register(blocks.TransactionStatement)
    def _(self, statement: blocks.TransactionStatement) -> Step:
        return lambda frame: frame.execution.runner.control(statement.statement)

    @_compile.register(blocks.ExecuteImmediate)
    def _(self, statement: blocks.ExecuteImmediate) -> Step:
        return cursors.execute_immediate(statement, self.expressions)

    @_compile.register(blocks.OpenQuery)
    @_compile.register(blocks.OpenDynamic)
    @_compile.register(blocks.OpenCursor)
    def _(self, statement: blocks.OpenQuery | blocks.OpenDynamic | blocks.OpenCursor) -> Step:
        return cursors.open_cursor(statement, self.expressions)

    @_compile.register(blocks.Fetch)
    def _(self, statement: blocks.Fetch) -> Step:
        return cursors.fetch(statement, self.expressions)

    @_compile.register(blocks.Close)
    def _(self, statement: blocks.Close) -> Step:
        return cursors.close(statement, self.expressions)

    def _iteration(self, statements: Sequence[blocks.Statement], scope: Scope | None = None) -> Callable[[Frame], bool]:
        """Compile a loop's body; the closure tells whether to go on."""
        label, self._label = self._label, None
        inner = self.within(scope or self.scope.nested())
        inner.scope.labels = self.scope.labels | {label or ""} | {"loop"}
        body = inner.sequence(statements)

        def iterate(frame: Frame) -> bool:
            try:
                body(frame)
            except _LoopSignal as signal:
                if signal.label not in {None, label}:
                    raise
                return isinstance(signal, _ContinueSignal)
            return True

        return iterate

    def _leave(self, statement: blocks.ExitStatement | blocks.ContinueStatement, signal: type[_LoopSignal]) -> Step:
        if "loop" not in self._labels():
            raise self.expressions.error(
                statement, "PLS-00376", "illegal EXIT/CONTINUE statement; it must appear inside a loop"
            )
        label = statement.label.id if statement.label else None
        condition = self.expressions.condition(statement.condition) if statement.condition else None

        def run(frame: Frame) -> None:
            if condition is None or condition(frame):
                raise signal(label)

        return run

    def _labels(self) -> set[str]:
        scope: Scope | None = self.scope
        found: set[str] = set()
        while scope is not None and scope.level == self.scope.level:
            found |= scope.labels
            scope = scope.outer
        return found


def _case_not_found(_frame: Frame) -> None:
    raise OracleError(6592, "CASE not found while executing CASE statement")


def _check_cancelled(frame: Frame) -> None:
    if frame.execution.state.cancelled.is_set():
        raise OracleError(1013, "user requested cancel of current operation")
