# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests against published values, and processors by their /proc/cpuinfo."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from siak_backup.errors import ConfigError
from siak_backup.media.digest import cpu_hashes_fast, new_digest

#: Of the empty message and of b"abc": FIPS 180-4 examples, and BLAKE3's own test vectors and specification.
PUBLISHED = {
    ("sha256", b""): "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ("sha256", b"abc"): "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ("blake3", b""): "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    ("blake3", b"abc"): "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
}


@pytest.mark.parametrize(("name", "data"), PUBLISHED)
def test_digests_are_the_published_ones(name, data):
    digest = new_digest(name)
    for byte in data:
        digest.update(memoryview(bytes([byte])))
    assert digest.hexdigest() == PUBLISHED[name, data]


def test_another_digest_is_refused():
    with pytest.raises(ConfigError, match="digest 'md5' tidak dikenal"):
        new_digest("md5")


def test_without_blake3_only_the_setting_for_it_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "blake3", None)
    assert new_digest("sha256").hexdigest()
    with pytest.raises(ConfigError, match=r"pustaka Python blake3 belum terpasang \(siak_media_digest\)"):
        new_digest("blake3")


X86 = "processor\t: 0\nmodel name\t: sha_ni sha2\nflags\t\t: fpu sse2 {} avx2\nbugs\t\t: spectre_v1\n\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd aes {} crc32\nCPU implementer\t: 0x41\n\n"


@pytest.mark.parametrize(
    ("text", "fast"),
    [
        (X86.format("sha_ni") * 2, True),
        (X86.format("ssse3") * 2, False),
        (X86.format("sha_nix"), False),
        (X86.format("sha_ni") + X86.format("ssse3"), False),
        (ARM.format("sha1 sha2") * 4, True),
        (ARM.format("sha1 sha256 sha512"), False),
        ("", False),
        ("flags", False),
        ("cpu\t: POWER9, altivec supported\n", False),
    ],
)
def test_processors_with_sha_instructions(text, fast):
    assert cpu_hashes_fast(text) is fast


def test_this_machines_own_cpuinfo_is_read():
    assert cpu_hashes_fast(Path("/proc/cpuinfo").read_text(encoding="utf-8")) in (True, False)
