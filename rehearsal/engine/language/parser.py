# SPDX-License-Identifier: GPL-3.0-or-later
"""Text to syntax tree, and a syntax error to the error Oracle gives for it."""

from __future__ import annotations

import functools
import os
import re
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, cast

from lark import Token, Transformer, ast_utils
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from rehearsal.contract import OracleError

from . import blocks, nodes
from .tables import load_parser, user_cache

if TYPE_CHECKING:
    from lark import Lark

_GRAMMARS = ("expressions.lark", "sql.lark", "plsql.lark")
_QUOTES = {"[": "]", "{": "}", "(": ")", "<": ">"}
_EXPRESSION_START = "NUMBER"
_SQL_VERBS = re.compile(
    r"\s*(select|with|insert|update|delete|create|drop|truncate|comment|alter|commit|rollback|savepoint|set)\b",
    re.IGNORECASE,
)


class _Build(Transformer[Token, nodes.Node]):
    """Build what no node class stands for: names, constants and plain lists."""

    def name(self, children: list[Token]) -> nodes.Name:
        token = children[0]
        text = token[1:-1] if token.type == "QUOTED" else token.upper()
        return nodes.Name(text, token.line or 1, token.column or 1)

    def bind(self, children: list[Token]) -> nodes.Bind:
        token = children[0]
        text = token[1:].strip()
        name = text[1:-1] if text.startswith('"') else text.upper()
        return nodes.Bind(name, token.line or 1, token.column or 1)

    def number(self, children: list[Token]) -> nodes.Literal:
        text = str(children[0])
        return nodes.Literal(int(text) if text.isdigit() else Decimal(text))

    def string(self, children: list[Token]) -> nodes.Literal:
        return nodes.Literal(_unquote(children[0]) or None)

    def constant(self, children: list[Token]) -> nodes.Literal:
        return nodes.Literal({"NULL": None, "TRUE": True, "FALSE": False}[children[0].type])

    def datetime_literal(self, children: list[Token]) -> nodes.DatetimeLiteral:
        return nodes.DatetimeLiteral(children[0].upper(), _unquote(children[1]))

    def interval_literal(self, children: list[Token | nodes.Name]) -> nodes.IntervalLiteral:
        return nodes.IntervalLiteral(_unquote(cast("Token", children[0])), cast("nodes.Name", children[1]))

    def type_size(self, children: list[Token | nodes.Name | None]) -> nodes.TypeSize:
        *amount, unit = children
        return nodes.TypeSize(str(amount[0]) if amount else "*", cast("nodes.Name | None", unit))

    def words(self, children: list[Token]) -> str:
        return " ".join(child.upper() for child in children)

    def listed(self, children: list[object]) -> tuple[object, ...]:
        return tuple(children)

    def only(self, children: list[object]) -> object:
        return children[0]

    def session_setting(self, children: list[nodes.Name | Token]) -> nodes.SessionSetting:
        name, value = children
        text = str(value)
        return nodes.SessionSetting(cast("nodes.Name", name), _unquote(text) if text.endswith("'") else text)

    def comment_on(self, children: list[object]) -> nodes.CommentOn:
        return nodes.CommentOn(cast("nodes.Dotted", children[0]), _unquote(str(children[1])))

    def alter_session(self, children: list[nodes.SessionSetting]) -> nodes.AlterSession:
        return nodes.AlterSession(tuple(children))

    def plsql(self, children: list[object]) -> blocks.Block:
        return blocks.Block(*children)  # type: ignore[arg-type]

    dotted = arguments = case_whens = expr_list = with_clause = select_items = targets = listed
    from_list = order_by = name_list = set_columns = table_elements = column_constraints = listed
    declarations = handlers = exception_names = statements = record_fields = local_declarations = listed
    parameters = elsifs = case_branches = using = listed
    set_operator = join_kind = column_constraint = words
    where = connect_by = group_by = having = offset = else_part = only


def _unquote(literal: str) -> str:
    text = literal.lstrip("nN")
    if text[0] in "qQ":
        return text[3:-2]
    return text[1:-1].replace("''", "'")


