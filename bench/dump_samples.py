# SPDX-License-Identifier: GPL-3.0-or-later
"""The healthy dumps that the dump benchmarks begin from: of every kind, small, written here or named by the caller."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "module_utils"), str(ROOT / "tests" / "unit" / "dump")]

from sample_exp import CLOB, NUMBER, VARCHAR2, exp_file, large_lob, row, section, value  # noqa: E402
from sample_exports import export  # noqa: E402

VERSIONS = ((11, 2, 0, 4, 0), (12, 2, 0, 1, 0), (23, 6, 0, 24, 10))


def written_samples(folder: Path, residents: int) -> dict[str, bytes]:
    """Write a Data Pump export of each header version, its log and a classic export; return their bytes by name."""
    samples = {}
    for version in VERSIONS:
        folder.mkdir(exist_ok=True)
        made = export(folder / str(version[0]), version=version, residents=residents)
        samples[f"expdp of {version[0]}"] = made.pieces[0].read_bytes()
        samples[f"log of {version[0]}"] = made.log.read_bytes()
    rows = [row(value(b"\xc1\x02"), value(b"text"))] * residents
    photos = [row(value(b"loc"), lobs=[large_lob(bytes(range(256)) * 40)])]
    samples["exp"] = exp_file(section("A", [NUMBER, VARCHAR2], rows), section("B", [CLOB], photos))
    return samples


def samples(folder: Path, files: list[Path], residents: int) -> dict[str, bytes]:
    """Return the bytes of `files` by name, or if there are none the written samples."""
    if files:
        return {path.name: path.read_bytes() for path in files}
    return written_samples(folder, residents)
