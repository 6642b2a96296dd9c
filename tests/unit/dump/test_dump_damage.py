# SPDX-License-Identifier: GPL-3.0-or-later
"""Files cut, grown, zeroed and garbled at random: what the format can show must be seen.

Seeds are fixed, so a few trials are the first of many: SIAK_TEST_TRIALS=400 makes 400 of each.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from siak_backup.dump.files import judge_files
from siak_backup.dump.status import Status
from trials import trials

BLOCK = 4096
#: A NUMBER in the master table, or in a 23ai trailer the master piece numbers with the unused bytes before them.
LAST_VALUE_BYTES = 70
REAL = [
    "exp-10.2-win1252",
    "exp-19-hr",
    "exp-23ai-complete",
    "expdp-11.2-win64-store_shop",
    "expdp-12.2-linux-hr",
    "expdp-23ai-linux-full-small",
]


class Patient:
    """One dump, and what becomes of copies of it."""

    def __init__(self, content: bytes, folder: Path) -> None:
        self.content = content
        self._path = folder / "patient.dmp"
        assert self.status_of(content) is Status.COMPLETE

    def status_of(self, content: bytes) -> Status:
        self._path.write_bytes(content)
        return judge_files([self._path])[self._path].status

    def believed(self, copies) -> int:
        """Return how many of the damaged copies are judged complete; a copy that is no different does not count."""
        return sum(self.status_of(copy) is Status.COMPLETE for copy in copies if copy != self.content)


@pytest.fixture
def patient(one_file, tmp_path):
    return Patient(one_file.pieces[0].read_bytes(), tmp_path)


@pytest.fixture(params=REAL)
def real_patient(request, real_dumps, tmp_path):
    return Patient((real_dumps / f"{request.param}.dmp").read_bytes(), tmp_path)


@pytest.fixture
def rng():
    return random.Random(620899)


def cut_anywhere(content, rng, count):
    return (content[: rng.randrange(len(content))] for _ in range(count))


def cut_at_blocks(content, rng, count):
    return (content[: rng.randrange(len(content) // BLOCK) * BLOCK] for _ in range(count))


def zeroed_tails(content, rng, count):
    """Zeros from somewhere on, before the file's last value begins: what is inside a value no format tells."""
    end = len(content.rstrip(b"\0")) - LAST_VALUE_BYTES
    return (content[:cut] + bytes(len(content) - cut) for cut in (rng.randrange(end) for _ in range(count)))


def garbled_tails(content, rng, count):
    cuts = (rng.randrange(len(content) - BLOCK) for _ in range(count))
    return (content[:cut] + rng.randbytes(len(content) - cut) for cut in cuts)


def zeroed_blocks(content, rng, count):
    starts = (rng.randrange(1, len(content) // BLOCK - 1) * BLOCK for _ in range(count))
    return (content[:start] + bytes(BLOCK) + content[start + BLOCK :] for start in starts)


@pytest.mark.parametrize("damage", [cut_anywhere, cut_at_blocks, zeroed_tails, garbled_tails])
def test_damage_at_the_end_of_any_header_version(patient, rng, damage):
    assert patient.believed(damage(patient.content, rng, trials(60))) == 0


@pytest.mark.parametrize("damage", [cut_anywhere, cut_at_blocks, zeroed_tails, garbled_tails])
def test_damage_at_the_end_of_a_real_dump(real_patient, rng, damage):
    assert real_patient.believed(damage(real_patient.content, rng, trials(15))) == 0


def test_a_real_dump_that_grew(real_patient, rng):
    assert real_patient.believed(real_patient.content + rng.randbytes(n) for n in (1, 2, 100, BLOCK)) == 0


def test_a_block_inside_a_real_dump_that_turned_to_zeros(real_patient, rng):
    """A block inside a LOB may well be zeros; the 11.2 dump has one BLOB of 70 KiB, a fifteenth of its size."""
    count = trials(20)
    assert real_patient.believed(zeroed_blocks(real_patient.content, rng, count)) <= count / 10
