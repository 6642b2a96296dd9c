# SPDX-License-Identifier: GPL-3.0-or-later
"""METADATA_FILTER: SQL predicates on names, and what they leave of a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import DataPumpError, error

if TYPE_CHECKING:
    from collections.abc import Sequence

_STRING = r"'(?:[^']|'')*'"
_LIST = re.compile(rf"\s*{_STRING}(?:\s*,\s*{_STRING})*\s*")
_EXPRESSION = re.compile(
    rf"\s*(?:(?P<not_in>NOT\s+)?IN\s*\((?P<list>\s*{_STRING}(?:\s*,\s*{_STRING})*\s*)\)"
    rf"|(?P<not_like>NOT\s+)?LIKE\s*(?P<like>{_STRING})"
    rf"|(?P<operator>=|!=|<>)\s*(?P<value>{_STRING}))\s*",
    re.IGNORECASE,
)
_NAMES = ("NAME", "SCHEMA", "INCLUDE_PATH", "EXCLUDE_PATH")
_MODE_PATHS = {"SCHEMA": "SCHEMA_EXPORT", "TABLE": "TABLE_EXPORT", "FULL": "DATABASE_EXPORT/SCHEMA"}
_OBJECT_PATHS = (
    "USER", "SYSTEM_GRANT", "ROLE_GRANT", "DEFAULT_ROLE", "TABLESPACE_QUOTA", "PRE_SCHEMA/PROCACT_SCHEMA",
    "SEQUENCE/SEQUENCE", "TABLE/TABLE", "TABLE/TABLE_DATA", "TABLE/COMMENT", "TABLE/INDEX/INDEX",
    "TABLE/CONSTRAINT/CONSTRAINT", "TABLE/CONSTRAINT/REF_CONSTRAINT", "TABLE/INDEX/STATISTICS/INDEX_STATISTICS",
    "TABLE/STATISTICS/TABLE_STATISTICS", "TABLE/GRANT/OWNER_GRANT/OBJECT_GRANT", "TABLE/TRIGGER",
    "PACKAGE/PACKAGE_SPEC", "FUNCTION/FUNCTION", "PROCEDURE/PROCEDURE", "VIEW/VIEW", "SYNONYM/SYNONYM",
    "STATISTICS/MARKER",
)  # fmt: skip
_LOGGED_PATHS = (
    "TABLE/INDEX/STATISTICS/INDEX_STATISTICS", "TABLE/STATISTICS/TABLE_STATISTICS", "USER", "SYSTEM_GRANT",
    "ROLE_GRANT", "DEFAULT_ROLE", "TABLE/TABLE", "TABLE/INDEX/INDEX", "TABLE/CONSTRAINT/CONSTRAINT",
)  # fmt: skip


@dataclass(frozen=True)
class Predicate:
    """A comparison of a name: with any of `values`, or by LIKE with the only one; `negated` turns it round."""

    values: tuple[str, ...]
    is_like: bool = False
    negated: bool = False

    def __call__(self, name: str) -> bool:
        """Tell whether `name` passes."""
        if self.is_like:
            pattern = re.escape(self.values[0]).replace("%", ".*").replace("_", ".")
            return bool(re.fullmatch(pattern, name, re.DOTALL)) is not self.negated
        return (name in self.values) is not self.negated


@dataclass(frozen=True)
class Filter:
    """One METADATA_FILTER call: `subject` NAME, SCHEMA, INCLUDE_PATH or EXCLUDE_PATH; a NAME has an object `path`."""

    name: str
    text: str
    subject: str
    predicate: Predicate
    path: str = ""


def parse_filter(name: str | None, value: str | None, object_type: str | None) -> Filter:
    """Read a filter's arguments.

    Raises DataPumpError 39001, with 39071 beneath for a predicate that cannot be read and 39041 for an object path
    that does not exist.
    """
    subject, _, form = (name or "").upper().rpartition("_")
    if subject not in _NAMES or form not in {"EXPR", "LIST"} or value is None:
        raise DataPumpError(39001)
    path = (object_type or "TABLE").upper() if subject == "NAME" else ""
    if path and path not in _KNOWN_PATHS:
        raise DataPumpError(39001, error(39041, object_type))
    if path in _SCHEMA_PATHS:
        subject = "SCHEMA"
    predicate = _parse_list(value) if form == "LIST" else _parse_expression(value)
    if predicate is None:
        raise DataPumpError(39001, error(39071, name))
    if subject.endswith("_PATH"):
        _check_paths(predicate)
    return Filter(str(name).upper(), value, subject, predicate, path)


def _parse_list(text: str) -> Predicate | None:
    return Predicate(_strings(text)) if _LIST.fullmatch(text) else None


def _parse_expression(text: str) -> Predicate | None:
    match = _EXPRESSION.fullmatch(text)
    if match is None:
        return None
    if match["list"]:
        return Predicate(_strings(match["list"]), negated=bool(match["not_in"]))
    if match["like"]:
        return Predicate(_strings(match["like"]), is_like=True, negated=bool(match["not_like"]))
    return Predicate(_strings(match["value"]), negated=match["operator"] != "=")


def _strings(text: str) -> tuple[str, ...]:
    return tuple(found[1:-1].replace("''", "'") for found in re.findall(_STRING, text))


def _subpaths(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)}


def _paths_of(mode: str) -> set[str]:
    """Return every object path of a mode, from any part of it to any other."""
    return set().union(*(_subpaths(f"{_MODE_PATHS[mode]}/{path}") for path in _OBJECT_PATHS))


_KNOWN_PATHS = set().union(*map(_paths_of, _MODE_PATHS))
_SCHEMA_PATHS = {"SCHEMA", "DATABASE_EXPORT/SCHEMA"}


def _check_paths(predicate: Predicate) -> None:
    for value in predicate.values:
        if not predicate.is_like and value.upper() not in _KNOWN_PATHS:
            raise DataPumpError(39001, error(39041, value))


@dataclass(frozen=True)
class Selection:
    """All filters of a job: what it exports. Without a schema filter a user exports what is their own."""

    mode: str
    owner: str
    filters: Sequence[Filter]

    def has_schema(self, schema: str) -> bool:
        """Tell whether a schema is exported."""
        chosen = [filter_.predicate(schema) for filter_ in self.filters if filter_.subject == "SCHEMA"]
        return all(chosen) if chosen else self.mode == "FULL" or schema == self.owner

    def named_schemas(self) -> tuple[str, ...]:
        """Return the schemas asked for by name, which had better exist."""
        plain = (f.predicate for f in self.filters if f.subject == "SCHEMA")
        return tuple(name for p in plain if not (p.is_like or p.negated) for name in p.values)

    def has_table(self, name: str) -> bool:
        """Tell whether a table of an exported schema is exported."""
        return self.has_path("TABLE/TABLE") and self._is_named("TABLE/TABLE", name)

    def has_rows(self, name: str) -> bool:
        """Tell whether the rows of a table of an exported schema are exported."""
        path = "TABLE/TABLE_DATA"
        return self.has_table(name) and self.has_path(path) and self._is_named(path, name)

    def _is_named(self, path: str, name: str) -> bool:
        paths = _subpaths(self.full_path(path))
        return all(f.predicate(name) for f in self.filters if f.subject == "NAME" and f.path in paths)

    def named_tables(self) -> tuple[str, ...]:
        """Return the tables that table mode was asked for by name, which had better exist."""
        plain = (
            f.predicate for f in self.filters if f.subject == "NAME" and f.path == "TABLE" and self.mode == "TABLE"
        )
        return tuple(name for p in plain if not (p.is_like or p.negated) for name in p.values)

    def missing_paths(self) -> tuple[str, ...]:
        """Return the object paths that were to be included and that this mode does not have."""
        plain = (f.predicate for f in self.filters if f.subject == "INCLUDE_PATH")
        named = (path for p in plain if not (p.is_like or p.negated) for path in p.values)
        return tuple(path for path in named if path.upper() not in _paths_of(self.mode))

    def has_path(self, path: str) -> bool:
        """Tell whether objects of a path such as TABLE/TABLE_DATA are exported."""
        subpaths = _subpaths(self.full_path(path))
        included = [any(map(f.predicate, subpaths)) for f in self.filters if f.subject == "INCLUDE_PATH"]
        excluded = [any(map(f.predicate, subpaths)) for f in self.filters if f.subject == "EXCLUDE_PATH"]
        return all(included) and not any(excluded)

    def full_path(self, path: str) -> str:
        """Return `path` as the log gives it in this mode."""
        return f"{_MODE_PATHS[self.mode]}/{path}"

    def logged_paths(self) -> tuple[str, ...]:
        """Return the full paths of metadata that the log mentions."""
        return tuple(self.full_path(path) for path in _LOGGED_PATHS if self.has_path(path))
