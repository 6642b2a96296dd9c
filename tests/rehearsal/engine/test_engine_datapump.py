# SPDX-License-Identifier: GPL-3.0-or-later
"""DBMS_DATAPUMP as a block sees it: the job machine has its own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine_client import NUMBER, RESIDENTS, SERVICE, SPEC, USER, Client

from rehearsal.datapump import Faults, Pace
from rehearsal.engine import BACKUP_DIRECTORY, open_engine
from rehearsal.engine.clock import ClockFaults
from rehearsal.engine.storage.access import AccessFaults

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.engine import RehearsalEngine

START = """
DECLARE
  h NUMBER;
BEGIN
  h := dbms_datapump.open(operation => 'EXPORT', job_mode => 'SCHEMA', job_name => :job);
  dbms_datapump.add_file(handle => h, filename => :job || '.log', directory => 'SIAK_BACKUP_DIR',
    filetype => dbms_datapump.ku$_file_type_log_file);
  dbms_datapump.add_file(h, :job || '_%U.dmp', 'SIAK_BACKUP_DIR', '3900M');
  dbms_datapump.metadata_filter(h, 'SCHEMA_LIST', '''SIAKOFF''');
  dbms_datapump.set_parameter(h, 'FLASHBACK_SCN', :scn);
  BEGIN
    dbms_datapump.start_job(h);
  EXCEPTION WHEN dbms_datapump.success_with_info THEN :info := SQLCODE;
  END;
  :handle := h;
END;"""

POLL = """
DECLARE
  s sys.ku$_Status;
  job_state VARCHAR2(30);
  entry sys.ku$_LogEntry;
  i PLS_INTEGER;
BEGIN
  dbms_datapump.get_status(handle => :handle, mask => dbms_datapump.ku$_status_wip + dbms_datapump.ku$_status_job_error
    + dbms_datapump.ku$_status_job_status + dbms_datapump.ku$_status_job_desc, timeout => 5, job_state => job_state,
    status => s);
  :state := job_state;
  IF s.job_status IS NOT NULL THEN
    :percent := s.job_status.percent_done;
    :errors := s.job_status.error_count;
    FOR k IN 1 .. s.job_status.files.COUNT LOOP
      :files := :files || s.job_status.files(k).file_name || ':' || s.job_status.files(k).file_type || ' ';
    END LOOP;
  END IF;
  IF s.job_description IS NOT NULL THEN
    :described := s.job_description.owner || '.' || s.job_description.job_name;
  END IF;
  entry := s.wip;
  IF entry IS NOT NULL THEN
    i := entry.FIRST;
    WHILE i IS NOT NULL LOOP
      :text := :text || entry(i).errorNumber || '|' || entry(i).logText || CHR(10);
      i := entry.NEXT(i);
    END LOOP;
  END IF;
