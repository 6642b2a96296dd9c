# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dump must hold beyond being whole: schemas, tables, rows, and its size beside the last night's.

A complete dump may still be one of the wrong account, or of a database that lost its data: only such rules tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from ..errors import ConfigError, UnreadableError
from .status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..archive.manifest import Manifest
    from .files import JudgedDump
    from .verdict import Judgement


@dataclass(frozen=True)
class Breach:
    """A rule that a dump does not meet: the option's name, what it is about, and one Indonesian sentence."""

    rule: str
    subject: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Return the breach for a module's result."""
        return {"rule": self.rule, "subject": self.subject, "message": self.message}


@dataclass(frozen=True)
class GrowthBand:
    """The last night's rows and bytes of dump, and the percentages by which both may have changed since."""

    last_rows: int
    last_bytes: int
    min_percent: float
    max_percent: float

    @classmethod
    def since(cls, manifest: Manifest, params: Mapping[str, Any]) -> Self:
        """Take the last night from its manifest. Its log does not count as dump. Raises ConfigError."""
        low, high = params["min_percent"], params["max_percent"]
        if not (math.isfinite(low) and math.isfinite(high)) or low > high:
            raise ConfigError(
                "rentang pertumbuhan mustahil", where="expect.growth", remedy="beri min_percent <= max_percent"
            )
        return cls(
            last_rows=sum(table.rows for table in manifest.tables),
            last_bytes=manifest.dump_bytes,
            min_percent=low,
            max_percent=high,
        )

    def breaches(self, name: str, size_bytes: int, rows: int | None) -> Iterator[Breach]:
        """Yield what of the dump `name` lies outside the band; `rows` is None if they cannot be counted."""
        for what, now, last in (("ukuran", size_bytes, self.last_bytes), ("jumlah baris", rows, self.last_rows)):
            if now is None:
                yield Breach(
                    "growth", name, f"{what} {name} tidak dapat dihitung untuk dibandingkan dengan manifest terakhir"
                )
            elif not last:
                yield Breach(
                    "growth", name, f"{what} {name} tidak dapat dibandingkan karena manifest terakhir mencatat 0"
                )
            elif not self.min_percent <= (percent := (now - last) * 100 / last) <= self.max_percent:
                band = f"{self.min_percent:+g} % sampai {self.max_percent:+g} %"
                yield Breach(
                    "growth",
                    name,
                    f"{what} {name} berubah {percent:+.1f} % dari {last} menjadi {now}, seharusnya {band}",
                )


@dataclass(frozen=True)
class Rules:
    """What every dump must meet. Tables are `SCHEMA.NAME`, as Oracle keeps them; partitions are added up."""

    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    min_rows: Mapping[str, int] = field(default_factory=dict)
    growth: GrowthBand | None = None
    made_after: datetime | None = None
    """With the offset of the server's zone. Judging the dump needs it already: see `judge_dumps`."""

    @classmethod
    def from_params(cls, params: Mapping[str, Any], growth: GrowthBand | None) -> Self:
        """Build rules from the module's `expect`. Raises ConfigError."""
        try:
            min_rows = {str(table): int(rows) for table, rows in params["min_rows"].items()}
        except (TypeError, ValueError) as error:
            raise ConfigError(
                "jumlah baris bukan bilangan bulat", where="expect.min_rows", remedy="tulis SKEMA.TABEL: jumlah"
            ) from error
        for table in (*params["tables"], *min_rows):
            if not all(table.partition(".")):
                raise ConfigError("nama tabel tanpa skema", where=f"expect, {table}", remedy="tulis SKEMA.TABEL")
        made_after = None if params["made_after"] is None else _moment(params["made_after"])
        return cls(tuple(params["schemas"]), tuple(params["tables"]), min_rows, growth, made_after)

    def all_breaches(self, dumps: Iterable[JudgedDump]) -> Iterator[Breach]:
        """Yield the rules that any of the dumps that can be read does not meet."""
        for dump in dumps:
            if not isinstance(dump.judgement, UnreadableError):
                yield from self.breaches(dump.name, dump.size_bytes, dump.judgement)

    def breaches(self, name: str, size_bytes: int, judgement: Judgement) -> Iterator[Breach]:
        """Yield the rules that a dump, or log, does not meet; a log only has to be one of a good export.

        `name` stands for the dump in sentences, `size_bytes` is the size of all its files.
        """
        if judgement.status is not Status.COMPLETE:
            why = "; ".join(map(str, judgement.failures))
            yield Breach("complete", name, f"{name} tidak terbukti lengkap, {judgement.status}: {why}")
        if judgement.kind == "log":
            return
        rows = _rows(judgement)
        present = {table.schema for table in judgement.tables}
        for schema in self.schemas:
            if schema not in present:
                yield Breach("schemas", schema, f"skema {schema} tidak ada di {name}")
        for table in self.tables:
            if table not in rows:
                yield Breach("tables", table, f"tabel {table} tidak ada di {name}")
        for table, least in self.min_rows.items():
            if table not in rows:
                yield Breach(
                    "min_rows",
                    table,
                    f"tabel {table} tidak ada di {name}, seharusnya berisi paling sedikit {least} baris",
                )
            elif (found := rows[table]) is None:
                yield Breach("min_rows", table, f"baris tabel {table} di {name} tidak dapat dihitung")
            elif found < least:
                yield Breach(
                    "min_rows",
                    table,
                    f"tabel {table} di {name} berisi {found} baris, seharusnya paling sedikit {least}",
                )
        if self.growth is not None:
            counts = list(rows.values())
            yield from self.growth.breaches(name, size_bytes, None if None in counts else sum(filter(None, counts)))


def _rows(judgement: Judgement) -> dict[str, int | None]:
    """Return the rows of each table; None for one of which any partition could not be counted."""
    rows: dict[str, int | None] = {}
    for table in judgement.tables:
        name = f"{table.schema}.{table.name}"
        before = rows.get(name, 0)
        rows[name] = None if before is None or table.rows is None else before + table.rows
    return rows


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigError(
            "waktu tanpa zona atau bukan ISO 8601", where="expect.made_after", remedy="tulis 2025-01-09T16:35:00+07:00"
        )
    return moment
