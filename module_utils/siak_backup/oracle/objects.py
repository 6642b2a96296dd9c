# SPDX-License-Identifier: GPL-3.0-or-later
"""Which objects of a scope are exported: INCLUDE and EXCLUDE as users of expdp write them.

One entry is an object path, and after a colon, where only some objects of it
are meant, an SQL predicate on their names: `STATISTICS`, `TABLE/TRIGGER`,
`TABLE:"IN ('LOG_TMP')"`, `TABLE:"LIKE 'TMP_%'"`. What reaches Data Pump's
METADATA_FILTER is made anew from the checked parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENTRY = re.compile(r'(?P<path>[^:"\s]+)(?:\s*:\s*"?(?P<clause>[^"]*)"?)?', re.DOTALL)
_PATH = re.compile(r"[A-Z][A-Z_]{0,29}(/[A-Z][A-Z_]{0,29}){0,5}")
_NAME = r"'[A-Z][A-Z0-9_$#]{0,127}'"
_CLAUSE = re.compile(
    rf"(?P<operator>(?:NOT )?IN) ?\( ?(?P<list>{_NAME}(?: ?, ?{_NAME})*) ?\)"
    rf"|(?P<equal>=|!=|<>) ?(?P<one>{_NAME})"
    r"|(?P<like>(?:NOT )?LIKE) ?(?P<pattern>'[A-Z0-9_$#%]{1,128}')"
)

#: What one predicate may take, well below a VARCHAR2 bind's 4000 bytes.
_MAX_PREDICATE_BYTES = 3000
_MOST_ENTRIES = 50


def _subpaths(path: str) -> frozenset[str]:
    parts = path.split("/")
    return frozenset("/".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1))


_ROOTS = ("DATABASE_EXPORT/SCHEMA", "SCHEMA_EXPORT", "TABLE_EXPORT")

#: Paths that hold a table's rows, and those that hold its definition, without which its rows do not go either.
_DATA = frozenset().union(*(_subpaths(f"{root}/TABLE/TABLE_DATA") for root in _ROOTS))
_DEFINITION = frozenset().union(*(_subpaths(f"{root}/TABLE/TABLE") for root in _ROOTS))

#: Paths whose objects are schemas: a name there is a schema's.
_SCHEMA_PATHS = frozenset({"SCHEMA", "DATABASE_EXPORT/SCHEMA"})


@dataclass(frozen=True)
class NameClause:
    """A predicate on names: `IN`, `=` or `LIKE`, which has one pattern; `negated` turns it round."""

    operator: str
    names: tuple[str, ...]
    negated: bool

    def matches(self, name: str) -> bool:
        """Tell whether a name passes. `%` and `_` stand for any letters and one letter, as LIKE has them."""
        if self.operator == "LIKE":
            pattern = re.escape(self.names[0]).replace("%", ".*").replace("_", ".")
            return bool(re.fullmatch(pattern, name)) is not self.negated
        return (name in self.names) is not self.negated

    def predicate(self, *, turned: bool = False) -> str:
        """Return the SQL predicate, e.g. `NOT IN ('A','B')`; `turned` returns its opposite."""
        negated = self.negated is not turned
        if self.operator == "=":
            return f"{'!=' if negated else '='} '{self.names[0]}'"
        operator = f"NOT {self.operator}" if negated else self.operator
        names = ",".join(f"'{name}'" for name in self.names)
        return f"{operator} ({names})" if self.operator == "IN" else f"{operator} {names}"


@dataclass(frozen=True)
class ObjectFilter:
    """One entry of INCLUDE or EXCLUDE. Without a clause it means every object of its path."""

    path: str
    clause: NameClause | None = None

    def __str__(self) -> str:
        return self.path if self.clause is None else f'{self.path}:"{self.clause.predicate()}"'

    @classmethod
    def parse(cls, text: str, *, setting: str) -> ObjectFilter:
        """Read one entry; letters are upper case in the end. Raises ConfigError."""
        entry = _ENTRY.fullmatch(text.strip().upper())
        if entry is None or not _PATH.fullmatch(entry["path"]):
            raise _refused(text, setting)
        if entry["clause"] is None:
            return cls(entry["path"])
        clause = _CLAUSE.fullmatch(" ".join(entry["clause"].split()))
        if clause is None:
            raise _refused(text, setting)
        return cls(entry["path"], _clause(clause))

    def leaves_out(self, schema: str, table: str) -> bool:
        """Tell whether excluding this takes a table's rows away."""
        return self.path in _DATA | _DEFINITION and self._names(schema, table)

    def takes_in(self, schema: str, table: str) -> bool:
        """Tell whether including this brings a table's rows."""
        return self.path in _DATA and self._names(schema, table)

    def _names(self, schema: str, table: str) -> bool:
        return self.clause is None or self.clause.matches(schema if self.path in _SCHEMA_PATHS else table)


def _clause(match: re.Match[str]) -> NameClause:
    if match["list"]:
        return NameClause("IN", tuple(re.findall(r"[^', ]+", match["list"])), match["operator"].startswith("NOT"))
    if match["one"]:
        return NameClause("=", (match["one"].strip("'"),), match["equal"] != "=")
    return NameClause("LIKE", (match["pattern"].strip("'"),), match["like"].startswith("NOT"))


def _refused(text: str, setting: str) -> ConfigError:
    return ConfigError(
        f"pilihan objek {text!r} tidak sah",
        where=setting,
        remedy="tulis seperti expdp, misalnya STATISTICS atau TABLE:\"IN ('LOG_TMP')\"",
    )


def object_filters(texts: Iterable[str], *, setting: str) -> tuple[ObjectFilter, ...]:
    """Read INCLUDE or EXCLUDE, each entry once.

    A path that stands whole stands alone, and an included one has one clause,
    for what Data Pump makes of two is neither of them.

    Raises:
        ConfigError: an entry cannot be read, two contradict each other, or they are too many.
    """
    filters = tuple(dict.fromkeys(ObjectFilter.parse(text, setting=setting) for text in texts))
    paths = [each.path for each in filters]
    whole = {each.path for each in filters if each.clause is None}
    twice = {path for path in paths if paths.count(path) > 1 and (path in whole or setting == "include")}
    if twice:
        raise ConfigError(
            f"objek {', '.join(sorted(twice))} disebut dua kali", where=setting, remedy="gabungkan dalam satu IN (...)"
        )
    if len(filters) > _MOST_ENTRIES or any(len(text) > _MAX_PREDICATE_BYTES for _, text in path_and_names(filters)):
        raise ConfigError("pilihan objek terlalu panjang", where=setting, remedy="pakai LIKE atau jenis objek")
    return filters


def path_and_names(filters: Iterable[ObjectFilter], *, turned: bool = False) -> list[tuple[str, str]]:
    """Return path and predicate of each filter that has a clause; `turned`, the predicates' opposites."""
    return [(each.path, each.clause.predicate(turned=turned)) for each in filters if each.clause is not None]
