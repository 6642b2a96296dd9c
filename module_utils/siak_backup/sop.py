# SPDX-License-Identifier: GPL-3.0-or-later
"""The SOP as data: what must be done, by whom, with what, within which time, with which output.

Attributes bear the SOP's own words. Roles, the agenda and every report read
the same file, so a revision of the SOP is a change of that file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import yaml

from .calendar import iso_day
from .errors import SopError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable
    from pathlib import Path

AFTER_SERVICE = "setelah jam pelayanan"

_MAX_FILE_BYTES = 64 * 1024
_MAX_TEXT = 500
_MAX_MINUTES = 24 * 60
_MAX_ITEMS = 30
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}")

_SOP_KEYS = ("nama", "nomor", "instansi", "tanggal", "dasar_hukum", "keterkaitan", "peringatan", "langkah")
_DATE_KEYS = ("pembuatan", "revisi", "efektif")
_STEP_KEYS = ("kegiatan", "kelengkapan", "waktu", "output", "pelaksana", "role")


@dataclass(frozen=True)
class Step:
    """One line of the SOP's table.

    `waktu_minutes` is None where the SOP asks for "setelah jam pelayanan"
    instead of a limit; `output` is None where it asks for none. `role` is the
    Ansible role that performs the step.
    """

    number: int
    kegiatan: str
    kelengkapan: tuple[str, ...]
    waktu_minutes: int | None
    output: str | None
    pelaksana: tuple[str, ...]
    role: str

    @property
    def waktu(self) -> str:
        """The time demanded, as people read it."""
        return AFTER_SERVICE if self.waktu_minutes is None else f"{self.waktu_minutes} menit"

    @property
    def mutu_baku(self) -> str:
        """What the SOP demands of the step: time, then output if any."""
        return f"{self.waktu}; {self.output}" if self.output else self.waktu


@dataclass(frozen=True)
class Sop:
    """A whole SOP. `steps` are in the SOP's order, numbered from 1."""

    nama: str
    nomor: str
    instansi: tuple[str, ...]
    pembuatan: date
    revisi: date | None
    efektif: date
    dasar_hukum: tuple[str, ...]
    keterkaitan: tuple[str, ...]
    peringatan: tuple[str, ...]
    steps: tuple[Step, ...]

    def step_of_role(self, role: str) -> Step | None:
        """Return the step a role performs, or None if it performs none."""
        return next((step for step in self.steps if step.role == role), None)

    def of_steps(self, numbers: Collection[int]) -> Sop:
        """Return the SOP with some of its steps only, as a run of those performs it; none for all."""
        return replace(self, steps=tuple(step for step in self.steps if step.number in numbers)) if numbers else self


def load_sop(path: Path) -> Sop:
    """Read and check a SOP file.

    Raises:
        SopError: the file cannot be read, is larger than 64 KiB, is not YAML,
            or says something impossible; the message names the key.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SopError(
            f"berkas SOP tidak dapat dibaca, {error.strerror}", where=str(path), remedy="periksa setelan sop_path"
        ) from error
    if len(raw) > _MAX_FILE_BYTES:
        raise SopError("berkas SOP lebih dari 64 KiB", where=str(path), remedy="periksa setelan sop_path")
    try:
        content = yaml.load(raw, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader that also refuses repeated keys
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", baris {mark.line + 1}" if mark else ""
        raise SopError(
            "berkas SOP bukan YAML yang benar", where=f"{path}{line}", remedy="perbaiki penulisannya"
        ) from error
    return _Reader(path).sop(content)


class _StrictLoader(yaml.SafeLoader):
    """PyYAML silently keeps the last of two equal keys; in a SOP that would hide a limit."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the signature is PyYAML's
        keys = [key.value for key, _ in node.value]
        repeated = {str(key) for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"repeated {sorted(repeated)}", node.start_mark)
        return super().construct_mapping(node, deep=deep)


