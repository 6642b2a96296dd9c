# SPDX-License-Identifier: GPL-3.0-or-later
"""Encoding on the medium: what goes in comes out, errors come out as they are, memory is bounded."""

from __future__ import annotations

import errno
import gzip
import io
import os
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.errors import ArchiveError, ConfigError, VanishedError
from siak_backup.media.encode import Encoding, worth_compressing

from tests.unit.media.encoded import (
    ENCODINGS,
    IDENTITY,
    RECIPIENT,
    decode,
    encode,
    half_compressible,
    name_of,
    need_programs,
    run,
)

AGE_CHUNK = 64 * 1024
OUR_CHUNK = 1024 * 1024
#: Sizes at which some layer turns over: age's reads and chunks, our reads, zstd's blocks.
BORDERS = (0, 8192, AGE_CHUNK, 128 * 1024, OUR_CHUNK, OUR_CHUNK + AGE_CHUNK)

every_encoding = pytest.mark.parametrize("encoding", ENCODINGS, ids=name_of)


@pytest.mark.parametrize(
    ("compress", "recipients", "suffix"),
    [(False, (), ""), (True, (), ".zst"), (False, (RECIPIENT,), ".age"), (True, (RECIPIENT,), ".zst.age")],
)
def test_the_suffix_says_what_was_done_in_order(compress, recipients, suffix):
    encoding = Encoding(compress=compress, recipients=recipients)
    assert (encoding.suffix, encoding.plain) == (suffix, not suffix)


@every_encoding
@given(border=st.sampled_from(BORDERS), more=st.integers(-2, 2), seed=st.integers(0, 3))
def test_what_goes_in_comes_out_around_every_border(encoding, border, more, seed):
    data = half_compressible(max(0, border + more) + seed)[seed:]
    assert decode(encoding, encode(encoding, data)) == data


@every_encoding
@given(sizes=st.lists(st.integers(1, 200_000), max_size=12))
def test_a_reader_may_give_less_than_it_is_asked_for(encoding, sizes):
    data = half_compressible(sum(sizes))
    pieces = iter(sizes)

    class Slow(io.BytesIO):
        def read(self, size_bytes=-1):
            return super().read(min(size_bytes, next(pieces, 1)))

    stored = io.BytesIO()
    encoding.pump(Slow(data), stored)
    assert decode(encoding, stored.getvalue()) == data


@every_encoding
def test_the_programs_open_it(encoding, tmp_path):
    need_programs("age", "zstd")
    data = half_compressible(3 * OUR_CHUNK + 17)
    key = tmp_path / "kunci.txt"
    key.write_text(f"{IDENTITY}\n", encoding="ascii")
    stored = encode(encoding, data)
    if encoding.recipients:
        stored = run("age", "-d", "-i", str(key), data=stored)
    if encoding.compress:
        stored = run("zstd", "-d", data=stored)
    assert stored == data


def test_zstd_can_prove_a_compressed_file_by_itself():
    need_programs("zstd")
    stored = bytearray(encode(Encoding(compress=True), half_compressible(OUR_CHUNK)))
    run("zstd", "-t", data=bytes(stored))
    stored[-1] ^= 1
    with pytest.raises(subprocess.CalledProcessError):
        run("zstd", "-t", data=bytes(stored))


def test_each_of_several_keys_opens_it_alone():
    others = [pyrage.x25519.Identity.generate() for _ in range(2)]
    encoding = Encoding(recipients=tuple(str(other.to_public()) for other in others))
    stored = encode(encoding, b"dump")
    assert [pyrage.decrypt(stored, [other]) for other in others] == [b"dump", b"dump"]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(stored, [IDENTITY])


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_an_ssh_key_is_a_recipient(kind, tmp_path):
    need_programs("ssh-keygen")
    run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(tmp_path / "key"), data=b"")
    encoding = Encoding(recipients=((tmp_path / "key.pub").read_text(encoding="ascii").strip(),))
    encoding.check()
    identity = pyrage.ssh.Identity.from_buffer((tmp_path / "key").read_bytes())
    assert pyrage.decrypt(encode(encoding, b"dump"), [identity]) == b"dump"


