# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations: names into the scope, and what to do when the block is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.language import blocks, nodes

from .catalog import Parameter, Subprogram
from .embedded import describe
from .scope import DeclaredCursor, DeclaredException, Frame, Scope, Variable
from .types import CURSOR, CollectionType, PlType, RecordType
from .values import convert, copied, initial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .statements import StatementCompiler

    Step = Callable[[Frame], None]


class ReturnSignal(Exception):  # noqa: N818  # control flow, not an error
    """RETURN."""

    def __init__(self, value: PlValue) -> None:
        self.value = value
        super().__init__()


def declare(declarations: Sequence[blocks.Declaration], statements: StatementCompiler) -> list[Step]:
    """Compile declarations into the compiler's scope and return the steps that initialise them."""
    compiler = _Declarations(statements)
    for declaration in declarations:
        compiler.add(declaration)
    return compiler.steps


class _Declarations:
    def __init__(self, statements: StatementCompiler) -> None:
        self._statements = statements
        self._scope = statements.scope
        self._packages = statements.compilation.packages
        self.steps: list[Step] = []

    def add(self, declaration: blocks.Declaration) -> None:
        match declaration:
            case blocks.VariableDeclaration():
                self._variable(declaration)
            case blocks.ExceptionDeclaration(name):
                self._scope.declare(name, DeclaredException(name.id))
            case blocks.Pragma(name, arguments):
                self._pragma(name, arguments or ())
            case blocks.TypeDeclaration(name, definition):
                self._scope.declare(name, self._type(name.id, definition))
            case blocks.CursorDeclaration():
                self._cursor(declaration)
            case blocks.SubprogramBody():
                self._subprogram(declaration)

    def _variable(self, declaration: blocks.VariableDeclaration) -> None:
        type_ = self._packages.data_type(declaration.type, self._scope)
        expressions = self._statements.expressions
        value = expressions.converted(declaration.initial, type_) if declaration.initial else None
        if value is None and (declaration.constant or declaration.not_null):
            text = f"a variable declared NOT NULL must have an initialization assignment: {declaration.name.id}"
            raise expressions.error(declaration.name, "PLS-00218", text)
        variable = Variable(declaration.name.id, type_, self._scope.level, bool(declaration.constant))
        self._scope.declare(declaration.name, variable)

        def step(frame: Frame) -> None:
            frame.set(variable, initial(type_) if value is None else copied(value(frame)))

        self.steps.append(step)

    def _pragma(self, name: nodes.Name, arguments: Sequence[nodes.Expr]) -> None:
        if name.id != "EXCEPTION_INIT":
            return
        expressions = self._statements.expressions
        declared = self._scope.names.get(arguments[0].id) if isinstance(arguments[0], nodes.Name) else None
        code = arguments[1].operand if isinstance(arguments[1], nodes.Sign) else arguments[1]
        if not isinstance(declared, DeclaredException):
            raise expressions.error(name, "PLS-00109", "unknown exception name in PRAGMA EXCEPTION_INIT")
        if not isinstance(code, nodes.Literal) or not isinstance(code.value, int):
            raise expressions.error(
                name, "PLS-00702", "second argument to PRAGMA EXCEPTION_INIT must be a numeric literal"
            )
        declared.code = code.value

    def _type(self, name: str, definition: blocks.TableType | blocks.RecordType | blocks.RefCursorType) -> PlType:
        if isinstance(definition, blocks.RefCursorType):
            return CURSOR
        if isinstance(definition, blocks.RecordType):
            fields = tuple((f.name.id, self._packages.data_type(f.type, self._scope)) for f in definition.fields)
            given = [(f.name, f.initial) for f in definition.fields if f.initial is not None]
            return RecordType(name, fields, defaults=tuple((n.id, self._literal(n, value)) for n, value in given))
        element = self._packages.data_type(definition.element, self._scope)
        by_text = isinstance(definition.index, nodes.Datatype) and "CHAR" in definition.index.name[-1].id
        return CollectionType(name, element, associative=definition.index is not None, by_text=by_text)

    def _literal(self, name: nodes.Name, value: nodes.Expr) -> object:
        if not isinstance(value, nodes.Literal):
            raise self._statements.expressions.error(name, "PLS-00103", "only a literal may be a field's default here")
        return value.value

    def _cursor(self, declaration: blocks.CursorDeclaration) -> None:
        inner = self._scope
        parameters = []
        for parameter in declaration.parameters or ():
            type_ = self._packages.data_type(parameter.type, inner)
            variable = Variable(parameter.name.id, type_, inner.level)
            inner.declare(parameter.name, variable)
            parameters.append(variable)
        columns = describe(declaration.query, self._statements.expressions)
        cursor = DeclaredCursor(declaration.name.id, declaration.query, tuple(parameters), columns, inner.level)
        inner.declare(declaration.name, cursor)

    def _subprogram(self, declaration: blocks.SubprogramBody) -> None:
        signature = declaration.signature
        returns = None
        if isinstance(signature, blocks.FunctionSignature):
            returns = self._packages.data_type(signature.returns, self._scope)
        inner = self._scope.nested(subprogram=True, returns=returns)
        parameters, variables = [], []
        for formal in signature.parameters or ():
            type_ = self._packages.data_type(formal.type, self._scope)
            reads = bool(formal.reads) or not formal.writes
            default = self._statements.expressions.converted(formal.default, type_) if formal.default else None
            parameters.append(Parameter(formal.name.id, type_, reads, bool(formal.writes), default is not None))
            variable = Variable(formal.name.id, type_, inner.level, constant=not formal.writes)
            inner.declare(formal.name, variable)
            variables.append((variable, parameters[-1], default))
        body = _Body(inner, tuple(variables), returns)
        self._scope.declare(
            signature.name, Subprogram(signature.name.id, tuple(parameters), returns, body.call, local=True)
        )
        block = blocks.Block(declaration.declarations, declaration.body)
        body.run = self._statements.within(inner).block_body(block)


class _Body:
    """A local subprogram's code; compiled after its name is known, so that it may call itself."""

    def __init__(
        self,
        scope: Scope,
        variables: tuple[tuple[Variable, Parameter, Callable[[Frame], PlValue] | None], ...],
        returns: PlType | None,
    ) -> None:
        self._scope = scope
        self._variables = variables
        self._returns = returns
        self.run: Step = lambda _frame: None

    def call(self, caller: Frame, **inputs: PlValue) -> PlValue:
        outer = caller.at(self._scope.level - 1)
        frame = Frame(caller.execution, self._scope.level, outer)
        for variable, parameter, default in self._variables:
            name = variable.name.lower()
            if name in inputs:
                frame.set(variable, inputs[name])
            else:
                given = default(outer) if default and not parameter.writes else initial(variable.type)
                frame.set(variable, given)
        value: PlValue = None
        try:
            self.run(frame)
            if self._returns is not None:
                raise OracleError(6503, "PL/SQL: Function returned without value")
        except ReturnSignal as signal:
            value = signal.value
        outputs = {p.name.lower(): frame.get(variable) for variable, p, _ in self._variables if p.writes}
        if self._returns is None:
            return outputs
        return convert(caller.execution.state, value, self._returns), outputs
