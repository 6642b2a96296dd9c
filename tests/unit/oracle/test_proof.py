# SPDX-License-Identifier: GPL-3.0-or-later
"""When a job has ended, its log in the directory object decides: the tests write logs that prove nothing."""

from __future__ import annotations

import pytest
from siak_backup.errors import ExportError
from siak_backup.oracle import files
from siak_backup.oracle.datapump.proof import listed_pieces, prove_by_log, tables_in
from siak_backup.oracle.datapump.watch import UNSEEN, Ending

GOOD = """\
Starting "SIAK_BACKUP"."{job}":  siak-backup
. . exported "SIAKOFF"."BIODATA_WNI"                     26.63 MB     60 rows
Master table "SIAK_BACKUP"."{job}" successfully loaded/unloaded
******************************************************************************
Dump file set for SIAK_BACKUP.{job} is:
  C:\\backup\\{piece}
Job "SIAK_BACKUP"."{job}" successfully completed at Thu Jan 9 18:00:49 2025 elapsed 0 00:00:24
"""

COMPLETED = Ending("COMPLETED", 0, ())


@pytest.fixture
def plan(plan_of):
    return plan_of()


@pytest.fixture
def write_log(plan, database):
    """Return what puts a log into the directory object, with the plan's names filled in."""

    def write(text=GOOD, **names):
        known = {"job": plan.job, "piece": plan.dump_template.replace("%U", "01")}
        (database.directory_path / plan.log_name).write_text(text.format(**known | names))

    yield write
    (database.directory_path / plan.log_name).unlink(missing_ok=True)


@pytest.mark.parametrize("state", ["COMPLETED", UNSEEN])
def test_a_good_log_proves_an_end_that_was_seen_or_missed(link, plan, write_log, state):
    write_log()
    log = prove_by_log(link, plan, Ending(state, None, ()))
    assert [table.rows for table in log.tables] == [60]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("successfully completed", "completed with 1 error(s)"), "aborted"),
        (("successfully completed", "berhasil selesai"), "unknown"),
        ((". . exported", ". exported"), "satu tabel pun"),
        (("loaded/unloaded", "lost"), "truncated"),
        (("Starting", "ORA-31693: Table data object failed\nStarting"), "ORA-31693"),
    ],
    ids=["errors", "foreign", "empty", "no-master", "skipped-table"],
)
def test_a_log_that_says_less_proves_nothing(link, plan, write_log, change, word):
    write_log(GOOD.replace(*change))
    with pytest.raises(ExportError, match=word):
        prove_by_log(link, plan, COMPLETED)


def test_the_log_of_another_job_proves_nothing(link, plan, write_log):
    write_log(job="SIAK_20240101T000000Z_000000")
    with pytest.raises(ExportError, match="job lain"):
        prove_by_log(link, plan, COMPLETED)


def test_without_a_log_nothing_is_proven(link, plan):
    with pytest.raises(ExportError, match=plan.log_name):
        prove_by_log(link, plan, COMPLETED)


@pytest.mark.parametrize(
    ("ending", "word"),
    [
        (Ending("STOPPED", 0, ()), "STOPPED"),
        (Ending("COMPLETED", 1, ("39126 ORA-39126: Worker",)), "ORA-39126"),
    ],
)
def test_a_good_log_does_not_outweigh_a_bad_end(link, plan, write_log, ending, word):
    write_log()
    with pytest.raises(ExportError, match=word):
        prove_by_log(link, plan, ending)


def test_pieces_are_those_the_log_lists(link, plan, write_log, database):
    write_log()
    log = prove_by_log(link, plan, COMPLETED)
    name = plan.dump_template.replace("%U", "01")
    with pytest.raises(ExportError, match=name):
        listed_pieces(link.session, plan, log)
    (database.directory_path / name).write_bytes(b"dump")
    assert listed_pieces(link.session, plan, log) == ((name, 4),)
    assert files.remove(link.session, database.directory, [name]) == []


def test_a_log_may_not_name_files_of_others(link, plan, write_log, database):
    (database.directory_path / "lain.dmp").write_bytes(b"dump")
    write_log(piece="lain.dmp")
    log = prove_by_log(link, plan, COMPLETED)
    with pytest.raises(ExportError, match="lain"):
        listed_pieces(link.session, plan, log)


def test_a_log_without_a_file_list_proves_no_dump(link, plan, write_log):
    write_log(GOOD.replace("  C:", "C:"))
    log = prove_by_log(link, plan, COMPLETED)
    with pytest.raises(ExportError, match="tidak mencantumkan"):
        listed_pieces(link.session, plan, log)


def test_a_failure_names_its_tables_once_and_nothing_but_plain_names():
    lines = [
        'ORA-31693: Table data object "SIAKOFF"."BIODATA_WNI" failed to load/unload and is being skipped due to error:',
        'ORA-31693: Table data object "SIAKOFF"."BIODATA_WNI":"P1" failed',
        'ORA-31693: Table data object "SIAKOFF"."x; rm -rf" failed',
    ]
    assert tables_in(*lines) == ("SIAKOFF.BIODATA_WNI",)
    assert len(tables_in(*(f'"A"."T{n}"' for n in range(9)))) == 5
