# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and sizes that reach Oracle: checked here, because they cannot all be binds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ConfigError
from ..run_id import split_run_id

#: Every Data Pump job and every file of ours on a server begins with this.
JOB_PREFIX = "SIAK_"

#: BFILE's documented limit, and FAT32's: 4 GiB less one byte.
MAX_PIECE_BYTES = 4 * 1024**3 - 1

#: Data Pump's smallest FILESIZE: ten blocks of 4 KiB.
MIN_PIECE_BYTES = 40 * 1024

_IDENTIFIER = re.compile(r"[A-Z][A-Z0-9_$#]{0,127}")
_JOB = re.compile(r"SIAK_(?P<stamp>[0-9]{8}T[0-9]{6}Z)_(?P<suffix>[0-9A-F]{6})")
_SIZE = re.compile(r"(?P<number>[1-9][0-9]{0,11})(?P<unit>[KMG]?)")
_UNIT_BYTES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def identifier(name: str, *, setting: str) -> str:
    """Return an Oracle identifier in upper case.

    Only what Oracle takes unquoted: a letter, then letters, digits, `_$#`.
    `setting` names where it came from, for the message.

    Raises:
        ConfigError: anything else, so that no value can smuggle SQL.
    """
    upper = name.strip().upper()
    if not _IDENTIFIER.fullmatch(upper):
        raise ConfigError(
            f"nama Oracle {name!r} tidak sah",
            where=setting,
            remedy="pakai huruf, angka, _, $ atau # dan mulai dengan huruf",
        )
    return upper


@dataclass(frozen=True, order=True)
class TableName:
    """A table and its owner, both checked identifiers in upper case."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @classmethod
    def parse(cls, text: str, *, setting: str) -> TableName:
        """Read `OWNER.TABLE`. Raises ConfigError."""
        schema, dot, name = text.partition(".")
        if not dot:
            raise ConfigError(f"tabel {text!r} tanpa pemilik", where=setting, remedy="tulis PEMILIK.TABEL")
        return cls(identifier(schema, setting=setting), identifier(name, setting=setting))


def job_name(run_id: str) -> str:
    """Return the Data Pump job name of a run, e.g. `SIAK_20250109T093000Z_A1B2C3` (28 characters).

    Old releases keep job names of at most 30 characters (KU$_JOBDESC, 11.2).
    Raises ConfigError for what is not a run id.
    """
    stamp, suffix = split_run_id(run_id)
    return f"{JOB_PREFIX}{stamp}_{suffix.upper()}"


def run_id_of(job: str) -> str | None:
    """Return the run id a job name was made from, or None if it was not made by `job_name`."""
    match = _JOB.fullmatch(job)
    return f"{match['stamp']}-{match['suffix'].lower()}" if match else None


@dataclass(frozen=True)
class PieceSize:
    """The largest size of one dump piece. `text` is what ADD_FILE's filesize gets, e.g. `3900M`."""

    text: str
    size_bytes: int

    @classmethod
    def parse(cls, text: str) -> PieceSize:
        """Read a whole number with an optional K, M or G. Raises ConfigError outside 40K to below 4G."""
        match = _SIZE.fullmatch(text.strip().upper())
        size_bytes = int(match["number"]) * _UNIT_BYTES[match["unit"]] if match else 0
        if match is None or not MIN_PIECE_BYTES <= size_bytes <= MAX_PIECE_BYTES:
            raise ConfigError(
                f"ukuran potongan {text!r} tidak dapat dipakai",
                where="piece_size",
                remedy="tulis misalnya 3900M, antara 40K dan kurang dari 4G",
            )
        return cls(match[0], size_bytes)
