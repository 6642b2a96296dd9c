# SPDX-License-Identifier: GPL-3.0-or-later
"""The control node's side: archive, media, processor, and what the last nights took. Writes nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..archive.folder import nights_of, read_manifest
from ..archive.names import MANIFEST_NAME
from ..calendar import number, size
from ..errors import ArchiveError, ConfigError, MediumError
from ..media.ask import ask
from ..media.digest import BLAKE3, cpu_hashes_fast
from ..preflight import local, media
from ..preflight.report import Check, check
from ..preflight.run import look_for_room
from .finding import Finding, Mark, failed, fine, of_check, of_error, unknown, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..archive.manifest import Manifest
    from ..oracle.connection import ConnectionSettings
    from ..preflight.request import Request

_NIGHTS: Final = ("nights", "Malam terakhir")
_PASSWORD: Final = ("password", "Kata sandi")

#: Nights the archive should still take, so that somebody can act in time.
_FEW_NIGHTS = 7

#: Nights that are compared with what is free.
_LAST_NIGHTS = 3


@dataclass(frozen=True)
class Here:
    """What was found on the control node. `media` and `checks` are for the look for room, once there is an estimate."""

    findings: tuple[Finding, ...]
    nights: tuple[Manifest, ...]
    media: list[media.Seen]
    checks: tuple[Check, ...]

    @property
    def known_file(self) -> str:
        """The log of the last night, which stays in the server's folder; empty if there was no night."""
        return self.nights[0].files[-1].source if self.nights else ""


def look_here(request: Request, media_digest: str) -> Here:
    """Take every look that needs no server; `media_digest` is what copies are read back by."""
    settings = check("settings", lambda: local.look_at_settings(request))
    archive = check("archive", lambda: local.look_at_archive(request))
    of_media, seen = media.look_at_media(request)
    nights, of_nights = _nights(request, seen)
    findings = (
        of_check("Pengaturan", settings),
        of_check(
            "Arsip",
            archive,
            f"mkdir -m 700 -p {request.archive_dir}" if not request.archive_dir.is_dir() else "",
        ),
        of_nights,
        *(_medium(one, found) for one, found in zip(of_media, seen, strict=True)),
        _processor(media_digest),
    )
    return Here(findings, nights, seen, (settings, archive))


def look_at_scope(request: Request) -> Finding:
    """Tell whether what is exported holds every key table."""
    return of_check("Pilihan ekspor", check("scope", lambda: local.look_at_scope(request)))


def look_at_room(request: Request, here: Here, estimate_bytes: int | None) -> list[Finding]:
    """Compare what is free with the estimate and with what the last nights took."""
    titles = {"archive_room": "Ruang arsip"}
    if estimate_bytes is None:
        return [
            unknown(
                "archive_room",
                titles["archive_room"],
                "perkiraan ukuran ekspor tidak diketahui",
                "jalankan backup satu malam" if request.script else "perbaiki dahulu pemeriksaan ukuran ekspor",
            )
        ]
    checks = look_for_room(request, here.checks, estimate_bytes, here.media)
    return [of_check(titles.get(one.name, "Ruang media"), one) for one in checks]


def look_at_password(settings: ConnectionSettings) -> Finding:
    """Tell where the password comes from, or why there is none."""
    if settings.wallet_login:
        return fine(*_PASSWORD, "login dari wallet")
    try:
        settings.secret()
    except ConfigError as error:
        return of_error(*_PASSWORD, error)
    return fine(*_PASSWORD, f"dari {settings.password_file}" if settings.password_file else "dari variabel Ansible")


def _nights(request: Request, seen: Sequence[media.Seen]) -> tuple[tuple[Manifest, ...], Finding]:
    """Return the manifests of the last nights, and how many more of the kind the archive takes."""
    nights: list[Manifest] = []
    try:
        names = nights_of(request.server_dir)[:_LAST_NIGHTS]
        nights += [read_manifest(request.server_dir / name / MANIFEST_NAME) for name in names]
    except ArchiveError as error:
        return tuple(nights), of_error(*_NIGHTS, error)
    if not nights:
        return (), fine(*_NIGHTS, "belum ada malam di arsip")
    largest = max(sum(entry.size_bytes for entry in night.files) for night in nights)
    try:
        free = _free_bytes(request.archive_dir, seen)
    except OSError as error:
        return tuple(nights), failed(
            *_NIGHTS, f"sisa arsip tidak terbaca: {error.strerror}", f"df -h {request.archive_dir}"
        )
    except MediumError as error:
        return tuple(nights), of_error(*_NIGHTS, error)
    more = {place: bytes_ // max(largest, 1) for place, bytes_ in free.items()}
    told = ", ".join(f"{place} {number(count)}" for place, count in more.items())
    text = f"{nights[0].folder}, terbesar {size(largest)}; masih memuat malam seperti itu: {told}"
    if few := [place for place, count in more.items() if count < _FEW_NIGHTS]:
        return tuple(nights), warning(*_NIGHTS, text, f"kosongkan, ganti atau perbesar {', '.join(few)}")
    return tuple(nights), fine(*_NIGHTS, text)


def _free_bytes(archive_dir: Path, seen: Sequence[media.Seen]) -> dict[str, int]:
    """Return what is free in the archive and on each medium that is here. Raises OSError, MediumError."""
    free = {"arsip": _free_at(archive_dir)}
    for one in seen:
        if one.medium is not None:
            free[f"media {one.medium.label}"] = ask(one.slot, partial(_free_at, one.slot.path))
    return free


def _free_at(path: Path) -> int:
    return shutil.disk_usage(path).free


def _medium(one: Check, seen: media.Seen) -> Finding:
    title = f"Media {seen.slot.name}"
    if one.ok and seen.medium is None:
        return warning(one.name, title, one.message, f"pasang media {seen.slot.name}")
    return of_check(title, one)


def _processor(media_digest: str) -> Finding:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    found = media.look_at_cpu(text).message
    slow = not cpu_hashes_fast(text) and media_digest != BLAKE3
    return Finding(
        "cpu", "Prosesor", Mark.WARNING if slow else Mark.OK, found, "siak_media_digest: blake3" if slow else ""
    )


def nothing_seen(title: str, names: Sequence[str]) -> Finding:
    """Return the one line that stands for all looks that need the server, where it is not reached."""
    return unknown(
        "inside",
        title,
        f"{len(names)} pemeriksaan menunggu sambungan: {', '.join(names)}",
        "perbaiki dahulu yang GAGAL di atas",
    )
