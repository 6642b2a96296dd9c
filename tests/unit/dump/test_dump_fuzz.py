# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs nobody thought of: every one gets a verdict, none an exception. SIAK_TEST_TRIALS sets how many are tried."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_exp import CLOB, NUMBER, VARCHAR2, exp_file, large_lob, row, section, value
from sample_exports import export
from siak_backup.dump.files import judge_files
from siak_backup.dump.log import read_log
from siak_backup.dump.status import Status
from trials import trials

EXP = exp_file(
    section("A", [NUMBER, VARCHAR2], [row(value(b"\xc1\x02"), value(b"text"))] * 30),
    section("B", [CLOB], [row(value(b"loc"), lobs=[large_lob(b"x" * 9000)])]),
)
PATCHES = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=16)), min_size=1, max_size=6)
QUICK = settings(max_examples=trials(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def dumps(tmp_path_factory):
    """The bytes of one export of each header version."""
    folder = tmp_path_factory.mktemp("fuzz")
    versions = [(11, 2, 0, 4, 0), (12, 2, 0, 1, 0), (23, 6, 0, 24, 10)]
    return [export(folder / str(v[0]), version=v, residents=20).pieces[0].read_bytes() for v in versions]


def patched(content: bytes, patches: list[tuple[float, bytes]], within: int) -> bytes:
    spoilt = bytearray(content)
    for where, data in patches:
        offset = int(where * min(within, len(spoilt) - 1))
        spoilt[offset : offset + len(data)] = data
    return bytes(spoilt)


@QUICK
@given(version=st.integers(0, 2), patches=PATCHES, within=st.sampled_from([100, 4096, 10_000, 1 << 30]))
def test_a_patched_data_pump_file(dumps, tmp_path, version, patches, within):
    path = tmp_path / "dump"
    path.write_bytes(patched(dumps[version], patches, within))
    assert isinstance(judge_files([path])[path].status, Status)


@QUICK
@given(patches=PATCHES, within=st.sampled_from([100, 4096, 1 << 30]))
def test_a_patched_exp_file(tmp_path, patches, within):
    path = tmp_path / "dump"
    path.write_bytes(patched(EXP, patches, within))
    assert isinstance(judge_files([path])[path].status, Status)


@QUICK
@given(st.binary(max_size=2000))
def test_any_bytes_as_a_log(content):
    assert not read_log(content).succeeded


LINES = [
    ";;;",
    'Starting "S"."J":  ',
    '. . exported "S"."T"  1 KB  1 rows',
    'Master table "S"."J" successfully loaded/unloaded',
    "Dump file set for S.J is:",
    "  /d/x.dmp",
    "ORA-01555: snapshot too old",
    "",
    '"',
    ". . exporting table  T  3 rows exported",
]


@QUICK
@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_lines_in_any_order_without_the_last_one(lines):
    assert not read_log("\n".join([*lines, ""]).encode()).succeeded
