# SPDX-License-Identifier: GPL-3.0-or-later
"""Tonight beside the last proven night of a real archive."""

from __future__ import annotations

from dataclasses import replace

import pytest
from siak_backup.archive.manifest import Count, FileEntry, TableRows
from siak_backup.archive.names import MANIFEST_NAME, SUMS_NAME
from siak_backup.archive.sums import format_sums
from siak_backup.durable import hash_file
from siak_backup.errors import ConfigError
from siak_backup.oracle.swing import Band, Comparison, Swing, Tonight, compare_with_last

from tests.unit.archive.nights import MANIFEST

MB = 1024**2
BAND = Band(20.0, 100)
TONIGHT = Tonight("20250109T093000Z-a1b2c3", {"S.A": 1000, "S.B": 50}, ("S.A", "S.B"), 100 * MB, rehearsal=False)


@pytest.fixture
def archive(tmp_path):
    """Publish nights whose manifests say what a test wants; the dump itself is a few bytes."""

    def publish(name="08jan2025", rows=(("A", 1000), ("B", 50)), size_bytes=100 * MB, **changed):
        folder = tmp_path / "sukamara" / name
        folder.mkdir(parents=True)
        (folder / "master.dmp").write_bytes(b"x")
        entry = FileEntry("master.dmp", size_bytes, hash_file(folder / "master.dmp"), "x.dmp")
        manifest = replace(
            MANIFEST,
            run_id="20250108T093000Z-0000aa",
            server="sukamara",
            folder=name,
            rehearsal=False,
            files=(entry,),
            tables=tuple(TableRows("S", table, "", count) for table, count in rows),
            counts=(Count("S.A", 1, 1),),
            **changed,
        )
        (folder / MANIFEST_NAME).write_text(manifest.to_json())
        sums = {"master.dmp": entry.sha256, MANIFEST_NAME: hash_file(folder / MANIFEST_NAME)}
        (folder / SUMS_NAME).write_text(format_sums(sums))
        return folder

    return publish


def found(tmp_path, tonight=TONIGHT, band=BAND):
    comparison = compare_with_last(tmp_path / "sukamara", tonight, band)
    assert comparison.compared_with
    return comparison.found


def test_the_first_night_has_nothing_to_be_compared_with(tmp_path):
    (tmp_path / "sukamara").mkdir()
    told = compare_with_last(tmp_path / "sukamara", TONIGHT, BAND)
    assert told == Comparison(20.0, not_compared="belum ada malam sebelumnya di arsip")
    assert compare_with_last(tmp_path / "sukamara", TONIGHT, Band(0.0, 0)).not_compared == "tidak diminta"


def test_within_the_band_nothing_is_found(tmp_path, archive):
    archive()
    for rows in (1000, 800, 1200):
        assert found(tmp_path, replace(TONIGHT, rows={"S.A": rows, "S.B": 50})) == ()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"S.A": 799, "S.B": 50}, (Swing("S.A", 1000, 799),)),
        ({"S.A": 1201, "S.B": 50}, (Swing("S.A", 1000, 1201),)),
        ({"S.A": 1000, "S.B": 149}, ()),
        ({"S.A": 1000, "S.B": 150}, (Swing("S.B", 50, 150),)),
        ({"S.A": 1000, "S.B": 0}, (Swing("S.B", 50, 0),)),
        ({"S.A": 1000}, (Swing("S.B", 50, None),)),
        ({"S.B": 50}, (Swing("S.A", 1000, None),)),
    ],
)
def test_rows_beyond_the_band_and_tables_that_are_gone(tmp_path, archive, now, expected):
    archive()
    assert found(tmp_path, replace(TONIGHT, rows=now)) == expected


def test_a_table_that_is_no_key_table_any_more_is_looked_at_once_more(tmp_path, archive):
    archive()
    assert found(tmp_path, replace(TONIGHT, rows={"S.B": 50}, key_tables=("S.B",))) == (Swing("S.A", 1000, None),)


def test_a_new_key_table_has_no_yesterday_and_partitions_add_up(tmp_path, archive):
    archive(rows=(("A", 600), ("A", 400)))
    assert found(tmp_path) == ()


def test_an_empty_table_that_fills_is_beyond_any_percentage(tmp_path, archive):
    archive(rows=(("A", 0), ("B", 50)))
    assert found(tmp_path) == (Swing("S.A", 0, 1000),)


@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [(100, 79, True), (100, 81, False), (50, 35, False), (50, 33, True), (0, 15, False), (0, 16, True)],
)
def test_bytes_have_a_floor_of_their_own(tmp_path, archive, before, now, is_told):
    archive(size_bytes=before * MB)
    expected = (Swing("", before * MB, now * MB),) if is_told else ()
    assert found(tmp_path, replace(TONIGHT, size_bytes=now * MB)) == expected


def test_only_sound_proven_nights_of_the_same_kind_count(tmp_path, archive):
    archive("05jan2025")
    archive("06jan2025", rows=(("A", 1),)).joinpath(MANIFEST_NAME).write_text("{}")
    (tmp_path / "sukamara/07jan2025").mkdir()
    told = compare_with_last(tmp_path / "sukamara", TONIGHT, BAND)
    assert (told.compared_with, told.found) == ("05jan2025", ())
    for other in (replace(TONIGHT, rehearsal=True), replace(TONIGHT, run_id="20250108T093000Z-0000aa")):
        assert compare_with_last(tmp_path / "sukamara", other, BAND).compared_with == ""


def test_an_archive_that_cannot_be_read_costs_no_night(tmp_path):
    told = compare_with_last(tmp_path / ("s" * 300), TONIGHT, BAND)
    assert told.not_compared.startswith("SIAK-40")
    assert (told.compared_with, told.found) == ("", ())


@pytest.mark.parametrize("params", [{"swing_percent": -1}, {"swing_percent": float("nan")}, {"swing_min_rows": -1}])
def test_impossible_bands(params):
    with pytest.raises(ConfigError, match="siak_swing_percent"):
        Band.from_params({"swing_percent": 20, "swing_min_rows": 100} | params)
