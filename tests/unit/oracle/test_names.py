# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from siak_backup.errors import ConfigError
from siak_backup.oracle.names import PieceSize, TableName, identifier, job_name, run_id_of


@pytest.mark.parametrize("name", ["SIAKOFF", "siakoff", " Siak$Off#1 ", "A" * 128])
def test_identifiers_come_in_upper_case(name):
    assert identifier(name, setting="schemas") == name.strip().upper()


@pytest.mark.parametrize(
    "name", ["", "1A", "A B", 'A"B', "A'B", "A;DROP", "A.B", "A\nB", "_A", "SIAKOFF\n\n--", "A" * 129, "É"]
)
def test_what_is_no_identifier_is_refused_and_named(name):
    with pytest.raises(ConfigError) as refused:
        identifier(name, setting="siak_schemas")
    assert refused.value.where == "siak_schemas"
    assert repr(name) in str(refused.value)


@given(st.text(max_size=40))
def test_an_accepted_identifier_can_smuggle_nothing(text):
    try:
        name = identifier(text, setting="x")
    except ConfigError:
        return
    assert not set(name) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$#")


def test_tables_have_an_owner():
    assert str(TableName.parse("siakoff.biodata_wni", setting="x")) == "SIAKOFF.BIODATA_WNI"
    for text in ("BIODATA_WNI", "SIAKOFF.", ".BIODATA", "A.B.C", ""):
        with pytest.raises(ConfigError):
            TableName.parse(text, setting="x")


@pytest.mark.parametrize(
    ("text", "told"), [("BIODATA_WNI", "'BIODATA_WNI' tanpa pemilik"), ("A.B.C", r"'B\.C' tidak sah")]
)
def test_a_message_says_what_of_a_table_is_wrong(text, told):
    with pytest.raises(ConfigError, match=told):
        TableName.parse(text, setting="x")


@given(
    st.datetimes().map(lambda moment: f"{moment:%Y%m%dT%H%M%S}Z".zfill(16)),
    st.text("0123456789abcdef", min_size=6, max_size=6),
)
def test_a_job_is_told_back_to_its_run_and_fits_old_releases(stamp, suffix):
    run = f"{stamp}-{suffix}"
    job = job_name(run)
    assert run_id_of(job) == run
    assert len(job) <= 30
    assert identifier(job, setting="x") == job


@pytest.mark.parametrize("run", ["", "20250109T093000Z-A1B2C3", "20250109T093000Z", "x-20250109T093000Z-a1b2c3", "a\n"])
def test_what_is_no_run_gets_no_job(run):
    with pytest.raises(ConfigError):
        job_name(run)


@pytest.mark.parametrize(
    "job",
    ["SIAK_", "SIAK_OTHER", "SYS_EXPORT_SCHEMA_01", "siak_20250109T093000Z_A1B2C3", "SIAK_20250109T093000Z_A1B2C3X"],
)
def test_jobs_of_others_are_not_ours(job):
    assert run_id_of(job) is None


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("3900M", 3900 * 1024**2), ("40k", 40960), (" 1G ", 1024**3), ("4294967295", 2**32 - 1)]
)
def test_piece_sizes(text, size_bytes):
    assert PieceSize.parse(text) == PieceSize(text.strip().upper(), size_bytes)


@pytest.mark.parametrize(
    "text", ["4G", "4096M", "4294967296", "40959", "39K", "0", "", "-1M", "1.5G", "3900MB", "3900 M", "1T"]
)
def test_impossible_piece_sizes_are_refused(text):
    with pytest.raises(ConfigError, match="piece_size"):
        PieceSize.parse(text)