END;"""


def start(client: Client, job: str, scn: int | None = None) -> int:
    at = scn or client.value("SELECT dbms_flashback.get_system_change_number FROM dual")
    *_, handle = client.out(START, job, at, None, None, types={2: NUMBER, 3: NUMBER})
    return int(handle)


def finish(client: Client, handle: int) -> tuple[str, str, str]:
    """Poll until the job ends; return its last state, all its text and its files."""
    text = ""
    for _ in range(200):
        _, state, _, errors, files, described, more = client.out(
            POLL, handle, None, None, None, None, None, None, types={2: NUMBER, 3: NUMBER}
        )
        text += more or ""
        if state in {"COMPLETED", "STOPPED"}:
            assert described == f"{USER}.{described.rpartition('.')[2]}"
            return f"{state} {errors}", text, files
    pytest.fail("the job does not end")


def test_an_export_from_a_block(client: Client, dpdump: Path) -> None:
    state, text, files = finish(client, start(client, "GLADI_1"))
    assert state == "COMPLETED 0"
    assert '"SIAKOFF"."BIODATA_WNI"' in text
    assert f" {RESIDENTS} rows" in text
    assert "successfully completed" in text
    assert f"{dpdump}/GLADI_1_%U.dmp:3" in files
    assert f"{dpdump}/GLADI_1_01.dmp:0" in files
    assert (dpdump / "GLADI_1_01.dmp").stat().st_size > 10_000
    assert client.rows("SELECT * FROM user_datapump_jobs") == []


def test_the_export_holds_the_rows_of_its_scn(client: Client) -> None:
    client.run("CREATE TABLE jejak (n NUMBER)")
    client.run("INSERT INTO jejak VALUES (1)")
    client.session.commit()
    before = client.value("SELECT dbms_flashback.get_system_change_number FROM dual")
    client.run("INSERT INTO jejak VALUES (2)")
    client.session.commit()
    block = START.replace("'''SIAKOFF'''", "'''SIAK_BACKUP'''")
    *_, handle = client.out(block, "GLADI_SCN", before, None, None, types={2: NUMBER, 3: NUMBER})
    assert " 1 rows" in finish(client, int(handle))[1]


def test_errors_and_their_details(client: Client) -> None:
    client.fails(39001, "DECLARE h NUMBER; BEGIN h := dbms_datapump.open('EKSPOR', 'SCHEMA'); END;")
    client.fails(31623, "BEGIN dbms_datapump.detach(12345); END;")
    client.fails(31623, "BEGIN dbms_datapump.detach(NULL); END;")
    block = """
    DECLARE
      h NUMBER;
      s ku$_Status;
    BEGIN
      h := dbms_datapump.open('EXPORT', 'SCHEMA', NULL, 'GLADI_SALAH');
      BEGIN
        dbms_datapump.add_file(h, 'a.dmp', 'TAK_ADA');
      EXCEPTION WHEN dbms_datapump.invalid_argval OR dbms_datapump.invalid_operation THEN
        :code := SQLCODE;
        s := dbms_datapump.get_status(h, dbms_datapump.ku$_status_job_error, 0);
        FOR i IN 1 .. s.error.COUNT LOOP :detail := :detail || s.error(i).errorNumber || ' '; END LOOP;
      END;
      dbms_datapump.detach(h);
    END;"""
    code, detail = client.out(block, None, None, types={0: NUMBER})
    assert code == -39001
    assert "39087" in detail


def test_success_with_info_is_no_failure(client: Client, engine: RehearsalEngine) -> None:
    engine.arm(SERVICE, Faults(info_on_start=True), AccessFaults(), ClockFaults())
    at = client.value("SELECT current_scn FROM v$database")
    _, _, info, handle = client.out(START, "GLADI_INFO", at, None, None, types={2: NUMBER, 3: NUMBER})
    assert info == -31627
    assert finish(client, int(handle))[0] == "COMPLETED 0"


def test_dump_file_info(client: Client) -> None:
    finish(client, start(client, "GLADI_2"))
    block = """
    DECLARE
      info sys.ku$_dumpfile_info;
    BEGIN
      dbms_datapump.get_dumpfile_info('GLADI_2_01.dmp', 'SIAK_BACKUP_DIR', info, :kind);
      FOR i IN 1 .. info.COUNT LOOP
        IF info(i).item_code IN (8, 10) THEN :found := :found || info(i).value || ' '; END IF;
      END LOOP;
    END;"""
    kind, found = client.out(block, None, None, types={0: NUMBER})
    assert kind == 1
    assert '"SIAK_BACKUP"."GLADI_2"' in found
    assert "REHEARSAL" in found.upper()
    client.fails(
        39211,
        block.replace("GLADI_2_01", "tak_ada")
        .replace(":kind", "kind")
        .replace("info sys", "kind NUMBER; info sys")
        .replace(":found := :found || info(i).value || ' '", "NULL"),
    )


def test_the_job_outlives_its_session_and_can_be_attached(engine: RehearsalEngine, client: Client) -> None:
    engine.arm(SERVICE, Faults(hang_at_percent=50), AccessFaults(), ClockFaults())
    other = Client(engine.open_session(SERVICE, USER, {}))
    start(other, "GLADI_LAMA")
    other.session.close()
    assert client.rows("SELECT job_name, RTRIM(operation), state FROM user_datapump_jobs") == [
        ("GLADI_LAMA", "EXPORT", "EXECUTING")
    ]
    client.fails(31634, "DECLARE h NUMBER; BEGIN h := dbms_datapump.open('EXPORT', 'SCHEMA', NULL, 'GLADI_LAMA'); END;")
    attached = "h := dbms_datapump.attach('GLADI_LAMA', USER);"
    client.run(f"DECLARE h NUMBER; BEGIN {attached} dbms_datapump.stop_job(h, 1, 0, 0); END;")
    assert client.rows("SELECT * FROM user_datapump_jobs") == []


def test_a_crash_leaves_an_orphan_that_can_be_dropped(
    engine: RehearsalEngine, client: Client, tmp_path: Path, dpdump: Path
) -> None:
    engine.arm(SERVICE, Faults(hang_at_percent=50), AccessFaults(), ClockFaults())
    start(client, "GLADI_YATIM")
    client.session.close()
    engine.close()
    again = open_engine(tmp_path, [SPEC], pace=Pace())
    again.database(SERVICE).accounts.create_directory(BACKUP_DIRECTORY, dpdump)
    later = Client(again.open_session(SERVICE, USER, {}))
    ((operation, state),) = later.rows("SELECT operation, state FROM user_datapump_jobs WHERE job_name = 'GLADI_YATIM'")
    assert (operation.strip(), state) == ("EXPORT", "NOT RUNNING")
    assert later.rows("SELECT table_name FROM user_tables") == [("GLADI_YATIM",)]
    later.run("DROP TABLE gladi_yatim")
    assert later.rows("SELECT * FROM user_datapump_jobs") == []
    later.session.close()
    again.close()


def test_a_table_in_the_way_of_the_master_table(client: Client) -> None:
    client.run("CREATE TABLE gladi_ada (n NUMBER)")
    client.fails(31626, "DECLARE h NUMBER; BEGIN h := dbms_datapump.open('EXPORT', 'SCHEMA', NULL, 'GLADI_ADA'); END;")


def test_overloads_are_chosen_by_type(client: Client) -> None:
    block = """
    DECLARE h NUMBER;
    BEGIN
      h := dbms_datapump.open('EXPORT', 'SCHEMA', NULL, 'GLADI_TIPE');
      dbms_datapump.set_parameter(h, 'METRICS', :value);
      dbms_datapump.detach(h);
    EXCEPTION WHEN dbms_datapump.inconsistent_args OR dbms_datapump.invalid_argval THEN
      dbms_datapump.detach(h);
      :code := SQLCODE;
    END;"""
    assert client.out(block, 1, None, types={1: NUMBER})[1] is None
    assert client.out(block, "satu", None, types={1: NUMBER})[1] == -39005