@functools.cache
def _parser() -> Lark:
    package = resources.files(__package__)
    grammar = "\n".join((package / name).read_text(encoding="utf-8") for name in _GRAMMARS)
    return load_parser(grammar, ["sql", "plsql", "signature"], user_cache(os.environ))


@functools.cache
def _builder() -> Transformer[Token, nodes.Node]:
    build = ast_utils.create_transformer(nodes, _Build())
    return ast_utils.create_transformer(blocks, build)


def parse_sql(text: str) -> nodes.Sql:
    """Parse one SQL statement; raises ORA-00900 and its family."""
    if not _SQL_VERBS.match(_without_comments(text)):
        raise OracleError(900, "invalid SQL statement")
    try:
        return cast("nodes.Sql", _builder().transform(_parser().parse(text, start="sql")))
    except UnexpectedInput as error:
        raise _sql_error(text, error) from None


def parse_block(text: str) -> blocks.Block:
    """Parse one anonymous block; raises ORA-06550 with PLS-00103."""
    try:
        return cast("blocks.Block", _builder().transform(_parser().parse(text, start="plsql")))
    except UnexpectedInput as error:
        raise _plsql_error(error) from None


def parse_signature(text: str) -> blocks.ProcedureSignature | blocks.FunctionSignature:
    """Parse `PROCEDURE name(...)` or `FUNCTION name(...) RETURN type`, as in a package specification."""
    signature = _builder().transform(_parser().parse(text, start="signature"))
    return cast("blocks.ProcedureSignature | blocks.FunctionSignature", signature)


def _without_comments(text: str) -> str:
    return re.sub(r"^(\s+|--[^\n]*\n|/\*.*?\*/)+", "", text, flags=re.DOTALL)


def _expected(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedToken):
        return set(error.accepts or error.expected)
    return set(error.allowed or ()) if isinstance(error, UnexpectedCharacters) else set()


def _sql_error(text: str, error: UnexpectedInput) -> OracleError:
    """Choose Oracle's error by what the grammar would have accepted there."""
    offset = error.pos_in_stream or len(text)
    expected = _expected(error)
    if isinstance(error, UnexpectedCharacters) and text[offset : offset + 1] == "'":
        return OracleError(1756, "quoted string not properly terminated", offset=offset)
    if isinstance(error, UnexpectedCharacters) and not text[offset].isalnum() and text[offset] not in "().,;=<>*/+-":
        return OracleError(911, "invalid character", offset=offset)
    if _EXPRESSION_START in expected:
        return OracleError(936, "missing expression", offset=offset)
    if expected <= {"IDENT", "QUOTED"} or ("INTO" in expected and "FROM" not in expected):
        return OracleError(903, "invalid table name", offset=offset)
    if "FROM" in expected:
        return OracleError(923, "FROM keyword not found where expected", offset=offset)
    if "RPAR" in expected and "$END" not in expected:
        return OracleError(907, "missing right parenthesis", offset=offset)
    return OracleError(933, "SQL command not properly ended", offset=offset)


def _plsql_error(error: UnexpectedInput) -> OracleError:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        symbol = str(error.token)
        line, column = error.line, error.column
    elif isinstance(error, UnexpectedCharacters):
        symbol, line, column = str(error.char), error.line, error.column
    else:
        symbol, line, column = "end-of-file", max(error.line, 1), max(error.column, 1)
    wanted = "  ".join(sorted(name.lower() for name in _expected(error) if not name.startswith(("__", "$")))[:12])
    return compile_error(
        line,
        column,
        "PLS-00103",
        f'Encountered the symbol "{symbol.upper()}" when expecting one of the following:\n\n   {wanted}',
    )


def compile_error(line: int, column: int, code: str, text: str) -> OracleError:
    """Return ORA-06550 around one compiler message, at a 1-based line and column."""
    place = f"line {line}, column {column}:"
    return OracleError(6550, f"{place}\n{code}: {text}\nORA-06550: {place}\nPL/SQL: Statement ignored")
