# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of heads by OpenSSH: `ssh-keygen -Y`, ssh-keygen(1)."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..durable import open_regular, write_atomic
from ..errors import AgendaError, ConfigError, JournalDamagedError
from .heads import HEADS_DIR, Head, read_head
from .journal import agenda_errors

if TYPE_CHECKING:
    from pathlib import Path

#: What a signature is for; one made for something else is refused.
NAMESPACE = "siak-agenda"

_PROGRAM = "ssh-keygen"
_LIMIT_S = 30
_MAX_BYTES = 16 * 1024
_BEGIN = b"-----BEGIN SSH SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class Signed:
    """A head whose signature is good, and the principal that the allowed signers give its key."""

    head: Head
    signer: str


def sign(agenda_dir: Path, head: Head, key: Path) -> Path:
    """Write a head and its signature to `<agenda>/heads/<node>-<seq>.txt` and `.txt.sig`; return the former.

    `key` is a private key without passphrase, or a public one whose private
    part an agent holds. A head that is signed already is signed again only if
    its signature is gone.

    Raises:
        JournalDamagedError: another line with this number was signed before.
        ConfigError: the key cannot sign, or there is no ssh-keygen.
        AgendaError: the files cannot be written.
    """
    folder = agenda_dir / HEADS_DIR
    path, signature = folder / f"{head.name}.txt", folder / f"{head.name}.txt.sig"
    with agenda_errors(folder):
        folder.mkdir(mode=0o750, exist_ok=True)
        if path.exists() and _read(path) != head.text().encode():
            raise JournalDamagedError(
                f"kepala baris ke-{head.seq} yang sudah dicatat berbeda dari jurnal sekarang",
                where=str(path),
                remedy="jurnal ditulis ulang sesudah itu, cari salinan lamanya dan laporkan",
            )
        if path.exists() and signature.exists():
            return path
    done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", str(key.absolute())], head.text().encode(), str(key))
    if done.returncode != 0 or not done.stdout.startswith(_BEGIN):
        raise ConfigError(
            f"kunci tidak dapat menandatangani, {_said(done)}",
            where=str(key),
            remedy="pakai kunci OpenSSH tanpa passphrase, atau kunci publik yang dipegang ssh-agent",
        )
    with agenda_errors(folder):
        write_atomic(signature, done.stdout, mode=0o640)
        write_atomic(path, head.text().encode(), mode=0o640)
    return path


def verified(path: Path, allowed_signers: Path) -> Signed:
    """Return the head of a `.txt` file whose `.txt.sig` is good. `allowed_signers` is as in ssh-keygen(1).

    Raises:
        JournalDamagedError: it is no head, or its signature is missing, of another text or of nobody allowed.
        AgendaError: it cannot be read.
        ConfigError: there is no ssh-keygen.
    """
    signature = path.with_name(f"{path.name}.sig")
    with agenda_errors(path):
        raw = _read(path)
    head = read_head(raw.decode("ascii", errors="replace"))
    if head is None:
        raise _unproven("bukan kepala jurnal", path)
    if not signature.is_file():
        raise _unproven("tanda tangannya tidak ada", path)
    signers = ["-f", str(allowed_signers.absolute()), "-s", str(signature.absolute())]
    found = _run(["-Y", "find-principals", *signers], b"", str(path))
    signer = found.stdout.decode(errors="replace").split("\n")[0].split(",")[0].strip()
    if found.returncode != 0 or not signer or not signer.isprintable():
        raise _unproven(f"penandatangannya tidak dikenal, {_said(found)}", path)
    done = _run(["-Y", "verify", "-n", NAMESPACE, "-I", signer, *signers], raw, str(path))
    if done.returncode != 0:
        raise _unproven(f"tanda tangannya tidak sah, {_said(done)}", path)
    return Signed(head, signer)


def _unproven(what: str, path: Path) -> JournalDamagedError:
    return JournalDamagedError(
        f"kepala tidak terbukti, {what}", where=str(path), remedy="periksa folder kepala dan daftar penandatangan"
    )


def _read(path: Path) -> bytes:
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read(_MAX_BYTES)


def _run(arguments: list[str], text: bytes, where: str) -> subprocess.CompletedProcess[bytes]:
    # Its own session has no terminal, so that it fails where it would ask for a passphrase.
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "SSH_AUTH_SOCK") if key in os.environ}
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; names of files are its arguments, never code
            [_PROGRAM, *arguments],
            input=text,
            capture_output=True,
            timeout=_LIMIT_S,
            env=environment | {"LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"},
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ConfigError(
            f"{_PROGRAM} tidak ditemukan", where=where, remedy="pasang paket openssh-client, versi 8.2 atau lebih baru"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise AgendaError(
            f"{_PROGRAM} tidak selesai dalam {_LIMIT_S} detik", where=where, remedy="periksa ssh-agent dan kuncinya"
        ) from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the last thing ssh-keygen said, on one line; it quotes no secret."""
    words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["tanpa keterangan"]
    return "".join(letter if letter.isprintable() else "?" for letter in words[0])[:300].rstrip(".")
