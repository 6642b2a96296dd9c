# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m rehearsal serve` as the unmodified driver meets it: levels of the protocol, values, ends of calls."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import oracledb
import pytest
from rehearsal_server import RehearsalDatabase, RehearsalServer, rehearsal_server

if TYPE_CHECKING:
    from collections.abc import Iterator

RESIDENTS = 120
EXPORT_BYTES_PER_S = 100_000
"""Slow enough that an export of this database takes a second."""
LEVELS = [(315, 6), (318, 7), (319, 8), (315, 9)]
"""TNS version and TTC field version; all twelve pairs are `wire/test_levels.py`'s."""
SDUS = [512, 8 * 1024, 64 * 1024, 2 * 1024 * 1024]
MIB = 1024 * 1024
TEXT = "Kabupaten Sukamara é 苏 " * 20_000

PEOPLE = "SELECT nik, nama_lgkp, tgl_lhr FROM siakoff.biodata_wni WHERE nik > :nik ORDER BY nik"
PLSQL_ECHO = "BEGIN :back := :text; END;"
SLEEP = "BEGIN dbms_session.sleep(60); END;"
START_JOB = """
DECLARE
  h NUMBER;
BEGIN
  h := dbms_datapump.open('EXPORT', 'SCHEMA', NULL, :job);
  dbms_datapump.add_file(h, :job || '.log', 'SIAK_BACKUP_DIR', NULL, dbms_datapump.ku$_file_type_log_file);
  dbms_datapump.add_file(h, :job || '_%U.dmp', 'SIAK_BACKUP_DIR', '3900M');
  dbms_datapump.metadata_filter(h, 'SCHEMA_EXPR', 'IN (''SIAKOFF'')');
  dbms_datapump.start_job(h);
END;"""
ATTACH_AND_WAIT = "DECLARE h NUMBER; BEGIN h := dbms_datapump.attach(:job); dbms_datapump.wait_for_job(h, :state); END;"


def address(database: RehearsalDatabase, **changes: object) -> dict[str, object]:
    host, _, port = database.dsn.partition("/")[0].rpartition(":")
    password = database.password_file.read_text(encoding="utf-8").strip()
    fixed = {"user": database.user, "password": password, "host": host, "port": int(port)}
    return fixed | {"service_name": database.service} | changes


def connect(database: RehearsalDatabase, **changes: object) -> oracledb.Connection:
    return oracledb.connect(**address(database, **changes))


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RehearsalServer]:
    """A server whose exports take a second."""
    state = tmp_path_factory.mktemp("slow") / "state"
    with rehearsal_server(state, f"--export-rate={EXPORT_BYTES_PER_S}", gladi=RESIDENTS) as server:
        yield server


@pytest.fixture
def database(slow: RehearsalServer) -> RehearsalDatabase:
    return slow["gladi"]


@pytest.fixture
def cursor(database: RehearsalDatabase) -> Iterator[oracledb.Cursor]:
    with connect(database) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.mark.parametrize(("tns_version", "field_version"), LEVELS)
def test_every_level_and_packet_size(tmp_path: Path, tns_version: int, field_version: int) -> None:
    level = (f"--tns-version={tns_version}", f"--field-version={field_version}")
    with rehearsal_server(tmp_path / "state", *level, gladi=RESIDENTS) as server:
        for sdu in SDUS:
            talk(server["gladi"], sdu)
            asyncio.run(talk_async(server["gladi"], sdu))


def talk(database: RehearsalDatabase, sdu: int) -> None:
    with connect(database, sdu=sdu) as connection, connection.cursor() as cursor:
        people = cursor.execute(PEOPLE, nik="0").fetchall()
        assert len(people) == RESIDENTS
        assert cursor.execute(PEOPLE, nik=people[9][0]).fetchall() == people[10:]
        back = cursor.var(oracledb.DB_TYPE_CLOB)
        cursor.execute(PLSQL_ECHO, back=back, text=TEXT)
        assert back.getvalue().read() == TEXT
        with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
            cursor.execute("SELECT * FROM tak_ada")
        assert cursor.execute("SELECT 1 FROM dual").fetchone() == (1,)


async def talk_async(database: RehearsalDatabase, sdu: int) -> None:
    async with await oracledb.connect_async(**address(database, sdu=sdu)) as connection:
        with connection.cursor() as cursor:
            await cursor.execute(PEOPLE, nik="0")
            people = await cursor.fetchall()
            assert len(people) == RESIDENTS
            await cursor.execute(PEOPLE, nik=people[9][0])
            assert await cursor.fetchall() == people[10:]
            back = cursor.var(oracledb.DB_TYPE_CLOB)
            await cursor.execute(PLSQL_ECHO, back=back, text=TEXT)
            assert await back.getvalue().read() == TEXT
            with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
                await cursor.execute("SELECT * FROM tak_ada")
            await cursor.execute("SELECT 1 FROM dual")
            assert await cursor.fetchone() == (1,)


def test_wrong_password(database: RehearsalDatabase) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        connect(database, password="salah")
    connect(database).close()