@every_encoding
def test_a_sound_encoding_passes_its_check(encoding):
    assert encoding.check() is None


WRONG = {
    "empty": "",
    "short": "age1xyz",
    "blank before": f" {RECIPIENT}",
    "cut": RECIPIENT[:-1],
    "newline after": f"{RECIPIENT}\n",
    "ssh": "ssh-rsa AAAA",
    "bytes": "x\0y",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_public_key_is_refused_by_its_place(wrong):
    encoding = Encoding(recipients=(RECIPIENT, wrong))
    with pytest.raises(ConfigError, match=r"SIAK-100 penerima ke-2 bukan kunci publik age \(siak_age_recipients\)"):
        encoding.check()
    with pytest.raises(ConfigError):
        encode(encoding, b"")


PRIVATE_KEYS = {
    "age": str(IDENTITY),
    "lower case": str(IDENTITY).lower(),
    "inside": f"age1 {IDENTITY}",
    "ssh": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----",
}


@pytest.mark.parametrize("private", PRIVATE_KEYS.values(), ids=PRIVATE_KEYS)
def test_a_private_key_is_refused_and_never_repeated(private):
    encoding = Encoding(recipients=(private,))
    with pytest.raises(ConfigError, match="kunci RAHASIA") as caught:
        encoding.check()
    told = repr((str(caught.value), caught.value.as_dict(), caught.value.__cause__, encoding)).upper()
    assert private[-20:].upper() not in told
    assert str(IDENTITY)[20:40] not in told


@pytest.mark.parametrize(
    ("library", "encoding", "setting"),
    [("zstandard", Encoding(compress=True), "siak_media compress"), ("pyrage", ENCODINGS[1], "siak_age_recipients")],
)
def test_a_missing_library_is_told_by_the_setting_that_needs_it(library, encoding, setting, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    for act in (encoding.check, lambda: encode(encoding, b"dump")):
        with pytest.raises(ConfigError, match=f"pustaka Python {library} belum terpasang") as caught:
            act()
        assert caught.value.where == setting
        assert "requirements/run.txt" in caught.value.remedy


def test_nothing_is_needed_to_leave_a_file_plain(monkeypatch):
    for library in ("zstandard", "pyrage"):
        monkeypatch.setitem(sys.modules, library, None)
    assert encode(Encoding(), b"dump") == b"dump"


class Failing(io.BytesIO):
    """Reads or writes so many times, then raises, every time; counts the calls after the first failure."""

    def __init__(self, error, after, data=b""):
        super().__init__(data)
        self.error = error
        self.after = after
        self.calls_after = -1

    def _count(self):
        self.after -= 1
        if self.after < 0:
            self.calls_after += 1
            raise self.error

    def read(self, size_bytes=-1):
        self._count()
        return super().read(size_bytes)

    def write(self, data):
        self._count()
        return super().write(data)


def threads():
    return len(os.listdir("/proc/self/task")), threading.enumerate()  # noqa: PTH208


@every_encoding
@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("error", [OSError(errno.EIO, "EIO"), KeyboardInterrupt(), VanishedError("x")], ids=type)
def test_what_the_reader_raises_comes_out_and_nothing_more_is_written(encoding, after, error):
    before, began = threads(), time.monotonic()
    reader = Failing(error, after, half_compressible(8 * OUR_CHUNK))
    writer = io.BytesIO()
    with pytest.raises(type(error)) as caught:
        encoding.pump(reader, writer)
    assert caught.value is error
    assert reader.calls_after == 0
    assert time.monotonic() - began < 5
    error.__traceback__ = caught = None
    assert threads() == before


@every_encoding
@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "ENOSPC"), KeyboardInterrupt()], ids=type)
def test_what_the_writer_raises_comes_out_and_it_is_left_alone(encoding, after, error):
    before, began = threads(), time.monotonic()
    writer = Failing(error, after)
    with pytest.raises(type(error)) as caught:
        encoding.pump(io.BytesIO(half_compressible(8 * OUR_CHUNK)), writer)
    assert caught.value is error
    assert writer.calls_after == 0
    assert time.monotonic() - began < 5
    error.__traceback__ = caught = None
    assert threads() == before


