# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of encoding share: keys, readers, writers, and opening by the libraries and by the programs."""

from __future__ import annotations

import functools
import io
import random
import shutil
import subprocess

import pyrage
import pytest
import zstandard
from siak_backup.media.encode import Encoding

IDENTITY = pyrage.x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())

#: Every way in which a file can lie on a medium.
ENCODINGS = tuple(
    Encoding(compress=compress, recipients=keys) for compress in (False, True) for keys in ((), (RECIPIENT,))
)


def name_of(encoding: Encoding) -> str:
    return encoding.suffix or "plain"


def half_compressible(size_bytes: int) -> bytes:
    """Return bytes that zstd makes about half of, the same at every call."""
    return (_block() * (size_bytes // len(_block()) + 1))[:size_bytes]


@functools.cache
def _block() -> bytes:
    """Longer than the window in which zstd -1 looks for repetitions."""
    noise = random.Random(6208)
    return b"".join(noise.randbytes(2048) + b"%08d|BIODATA_WNI|KECAMATAN|" % number * 73 for number in range(1024))


def encode(encoding: Encoding, data: bytes) -> bytes:
    writer = io.BytesIO()
    encoding.pump(io.BytesIO(data), writer)
    return writer.getvalue()


def decode(encoding: Encoding, stored: bytes) -> bytes:
    """Open with the libraries."""
    if encoding.recipients:
        stored = pyrage.decrypt(stored, [IDENTITY])
    if encoding.compress:
        stored = zstandard.ZstdDecompressor().decompressobj().decompress(stored)
    return stored


def need_programs(*names: str) -> None:
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"the program {name} is not installed")


def run(*command: str, data: bytes) -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=60).stdout
