# SPDX-License-Identifier: GPL-3.0-or-later
"""Small text files that hold a secret: read only where nobody else on the machine may read them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

VAULT_MARK = "$ANSIBLE_VAULT"


def read_private(path: Path, *, what: str, max_bytes: int) -> str:
    """Return the text of a secret's file; `what` names the secret in messages, which never hold it.

    Raises:
        ConfigError: it is missing, too open, too long, empty, or no text.
    """
    where = str(path)
    content = read_private_bytes(path, what=what, max_bytes=max_bytes)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"berkas {what} bukan teks UTF-8", where=where, remedy="tulis ulang berkasnya") from error
    if not first_line(text) or len(content) > max_bytes:
        raise ConfigError(
            f"berkas {what} kosong atau terlalu panjang", where=where, remedy=f"isi satu baris {what} saja"
        )
    if text.startswith(VAULT_MARK):
        raise ConfigError(
            f"berkas {what} masih terenkripsi Ansible Vault",
            where=where,
            remedy="isi setelannya dengan nilai vault, atau dekripsi berkasnya",
        )
    return text


def read_private_bytes(path: Path, *, what: str, max_bytes: int) -> bytes:
    """Return a secret file's content, up to one byte more than `max_bytes`.

    The file must be a regular one (no link, no pipe) that others on this
    machine can neither read nor write.

    Raises:
        ConfigError: it is missing or too open.
    """
    where = str(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(
            f"berkas {what} tidak dapat dibuka",
            where=where,
            remedy="letakkan berkas biasa yang dapat dibaca oleh akun backup",
        ) from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError(f"berkas {what} bukan berkas biasa", where=where, remedy="ganti dengan berkas biasa")
        if mode & stat.S_IRWXO:
            raise ConfigError(
                f"berkas {what} terbuka untuk semua orang", where=where, remedy=f"jalankan chmod 600 {where}"
            )
        return os.read(descriptor, max_bytes + 1)
    finally:
        os.close(descriptor)


def first_line(text: str) -> str:
    """Return a text's first line without its end."""
    return text.partition("\n")[0].removesuffix("\r")
