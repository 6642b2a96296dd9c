# SPDX-License-Identifier: GPL-3.0-or-later
"""Every small change of a source that a test ought to notice, one at a time."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_ORDERED = {"==": ("!=", ">=", "<="), "!=": ("==", "<", ">")}
_COMPARISONS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "is": ("is not",), "is not": ("is",), "in": ("not in",), "not in": ("in",),
}  # fmt: skip
_ARITHMETIC = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
    ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"), ast.BitXor: ("^", "|"), ast.LShift: ("<<", ">>"),
}  # fmt: skip
_NAMES = {
    "any": "all", "all": "any", "min": "max", "max": "min", "match": "fullmatch", "fullmatch": "match",
    "startswith": "endswith", "endswith": "startswith", "partition": "rpartition", "rpartition": "partition",
}  # fmt: skip
#: A message's parts that only help: their words are not the verdict's.
_WORDING = frozenset({"where", "remedy"})
_WORD = re.compile(r"[^\s]+")


@dataclass(frozen=True)
class Mutant:
    """One change: bytes `start` to `end` of the source become `text`. `name` is the function or class it is in."""

    start: int
    end: int
    text: str
    line: int
    name: str
    change: str

    def applied(self, source: bytes) -> bytes:
        """Return the changed source."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutants(source: bytes) -> list[Mutant]:
    """Return every mutant of a module, in the order of its text. Annotations, docstrings and imports stay."""
    finder = _Finder(source)
    finder.visit(ast.parse(source))
    return sorted(finder.found, key=lambda mutant: (mutant.start, mutant.end, mutant.text))


class _Finder(ast.NodeVisitor):
    def __init__(self, source: bytes) -> None:
        self._source = source
        self._line_starts = [0]
        for line in source.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))
        self._names: list[str] = []
        self.found: list[Mutant] = []

    # What is changed

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, right in zip([node.left, *node.comparators], node.comparators, strict=False):
            start, end = self._end(left), self._start(right)
            found = re.search(rb"(==|!=|<=|>=|<|>|is\s+not|not\s+in|is|in)", self._source[start:end])
            assert found is not None
            operator = " ".join(found[0].decode().split())
            texts = isinstance(right, ast.Constant) and isinstance(right.value, str)
            others = _COMPARISONS.get(operator) or _ORDERED[operator][: 1 if texts else None]
            for other in others:
                self._add(start + found.start(), start + found.end(), other, node)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for operand in node.values:
            rest = [value for value in node.values if value is not operand]
            kept = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            self._replace(node, f"({ast.unparse(kept)})", f"without `{self._told(operand)}`")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace(node, f"({ast.unparse(node.operand)})", f"`{self._told(node)}` without not")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if pair := _ARITHMETIC.get(type(node.op)):
            start, end = self._end(node.left), self._start(node.right)
            at = self._source.index(pair[0].encode(), start, end)
            self._add(at, at + len(pair[0]), pair[1], node)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._replace(node, str(not value))
        elif isinstance(value, int | float):
            self._replace(node, f"({value + 1})", f"`{value}` to `{value + 1}`")
            self._replace(node, f"({value - 1})", f"`{value}` to `{value - 1}`")
        elif isinstance(value, str) and not self._source[self._start(node) :].startswith((b'r"', b'rf"', b"r'")):
            if value == "" or _WORD.fullmatch(value):
                self._replace(node, repr(f"XX{value}"))
        elif isinstance(value, bytes):
            self._replace(node, repr(b"XX" + value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A sentence; and before Python 3.12 its parts have no true place in the source."""

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if isinstance(node.ctx, ast.Load):
            self._without_each(node)
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        if isinstance(node.ctx, ast.Load):
            self._without_each(node)
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        self._without_each(node)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for at in range(len(node.keys)):
            keys, values = node.keys[:at] + node.keys[at + 1 :], node.values[:at] + node.values[at + 1 :]
            key = node.keys[at]
            told = self._told(node.values[at]) if key is None else self._told(key)
            self._replace(node, ast.unparse(ast.Dict(keys, values)), f"without `{told}`")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if keyword.arg not in _WORDING:
                others = [each for each in node.keywords if each is not keyword]
                less = ast.unparse(ast.Call(node.func, node.args, others))
                self._replace(node, less, f"without `{self._told(keyword)}`")
                self.visit(keyword.value)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in ("any", "all", "min", "max"):
            self._replace(node, _NAMES[node.id])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if other := _NAMES.get(node.attr):
            end = self._end(node)
            self._add(end - len(node.attr), end, other, node)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._decide(node.test)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        self._decide(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._decide(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._decide(test)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self._replace(node.iter, "()")
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self._replace(node.type, "ZeroDivisionError")
        self.generic_visit(node)

    # Statements that are left out

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self._leave_out(node)
            self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not self._is_none(node.value):
            self._replace(node, "return None", f"`{self._told(node)}` to `return None`")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._leave_out(node)
        self.generic_visit(node)

    def visit_Continue(self, node: ast.Continue) -> None:
        self._leave_out(node)

    def visit_Break(self, node: ast.Break) -> None:
        self._leave_out(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._leave_out(node)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return
        if self._names and any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            self._leave_out(node)
        self.visit(node.value)

    # What is passed by

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._names.append(node.name)
        for default in (*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)):
            self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self._names.pop()

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._names.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._names.pop()

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Pass by what is a type: `Literal["ok"]`."""
        if not (isinstance(node.value, ast.Name) and node.value.id == "Literal"):
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Those of the package are for mypy."""

    # Help

    def _decide(self, test: ast.expr) -> None:
        for decided in ("True", "False"):
            if not (isinstance(test, ast.Constant) and str(test.value) == decided):
                self._replace(test, decided, f"`if {self._told(test)}` to `if {decided}`")

    def _without_each(self, node: ast.Tuple | ast.List | ast.Set) -> None:
        for at, element in enumerate(node.elts):
            rest = node.elts[:at] + node.elts[at + 1 :]
            less = type(node)(rest, node.ctx) if not isinstance(node, ast.Set) else ast.Set(rest)
            text = "set()" if isinstance(less, ast.Set) and not rest else ast.unparse(less)
            self._replace(node, text, f"without `{self._told(element)}`")

    def _leave_out(self, node: ast.stmt) -> None:
        text = "(yield from ())" if isinstance(getattr(node, "value", None), ast.Yield | ast.YieldFrom) else "pass"
        self._replace(node, text, f"without `{self._told(node)}`")

    def _replace(self, node: ast.expr | ast.stmt, text: str, change: str = "") -> None:
        self._add(self._start(node), self._end(node), text, node, change)

    def _add(self, start: int, end: int, text: str, node: ast.expr | ast.stmt, change: str = "") -> None:
        before = self._source[start:end].decode()
        change = change or f"`{before}` to `{text}`" + ("" if before.isspace() or isinstance(node, ast.Constant) else
                                                       f" in `{self._told(node)}`")  # fmt: skip
        name = ".".join(self._names) or "module"
        self.found.append(Mutant(start, end, text, node.lineno, name, change.replace("|", "¦")))

    def _told(self, node: ast.AST) -> str:
        text = " ".join(ast.unparse(node).split()).replace("`", "'")
        return text if len(text) <= 90 else f"{text[:87]}..."

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._line_starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._line_starts[node.end_lineno - 1] + node.end_col_offset

    @staticmethod
    def _is_none(node: ast.expr) -> bool:
        return isinstance(node, ast.Constant) and node.value is None