class _Reader:
    """Turns unchecked YAML into a Sop; every refusal names file and key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sop(self, content: object) -> Sop:
        top = self._table(content, "", _SOP_KEYS)
        dates = self._table(top["tanggal"], "tanggal", _DATE_KEYS)
        items = top["langkah"]
        if not isinstance(items, list) or not 1 <= len(items) <= _MAX_ITEMS:
            raise self._error("langkah", f"harus daftar 1 sampai {_MAX_ITEMS} langkah")
        steps = tuple(self._step(item, number) for number, item in enumerate(items, start=1))
        roles = [step.role for step in steps]
        for step in steps:
            if roles.count(step.role) > 1:
                raise self._error(f"langkah.{step.number}.role", f"{step.role!r} dipakai lebih dari satu langkah")
        return Sop(
            nama=self._text(top["nama"], "nama"),
            nomor=self._text(top["nomor"], "nomor"),
            instansi=self._texts(top["instansi"], "instansi"),
            pembuatan=self._date(dates["pembuatan"], "tanggal.pembuatan"),
            revisi=None if dates["revisi"] is None else self._date(dates["revisi"], "tanggal.revisi"),
            efektif=self._date(dates["efektif"], "tanggal.efektif"),
            dasar_hukum=self._texts(top["dasar_hukum"], "dasar_hukum"),
            keterkaitan=self._texts(top["keterkaitan"], "keterkaitan"),
            peringatan=self._texts(top["peringatan"], "peringatan"),
            steps=steps,
        )

    def _step(self, content: object, number: int) -> Step:
        key = f"langkah.{number}"
        table = self._table(content, key, _STEP_KEYS)
        role = self._text(table["role"], f"{key}.role")
        if not _ROLE.fullmatch(role):
            raise self._error(f"{key}.role", f"{role!r} bukan nama role")
        return Step(
            number=number,
            kegiatan=self._text(table["kegiatan"], f"{key}.kegiatan"),
            kelengkapan=self._texts(table["kelengkapan"], f"{key}.kelengkapan"),
            waktu_minutes=self._waktu(table["waktu"], f"{key}.waktu"),
            output=None if table["output"] is None else self._text(table["output"], f"{key}.output"),
            pelaksana=self._texts(table["pelaksana"], f"{key}.pelaksana"),
            role=role,
        )

    def _waktu(self, value: object, key: str) -> int | None:
        if value == AFTER_SERVICE:
            return None
        if type(value) is int and 1 <= value <= _MAX_MINUTES:
            return value
        raise self._error(key, f"harus menit antara 1 dan {_MAX_MINUTES}, atau {AFTER_SERVICE!r}")

    def _table(self, value: object, key: str, names: tuple[str, ...]) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self._error(key or "seluruh berkas", "harus tabel")
        prefix = f"{key}." if key else ""
        for name in names:
            if name not in value:
                raise self._error(prefix + name, "tidak ada")
        for name in value:
            if name not in names:
                raise self._error(f"{prefix}{name}", "tidak dikenal")
        return value

    def _texts(self, value: object, key: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= _MAX_ITEMS:
            raise self._error(key, f"harus daftar 1 sampai {_MAX_ITEMS} teks")
        return tuple(self._text(item, f"{key}.{number}") for number, item in enumerate(value, start=1))

    def _text(self, value: object, key: str) -> str:
        # Printable: these texts go to terminals and papers.
        if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT or not value.isprintable():
            raise self._error(key, f"harus teks satu baris, paling panjang {_MAX_TEXT} huruf")
        return value

    def _date(self, value: object, key: str) -> date:
        if type(value) is date:
            return value
        day = iso_day(value) if isinstance(value, str) else None
        if day is None:
            raise self._error(key, "harus tanggal YYYY-MM-DD")
        return day

    def _error(self, key: str, problem: str) -> SopError:
        return SopError(f"{key[:100]} {problem}", where=str(self._path), remedy="perbaiki berkas SOP")