@every_encoding
def test_a_failure_of_the_very_last_write_is_not_lost(encoding):
    """pyrage 1.4 drops what its last flush raises."""
    for size_bytes in (100, AGE_CHUNK + 100):
        counter = Failing(None, sys.maxsize)
        encoding.pump(io.BytesIO(half_compressible(size_bytes)), counter)
        writes = sys.maxsize - counter.after
        with pytest.raises(OSError, match="ENOSPC"):
            encoding.pump(
                io.BytesIO(half_compressible(size_bytes)), Failing(OSError(errno.ENOSPC, "ENOSPC"), writes - 1)
            )


def test_an_error_keeps_its_own_cause():
    cause = OSError(errno.EIO, "EIO")
    error = VanishedError("x")
    error.__cause__ = cause
    with pytest.raises(VanishedError) as caught:
        ENCODINGS[3].pump(Failing(error, 1, half_compressible(4 * OUR_CHUNK)), io.BytesIO())
    assert caught.value.__cause__ is cause


STREAM = """
import resource, sys
sys.path[:0] = sys.argv[1:3]
from tests.unit.media.encoded import ENCODINGS, half_compressible
import pyrage, zstandard

class Reader:
    left = 200
    block = half_compressible(1024 * 1024)
    def read(self, size_bytes):
        assert size_bytes <= len(self.block)
        self.left -= 1
        return self.block[:size_bytes] if self.left >= 0 else b""

class Writer:
    size_bytes = largest = 0
    def write(self, data):
        self.size_bytes += len(data)
        self.largest = max(self.largest, len(data))

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

encoding, writer = ENCODINGS[int(sys.argv[3])], Writer()
before = peak()
encoding.pump(Reader(), writer)
print(peak() - before, writer.size_bytes, writer.largest)
"""


@every_encoding
def test_memory_does_not_grow_with_the_file(encoding):
    root = Path(__file__).resolve().parents[3]
    arguments = [str(root), str(root / "module_utils"), str(ENCODINGS.index(encoding))]
    answer = run(sys.executable, "-c", STREAM, *arguments, data=b"")
    grown_kib, size_bytes, largest = map(int, answer.split())
    assert grown_kib < 32 * 1024
    assert largest <= OUR_CHUNK
    assert (size_bytes < 150 * OUR_CHUNK) == encoding.compress


@pytest.mark.parametrize(
    ("data", "worth"),
    [
        (b"", False),
        (half_compressible(3), False),
        (half_compressible(9 * OUR_CHUNK), True),
        (os.urandom(9 * OUR_CHUNK), False),
        (zlib.compress(half_compressible(4 * OUR_CHUNK)), False),
        (gzip.compress(half_compressible(OUR_CHUNK), 1), False),
        (encode(ENCODINGS[1], half_compressible(OUR_CHUNK)), False),
        # What shrinks only at its head is most of all what does not shrink.
        (bytes(256 * 1024) + os.urandom(20 * OUR_CHUNK), False),
        (os.urandom(256 * 1024) + half_compressible(20 * OUR_CHUNK), True),
    ],
    ids=["empty", "tiny", "dump", "random", "zlib", "gzip", "age", "head", "tail"],
)
def test_only_what_shrinks_is_worth_compressing(data, worth, tmp_path):
    path = tmp_path / "master.dmp"
    path.write_bytes(data)
    assert worth_compressing(path) is worth


def test_a_file_that_cannot_be_sampled_is_an_error_of_the_archive(tmp_path):
    with pytest.raises(VanishedError):
        worth_compressing(tmp_path / "master.dmp")
    with pytest.raises(ArchiveError):
        worth_compressing(tmp_path)


def test_sampling_needs_zstandard(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ConfigError, match="zstandard"):
        worth_compressing(tmp_path)
