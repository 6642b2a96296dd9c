# SPDX-License-Identifier: GPL-3.0-or-later
"""Tonight beside the last proven night of a real archive."""

from __future__ import annotations

from dataclasses import replace

import pytest
from siak_backup.archive.manifest import Count, FileEntry, TableRows, Verdict
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
        facts = {"run_id": "20250108T093000Z-0000aa", "rehearsal": False, "counts": (Count("S.A", 1, 1),)} | changed
        folder = tmp_path / "sukamara" / name
        folder.mkdir(parents=True)
        (folder / "master.dmp").write_bytes(b"x")
        entry = FileEntry("master.dmp", size_bytes, hash_file(folder / "master.dmp"), "x.dmp")
        manifest = replace(
            MANIFEST,
            folder=name,
            files=(entry,),
            tables=tuple(TableRows("S", table, "", count) for table, count in rows),
            **facts,
        )
        (folder / MANIFEST_NAME).write_text(manifest.to_json())
        sums = {"master.dmp": entry.sha256, MANIFEST_NAME: hash_file(folder / MANIFEST_NAME)}
        (folder / SUMS_NAME).write_text(format_sums(sums))
        return folder

    return publish


def found(tmp_path, tonight=TONIGHT, band=BAND):
    comparison = compare_with_last(tmp_path / "sukamara", tonight, band)
    assert (comparison.compared_with, comparison.not_compared) == ("08jan2025", "")
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
    assert found(tmp_path, replace(TONIGHT, rows={"S.A": 1000, "S.B": 1000})) == ()


def test_only_key_tables_are_looked_at(tmp_path, archive):
    archive(rows=(("A", 1000), ("B", 50), ("LOG", 1000)))
    assert found(tmp_path, replace(TONIGHT, rows={"S.A": 1000, "S.B": 50, "S.LOG": 1})) == ()


@pytest.mark.parametrize(("rows", "expected"), [({"S.B": 0}, ()), ({}, (Swing("S.B", 0, None),))])
def test_an_empty_table_may_stay_empty_but_not_go(tmp_path, archive, rows, expected):
    archive(rows=(("A", 1000), ("B", 0)))
    assert found(tmp_path, replace(TONIGHT, rows={"S.A": 1000} | rows)) == expected


def test_an_empty_table_that_fills_is_beyond_any_percentage(tmp_path, archive):
    archive(rows=(("A", 0), ("B", 50)))
    assert found(tmp_path) == (Swing("S.A", 0, 1000),)


@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [
        (100 * MB, 79 * MB, True),
        (100 * MB, 81 * MB, False),
        (50 * MB, 35 * MB, False),
        (50 * MB, 33 * MB, True),
        (0, 16 * MB - 1, False),
        (0, 16 * MB, True),
    ],
)
def test_bytes_have_a_floor_of_their_own(tmp_path, archive, before, now, is_told):
    archive(size_bytes=before)
    expected = (Swing("", before, now),) if is_told else ()
    assert found(tmp_path, replace(TONIGHT, size_bytes=now)) == expected


def test_without_a_floor_any_change_beyond_the_percentage_is_told(tmp_path, archive):
    archive()
    band = Band(20.0, 0)
    assert found(tmp_path, band=band) == ()
    assert found(tmp_path, replace(TONIGHT, rows={"S.A": 1000, "S.B": 39}), band) == (Swing("S.B", 50, 39),)
    archive("09jan2025", rows=(("A", 1000), ("B", 0)))
    told = compare_with_last(tmp_path / "sukamara", replace(TONIGHT, rows={"S.A": 1000, "S.B": 1}), band)
    assert told.found == (Swing("S.B", 0, 1),)


def test_only_sound_proven_nights_of_the_same_kind_count(tmp_path, archive):
    archive("05jan2025")
    archive("06jan2025", rows=(("A", 1),)).joinpath(MANIFEST_NAME).write_text("{}")
    (tmp_path / "sukamara/07jan2025").mkdir()
    told = compare_with_last(tmp_path / "sukamara", TONIGHT, BAND)
    assert (told.compared_with, told.found) == ("05jan2025", ())
    for other in (replace(TONIGHT, rehearsal=True), replace(TONIGHT, run_id="20250108T093000Z-0000aa")):
        assert compare_with_last(tmp_path / "sukamara", other, BAND).compared_with == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"verdict": Verdict("aborted", ())},
        {"verdict": Verdict("unknown", ())},
        {"server": "lamandau"},
        {"server": "sukamara2"},
    ],
)
def test_a_night_that_is_not_proven_or_not_this_servers_is_passed_over(tmp_path, archive, changed):
    archive("05jan2025", size_bytes=1)
    archive("06jan2025", **changed)
    assert compare_with_last(tmp_path / "sukamara", TONIGHT, BAND).compared_with == "05jan2025"


def test_a_night_before_the_clock_was_set_back_counts(tmp_path, archive):
    archive(run_id="20260108T093000Z-0000aa")
    assert found(tmp_path) == ()


def test_no_more_than_thirty_damaged_folders_are_passed_over(tmp_path, archive):
    archive("01jan2025")
    for day in range(2, 31):
        archive(f"{day:02}jan2025").joinpath("master.dmp").unlink()
    assert compare_with_last(tmp_path / "sukamara", TONIGHT, BAND).compared_with == "01jan2025"
    archive("31jan2025").joinpath("master.dmp").unlink()
    assert compare_with_last(tmp_path / "sukamara", TONIGHT, BAND).compared_with == ""


def test_an_archive_that_cannot_be_read_costs_no_night(tmp_path):
    told = compare_with_last(tmp_path / ("s" * 300), TONIGHT, BAND)
    assert told.not_compared.startswith("SIAK-40")
    assert (told.compared_with, told.found) == ("", ())


def test_what_the_journal_keeps():
    told = Comparison(20.0, "08jan2025", found=(Swing("S.A", 1000, None), Swing("", 5, 4)))
    assert told.as_dict() == {
        "percent": 20.0,
        "compared_with": "08jan2025",
        "not_compared": "",
        "found": [{"table": "S.A", "before": 1000, "now": None}, {"table": "", "before": 5, "now": 4}],
    }


@pytest.mark.parametrize(("percent", "min_rows"), [(0, 0), (0.5, 0), ("20", "100")])
def test_possible_bands(percent, min_rows):
    band = Band.from_params({"swing_percent": percent, "swing_min_rows": min_rows})
    assert band == Band(float(percent), int(min_rows))


@pytest.mark.parametrize("params", [{"swing_percent": -1}, {"swing_percent": float("nan")}, {"swing_min_rows": -1}])
def test_impossible_bands(params):
    with pytest.raises(ConfigError, match="siak_swing_percent"):
        Band.from_params({"swing_percent": 20, "swing_min_rows": 100} | params)
