# SPDX-License-Identifier: GPL-3.0-or-later
"""The office on paper: its letterhead, its officials, how it numbers letters and where its media are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ..sop import Sop

Peran = Literal["pelaksana", "paraf", "mengetahui"]

DEFAULT_NUMBER = "{urut}/Laporan-Backup/{bulan_romawi}/{tahun}"

#: Who signs where the office names nobody. The SOP's flow-chart marks are lost, so this is a reading, not its word.
_DEFAULT_OFFICIALS = (
    ("pelaksana", "Administrator Database"),
    ("paraf", "Kasi SIAK"),
    ("mengetahui", "Kabid PIAK"),
)

_KEYS = ("instansi", "alamat", "logo", "tempat", "nomor", "pejabat", "lokasi_simpan")
_OFFICIAL_KEYS = ("peran", "jabatan", "nama", "nip")
_MAX_LINES = 5
_MAX_TEXT = 200
_MAX_OFFICIALS = 6
_MAX_MEDIA = 1000
_MAX_LOGO_BYTES = 512 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_FIELD = re.compile(r"\{(urut|bulan_romawi|bulan|tahun)(?::0([2-6]))?\}")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

#: Where a number is still to be written by hand.
BLANK = "." * 12


@dataclass(frozen=True)
class Official:
    """Somebody who signs. `nama` and `nip` (18 digits) are empty where they are filled in by hand."""

    peran: Peran
    jabatan: str
    nama: str = ""
    nip: str = ""

    @property
    def nip_shown(self) -> str:
        """The NIP as it is written, `YYYYMMDD YYYYMM G NNN`; empty if there is none."""
        return f"{self.nip[:8]} {self.nip[8:14]} {self.nip[14]} {self.nip[15:]}" if self.nip else ""


@dataclass(frozen=True)
class Logo:
    """The region's arms, as the file holds them."""

    format: Literal["png", "svg"]
    content: bytes


@dataclass(frozen=True)
class Letterhead:
    """What an office prints on its papers.

    `instansi` are the letterhead's lines, `number_pattern` makes the Laporan's number, `lokasi_simpan` tells by a
    medium's label where it is kept.
    """

    instansi: tuple[str, ...]
    alamat: str = ""
    logo: Logo | None = None
    tempat: str = ""
    number_pattern: str = DEFAULT_NUMBER
    officials: tuple[Official, ...] = ()
    lokasi_simpan: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: Mapping[str, object], sop: Sop, *, setting: str = "kop_surat") -> Letterhead:
        """Check the settings of an inventory.

        Args:
            content: any of `instansi` (lines; the SOP's own if absent or empty), `alamat`, `logo` (path of a PNG or
                SVG file), `tempat`, `nomor` (a pattern), `pejabat` (a list of `peran`, `jabatan`, `nama`, `nip`) and
                `lokasi_simpan` (medium's label -> place).
            sop: whose letterhead is used where the office gives none.
            setting: the inventory's name of `content`, for messages.

        Raises:
            ConfigError: naming the key that is unknown or impossible, or the logo that cannot be read.
        """
        return _Reader(setting).letterhead(content, sop)

    def of_peran(self, peran: Peran) -> tuple[Official, ...]:
        """Return who signs in a part, in the settings' order."""
        return tuple(official for official in self.officials if official.peran == peran)

    def number(self, urut: int | None, day: date) -> str:
        """Return the number of a Laporan of a day, e.g. `7/Laporan-Backup/I/2025`; dots for an unknown `urut`."""

        def shown(found: re.Match[str]) -> str:
            width = int(found[2] or 0)
            match found[1]:
                case "urut":
                    return BLANK if urut is None else f"{urut:0{width}}"
                case "bulan_romawi":
                    return _ROMAN[day.month - 1]
                case "bulan":
                    return f"{day.month:0{width}}"
                case _:
                    return f"{day.year:0{width}}"

        return _FIELD.sub(shown, self.number_pattern)

    def place_of(self, label: str) -> str:
        """Return where a medium is kept, empty if the office has not said."""
        return self.lokasi_simpan.get(label, "")