def test_unknown_service(database: RehearsalDatabase) -> None:
    with pytest.raises(oracledb.OperationalError, match="DPY-6001"):
        connect(database, service_name="tidak_ada")


@pytest.mark.parametrize(
    ("refuse", "error"),
    [("native-encryption", "DPY-3001"), ("old-verifier", "DPY-3015"), ("old-version", "DPY-3010")],
)
def test_servers_that_the_thin_driver_refuses(slow: RehearsalServer, refuse: str, error: str) -> None:
    with slow.faults("gladi", refuse=refuse), pytest.raises(oracledb.Error, match=error):
        connect(slow["gladi"])
    connect(slow["gladi"]).close()


def test_statement_cache(cursor: oracledb.Cursor) -> None:
    """From the second time on the driver sends a number, for the text and for the binds' types."""
    for number in range(3):
        for text in ("SELECT :a || 'x' FROM dual", "SELECT 'y' || :a FROM dual"):
            expected = text.partition("'")[2][0]
            (answer,) = cursor.execute(text, a=str(number)).fetchone()
            assert sorted(answer) == sorted((expected, str(number)))


@pytest.fixture
def table(cursor: oracledb.Cursor) -> Iterator[str]:
    """An empty table of its own."""
    cursor.execute("CREATE TABLE uji (n NUMBER PRIMARY KEY, t VARCHAR2(40), c CLOB, b BLOB)")
    yield "uji"
    cursor.execute("DROP TABLE uji")


def test_array_binds(cursor: oracledb.Cursor, table: str) -> None:
    rows = [(n, None if n % 7 else f"baris {n}") for n in range(500)]
    cursor.executemany(f"INSERT INTO {table} (n, t) VALUES (:1, :2)", rows)
    assert cursor.rowcount == 500
    assert cursor.execute(f"SELECT n, t FROM {table} ORDER BY n").fetchall() == rows


def test_contents_instead_of_locators(cursor: oracledb.Cursor, table: str) -> None:
    cursor.execute(f"INSERT INTO {table} VALUES (1, 'x', :c, :b)", c=TEXT, b=bytes(range(256)) * 100)
    cursor.execute(f"INSERT INTO {table} VALUES (2, 'x', NULL, NULL)")
    expected = [(1, TEXT, bytes(range(256)) * 100), (2, None, None)]
    locators = cursor.execute(f"SELECT n, c, b FROM {table} ORDER BY n").fetchall()
    assert [(n, c and c.read(), b and b.read()) for n, c, b in locators] == expected
    # another text: the driver keeps the way it fetches with the statement
    contents = cursor.execute(f"SELECT n, c, b FROM {table} ORDER BY 1", fetch_lobs=False).fetchall()
    assert contents == expected


def test_ref_cursor(cursor: oracledb.Cursor) -> None:
    rows = cursor.var(oracledb.DB_TYPE_CURSOR)
    for _ in range(2):
        cursor.execute("BEGIN OPEN :rows FOR SELECT nik FROM siakoff.biodata_wni; END;", rows=rows)
        assert len(rows.getvalue().fetchall()) == RESIDENTS


def test_cancel(cursor: oracledb.Cursor) -> None:
    timer = threading.Timer(0.2, cursor.connection.cancel)
    timer.start()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        cursor.execute(SLEEP)
    timer.join()
    assert cursor.execute("SELECT 1 FROM dual").fetchone() == (1,)


def test_call_timeout(cursor: oracledb.Cursor) -> None:
    cursor.connection.call_timeout = 200
    with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        cursor.execute(SLEEP)
    assert cursor.execute("SELECT 1 FROM dual").fetchone() == (1,)


def test_server_killed_in_the_middle_of_a_bfile(tmp_path: Path) -> None:
    with rehearsal_server(tmp_path / "state", gladi=3) as server, connect(server["gladi"]) as connection:
        with (server["gladi"].directory_path / "besar.dmp").open("wb") as sparse:
            sparse.truncate(64 * MIB)
        (lob,) = connection.cursor().execute("SELECT BFILENAME('SIAK_BACKUP_DIR', 'besar.dmp') FROM dual").fetchone()
        lob.open()
        assert lob.read(1, MIB) == bytes(MIB)
        threading.Timer(0.05, server.process.kill).start()
        with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
            [lob.read(1, 64 * MIB) for _ in range(1000)]
        assert not connection.is_healthy()


def test_a_job_outlives_its_session(database: RehearsalDatabase) -> None:
    with connect(database) as connection:
        connection.cursor().execute(START_JOB, job="GLADI_AWET")
    with connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT state, attached_sessions FROM user_datapump_jobs WHERE job_name = 'GLADI_AWET'")
        assert cursor.fetchone() == ("EXECUTING", 0)
        state = cursor.var(str, 30)
        cursor.execute(ATTACH_AND_WAIT, job="GLADI_AWET", state=state)
        assert state.getvalue() == "COMPLETED"
    assert {"GLADI_AWET.log", "GLADI_AWET_01.dmp"} <= database.files()
