# SPDX-License-Identifier: GPL-3.0-or-later
"""How a file lies on a medium: as it is, compressed (zstd, RFC 8878), encrypted (age-encryption.org/v1), or both.

Only public keys are known here: what was encrypted is opened elsewhere, by the
`age` program and the private key. docs/media-encryption.md says how.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from ..durable import archive_errors, open_regular
from ..errors import ConfigError
from .optional import library

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType, TracebackType

RECIPIENTS_SETTING: Final = "siak_age_recipients"
COMPRESS_SETTING: Final = "siak_media compress"

ZSTD_SUFFIX: Final = ".zst"
AGE_SUFFIX: Final = ".age"

#: Faster than any disk an office plugs in; higher levels save little more of a dump and are slower than the disk.
_LEVEL = 1

#: Each worker holds some MiB, and past this many the disk is what one waits for.
_MOST_THREADS = 4

#: What is asked of the reader at a time. age itself asks for 8 KiB, zstd writes what it is told.
_CHUNK_BYTES = 1024 * 1024

#: A sample: this many pieces of this size, spread evenly over the file.
_SAMPLES = 16
_SAMPLE_BYTES = 256 * 1024

#: A file that shrinks to more than this is left as it is.
_MOST_LEFT_PERCENT = 90

#: What every private key says of itself, whether age's or OpenSSH's.
_PRIVATE_WORDS = ("SECRET-KEY", "PRIVATE KEY")


class Source(Protocol):
    """What is read from, front to back."""

    def read(self, size_bytes: int, /) -> bytes:
        """Return at most so many bytes, and none at the end."""
        ...


class Sink(Protocol):
    """What is written to; it takes all it is given."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes, of any number."""
        ...


@dataclass(frozen=True)
class Encoding:
    """Compressed with zstd or not, then encrypted for public keys or, without any, not.

    `recipients` are age's (`age1...`) or OpenSSH's (`ssh-ed25519 ...`,
    `ssh-rsa ...`); one private key of any of them opens the file. They are no
    part of the repr: somebody may have pasted a private key.
    """

    compress: bool = False
    recipients: tuple[str, ...] = field(default=(), repr=False)

    @property
    def suffix(self) -> str:
        """What is added to a file's name; its programs are named from right to left when it is opened."""
        return (ZSTD_SUFFIX if self.compress else "") + (AGE_SUFFIX if self.recipients else "")

    @property
    def plain(self) -> bool:
        """Whether a file lies on the medium as it is."""
        return not self.suffix

    def check(self) -> None:
        """Raise ConfigError unless every recipient is a public key and the libraries needed are installed.

        No message repeats a recipient.
        """
        if self.compress:
            _zstandard()
        if self.recipients:
            self._keys()

    def pump(self, reader: Source, writer: Sink) -> None:
        """Read to the end, encode, write; holds some MiB, whatever the length.

        One thread of Python at work: age reads from zstd, zstd from `reader`
        (its own workers are native and need no GIL). So whatever `reader` or
        `writer` raises ends all of it, and is raised here, the same object.

        Raises ConfigError as `check` does.
        """
        fault = _Fault()
        source, sink = _Source(reader, fault), _Sink(writer, fault)
        try:
            self._encode(source, sink)
        except BaseException:
            if not fault.happened:
                raise
        # pyrage turns exceptions into its own, and drops one that its last flush meets.
        fault.reraise()

    def _encode(self, source: _Source, sink: _Sink) -> None:
        keys = self._keys() if self.recipients else []
        if not self.compress:
            if keys:
                _pyrage().encrypt_io(source, sink, keys)
                return
            while data := source.read(_CHUNK_BYTES):
                sink.write(data)
            return
        threads = min(_MOST_THREADS, len(os.sched_getaffinity(0)))
        compressor = _zstandard().ZstdCompressor(level=_LEVEL, threads=threads, write_checksum=True)
        if keys:
            with compressor.stream_reader(source, read_size=_CHUNK_BYTES, closefd=False) as compressed:
                _pyrage().encrypt_io(compressed, sink, keys)
        else:
            compressor.copy_stream(source, sink, read_size=_CHUNK_BYTES, write_size=_CHUNK_BYTES)

    def _keys(self) -> list[object]:
        pyrage = _pyrage()
        keys = []
        for number, recipient in enumerate(self.recipients, 1):
            if any(word in recipient.upper() for word in _PRIVATE_WORDS):
                raise ConfigError(
                    f"penerima ke-{number} adalah kunci RAHASIA, node kendali hanya boleh memegang kunci publik",
                    where=RECIPIENTS_SETTING,
                    remedy="hapus dari sini, anggap sudah bocor, buat kunci baru, lalu isi kunci publiknya (age1...)",
                )
            kind = pyrage.ssh if recipient.startswith("ssh-") else pyrage.x25519
            try:
                keys.append(kind.Recipient.from_str(recipient))
            except pyrage.RecipientError:
                raise ConfigError(
                    f"penerima ke-{number} bukan kunci publik age",
                    where=RECIPIENTS_SETTING,
                    remedy="isi dengan kunci publik dari age-keygen (age1...), atau ssh-ed25519/ssh-rsa",
                ) from None
        return keys


def worth_compressing(path: Path) -> bool:
    """Tell from a sample of at most 4 MiB whether zstd saves at least a tenth of a file.

    What Data Pump compressed or encrypted itself does not shrink again.

    Raises:
        ConfigError: zstandard is not installed.
        ArchiveError: the file cannot be read.
    """
    compressor = _zstandard().ZstdCompressor(level=_LEVEL)
    sampled_bytes = left_bytes = 0
    with archive_errors(path):
        descriptor = open_regular(path)
        try:
            last = max(0, os.fstat(descriptor).st_size - _SAMPLE_BYTES)
            for offset in sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)}):
                data = os.pread(descriptor, _SAMPLE_BYTES, offset)
                sampled_bytes += len(data)
                left_bytes += len(compressor.compress(data))
        finally:
            os.close(descriptor)
    return left_bytes * 100 <= sampled_bytes * _MOST_LEFT_PERCENT


def _zstandard() -> ModuleType:
    return library("zstandard", setting=COMPRESS_SETTING)


def _pyrage() -> ModuleType:
    return library("pyrage", setting=RECIPIENTS_SETTING)


class _Fault:
    """The first exception of reader or writer. Entered around each call of either, it lets none follow a failed one."""

    def __init__(self) -> None:
        self._first: BaseException | None = None

    def __enter__(self) -> None:
        self.reraise()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._first = error

    @property
    def happened(self) -> bool:
        """Whether there was one."""
        return self._first is not None

    def reraise(self) -> None:
        """Raise the exception, if there was one."""
        if self._first is not None:
            raise self._first


class _Source:
    """Gives small pieces of what it reads in large ones."""

    def __init__(self, reader: Source, fault: _Fault) -> None:
        self._reader = reader
        self._fault = fault
        self._left = memoryview(b"")

    def read(self, size_bytes: int) -> bytes:
        """Return at most so many bytes, and none at the end."""
        with self._fault:
            if not self._left:
                self._left = memoryview(self._reader.read(_CHUNK_BYTES))
            data, self._left = self._left[:size_bytes], self._left[size_bytes:]
            return bytes(data)


class _Sink:
    """Hands on what it is given."""

    def __init__(self, writer: Sink, fault: _Fault) -> None:
        self._writer = writer
        self._fault = fault

    def write(self, data: bytes) -> int:
        """Take all of the bytes and return how many they were."""
        with self._fault:
            self._writer.write(data)
            return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is kept back."""
