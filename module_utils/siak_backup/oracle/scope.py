# SPDX-License-Identifier: GPL-3.0-or-later
"""What is exported: the job's mode, its schemas or tables, and the objects that the office has chosen of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigError
from .names import TableName, identifier
from .objects import ObjectFilter, object_filters

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The options that say what is exported, in Ansible's argument_spec form.
SCOPE_SPEC: Final[dict[str, dict[str, Any]]] = {
    "mode": {"type": "str", "choices": ["schema", "full", "table"], "default": "schema"},
    "schemas": {"type": "list", "elements": "str", "default": []},
    "tables": {"type": "list", "elements": "str", "default": []},
    "include": {"type": "list", "elements": "str", "default": []},
    "exclude": {"type": "list", "elements": "str", "default": []},
}

#: Of a long choice so many entries are told in words; the plan has all of them.
_TOLD = 10


@dataclass(frozen=True)
class Scope:
    """`mode` SCHEMA, FULL or TABLE; `schemas` is empty for FULL, `tables` for all but TABLE.

    Of `include` and `exclude` one at most has entries.
    """

    mode: str
    schemas: tuple[str, ...]
    tables: tuple[TableName, ...]
    include: tuple[ObjectFilter, ...] = ()
    exclude: tuple[ObjectFilter, ...] = ()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Scope:
        """Read the options of `SCOPE_SPEC`. Raises ConfigError."""
        mode = params["mode"].upper()
        schemas = tuple(dict.fromkeys(identifier(name, setting="schemas") for name in params["schemas"] or ()))
        tables = tuple(dict.fromkeys(TableName.parse(name, setting="tables") for name in params["tables"] or ()))
        include = object_filters(params["include"] or (), setting="include")
        exclude = object_filters(params["exclude"] or (), setting="exclude")
        if include and exclude:
            raise ConfigError(
                "include dan exclude tidak dapat dipakai bersama", where="include, exclude", remedy="pilih salah satu"
            )
        if mode == "SCHEMA" and not schemas:
            raise ConfigError("daftar skema kosong", where="schemas", remedy="isi skema yang dibackup")
        if mode != "TABLE":
            return cls(mode, () if mode == "FULL" else schemas, (), include, exclude)
        if len({table.schema for table in tables}) != 1:
            raise ConfigError(
                "mode tabel perlu tabel dari tepat satu skema", where="tables", remedy="perbaiki daftar tabel"
            )
        return cls(mode, (tables[0].schema,), tables, include, exclude)

    @property
    def is_full(self) -> bool:
        """True where the whole database is exported."""
        return self.mode == "FULL"

    def holds(self, table: TableName) -> bool:
        """Tell whether a table's rows are exported, if there is such a table."""
        if self.tables and table not in self.tables:
            return False
        if not self.is_full and table.schema not in self.schemas:
            return False
        if self.include:
            return any(each.takes_in(table.schema, table.name) for each in self.include)
        return not any(each.leaves_out(table.schema, table.name) for each in self.exclude)

    @property
    def choice(self) -> str:
        """What the office has chosen to leave out, in Indonesian; empty where whole schemas are exported."""
        if self.include:
            return f"hanya memuat {_told(self.include)}"
        told = [f"hanya tabel {_told(self.tables)}"] if self.tables else []
        told += [f"tanpa {_told(self.exclude)}"] if self.exclude else []
        return ", ".join(told)


#: What a site's own script exports: nobody here has chosen it.
OF_SCRIPT = Scope("SCRIPT", (), ())


def _told(entries: tuple[object, ...]) -> str:
    told = ", ".join(map(str, entries[:_TOLD]))
    return f"{told} dan {len(entries) - _TOLD} lagi" if len(entries) > _TOLD else told