class _Reader:
    """Turns unchecked settings into a Letterhead; every refusal names the key."""

    def __init__(self, setting: str) -> None:
        self._setting = setting

    def letterhead(self, content: Mapping[str, object], sop: Sop) -> Letterhead:
        table = self._table(content, "", _KEYS)
        return Letterhead(
            instansi=self._lines(table.get("instansi") or list(sop.instansi)),
            alamat=self._text(table.get("alamat"), "alamat"),
            logo=self._logo(self._text(table.get("logo"), "logo", 4096)),
            tempat=self._text(table.get("tempat"), "tempat"),
            number_pattern=self._pattern(self._text(table.get("nomor"), "nomor") or DEFAULT_NUMBER),
            officials=self._officials(table.get("pejabat")),
            lokasi_simpan=self._places(table.get("lokasi_simpan")),
        )

    def _lines(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > _MAX_LINES:
            raise self._error("instansi", f"harus daftar paling banyak {_MAX_LINES} baris")
        return tuple(self._text(line, "instansi", empty=False) for line in value)

    def _logo(self, path: str) -> Logo | None:
        if not path:
            return None
        try:
            with Path(path).open("rb") as file:
                content = file.read(_MAX_LOGO_BYTES + 1)
        except OSError as error:
            raise ConfigError(
                f"logo tidak dapat dibaca, {error.strerror}",
                where=f"{self._setting}.logo: {path}",
                remedy="periksa letak berkasnya, atau kosongkan setelan itu",
            ) from error
        if len(content) > _MAX_LOGO_BYTES:
            raise self._error("logo", f"lebih dari {_MAX_LOGO_BYTES // 1024} KiB: {path}")
        if content.startswith(_PNG):
            return Logo("png", content)
        if b"<svg" in content and _is_utf8(content):
            return Logo("svg", content)
        raise self._error("logo", f"bukan PNG atau SVG: {path}")

    def _pattern(self, pattern: str) -> str:
        names = [found[1] for found in _FIELD.finditer(pattern)]
        if names.count("urut") != 1 or set("{}") & set(_FIELD.sub("", pattern)):
            raise self._error(
                "nomor", "harus memuat {urut} sekali, dan selain itu hanya {bulan}, {bulan_romawi} atau {tahun}"
            )
        return pattern

    def _officials(self, value: object) -> tuple[Official, ...]:
        listed = value or [{"peran": peran, "jabatan": jabatan} for peran, jabatan in _DEFAULT_OFFICIALS]
        if not isinstance(listed, list) or len(listed) > _MAX_OFFICIALS:
            raise self._error("pejabat", f"harus daftar paling banyak {_MAX_OFFICIALS} pejabat")
        return tuple(self._official(item, f"pejabat.{number}") for number, item in enumerate(listed, start=1))

    def _official(self, value: object, key: str) -> Official:
        table = self._table(value, key, _OFFICIAL_KEYS)
        peran = next((known for known in get_args(Peran) if known == table.get("peran")), None)
        if peran is None:
            raise self._error(f"{key}.peran", f"harus salah satu dari {', '.join(get_args(Peran))}")
        # YAML reads 18 bare digits as a number.
        nip = re.sub(r"[ .]", "", self._text(str(table.get("nip") or ""), f"{key}.nip"))
        if nip and not re.fullmatch(r"[0-9]{18}", nip):
            raise self._error(f"{key}.nip", "harus 18 angka")
        return Official(
            peran,
            self._text(table.get("jabatan"), f"{key}.jabatan", empty=False),
            self._text(table.get("nama"), f"{key}.nama"),
            nip,
        )

    def _places(self, value: object) -> dict[str, str]:
        places = {} if value is None else value
        if not isinstance(places, dict) or len(places) > _MAX_MEDIA:
            raise self._error("lokasi_simpan", f"harus tabel paling banyak {_MAX_MEDIA} label media")
        return {
            self._text(label, "lokasi_simpan", empty=False): self._text(place, f"lokasi_simpan.{label}")
            for label, place in places.items()
        }

    def _table(self, value: object, key: str, names: tuple[str, ...]) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self._error(key, "harus tabel")
        for name in value:
            if name not in names:
                raise self._error(f"{key}.{name}" if key else str(name), "tidak dikenal")
        return value

    def _text(self, value: object, key: str, longest: int = _MAX_TEXT, *, empty: bool = True) -> str:
        text = "" if value is None else value
        if not isinstance(text, str) or len(text) > longest or not text.isprintable() or not (text.strip() or empty):
            raise self._error(key, f"harus teks satu baris, paling panjang {longest} huruf")
        return text.strip()

    def _error(self, key: str, problem: str) -> ConfigError:
        where = f"{self._setting}.{key[:100]}" if key else self._setting
        return ConfigError(f"setelan kop surat {problem}", where=where, remedy="perbaiki setelan itu")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
