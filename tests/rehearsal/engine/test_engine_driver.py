# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine behind the listener, driven by the unmodified driver."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from datetime import datetime
from typing import TYPE_CHECKING

import oracledb
import pytest
from engine_client import RESIDENTS, SERVICE, SPEC, USER

from rehearsal.listener import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.engine import RehearsalEngine

EXPORT = """
DECLARE
  h NUMBER;
BEGIN
  :scn := dbms_flashback.get_system_change_number;
  h := dbms_datapump.open('EXPORT', 'SCHEMA', NULL, :job);
  dbms_datapump.add_file(h, :job || '.log', 'SIAK_BACKUP_DIR', NULL, dbms_datapump.ku$_file_type_log_file);
  dbms_datapump.add_file(h, :job || '_%U.dmp', 'SIAK_BACKUP_DIR', '3900M');
  dbms_datapump.metadata_filter(h, 'SCHEMA_EXPR', 'IN (''SIAKOFF'')');
  dbms_datapump.set_parameter(h, 'FLASHBACK_SCN', :scn);
  dbms_datapump.start_job(h);
  dbms_datapump.wait_for_job(h, :state);
END;"""


@pytest.fixture
def dsn(engine: RehearsalEngine) -> Iterator[str]:
    ports: list[int] = []
    ready = threading.Event()
    stops: list[asyncio.Event] = []
    loop = asyncio.new_event_loop()

    async def main() -> None:
        stops.append(asyncio.Event())
        async with await serve(engine) as listener:
            ports.append(listener.port)
            ready.set()
            await stops[0].wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    assert ready.wait(10)
    yield f"127.0.0.1:{ports[0]}/{SERVICE}"
    loop.call_soon_threadsafe(stops[0].set)
    thread.join(10)
    loop.close()


@pytest.fixture
def connection(dsn: str) -> Iterator[oracledb.Connection]:
    with oracledb.connect(user=USER, password=SPEC.password, dsn=dsn) as connection:
        yield connection


def test_a_whole_export_is_fetched_as_bfile(connection: oracledb.Connection, dpdump: Path) -> None:
    with connection.cursor() as cursor:
        scn, state = cursor.var(int), cursor.var(str, 30)
        cursor.execute(EXPORT, scn=scn, job="GLADI_9", state=state)
        assert state.getvalue() == "COMPLETED"
        cursor.execute("SELECT COUNT(*) FROM siakoff.biodata_wni AS OF SCN :scn", scn=scn.getvalue())
        assert cursor.fetchone() == (RESIDENTS,)
        cursor.execute("SELECT BFILENAME(:d, :f) FROM dual", d="SIAK_BACKUP_DIR", f="GLADI_9_01.dmp")
        (bfile,) = cursor.fetchone()
        assert bfile.getfilename() == ("SIAK_BACKUP_DIR", "GLADI_9_01.dmp")
        bfile.open()
        content = b"".join(bfile.read(offset, 65536) for offset in range(1, bfile.size() + 1, 65536))
        bfile.close()
    written = (dpdump / "GLADI_9_01.dmp").read_bytes()
    assert hashlib.sha256(content).digest() == hashlib.sha256(written).digest()


def test_types_come_as_the_driver_expects(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nik, nama_lgkp, tgl_lhr, 1 / 4, TO_CLOB('panjang'), NULL, HEXTORAW('ff'), SYSTIMESTAMP "
            "FROM siakoff.biodata_wni WHERE ROWNUM = 1"
        )
        kinds = [column.type_code for column in cursor.description]
        nik, name, born, quarter, clob, null, raw, now = cursor.fetchone()
        assert kinds[:3] == [oracledb.DB_TYPE_NUMBER, oracledb.DB_TYPE_VARCHAR, oracledb.DB_TYPE_DATE]
        assert kinds[6:] == [oracledb.DB_TYPE_RAW, oracledb.DB_TYPE_TIMESTAMP_TZ]
        assert (str(nik)[:6], type(name), type(born), quarter) == ("620899", str, datetime, 0.25)
        assert str(clob) == "panjang" or clob.read() == "panjang"
        assert (null, raw, type(now)) == (None, b"\xff", datetime)


def test_blocks_cursors_and_lobs(connection: oracledb.Connection) -> None:
    with connection.cursor() as cursor:
        rows, text = cursor.var(oracledb.DB_TYPE_CURSOR), cursor.var(oracledb.DB_TYPE_CLOB)
        cursor.execute(
            "DECLARE c CLOB; BEGIN FOR i IN 1 .. :n LOOP c := c || i || CHR(10); END LOOP; :text := c; "
            "OPEN :rows FOR SELECT LEVEL n FROM dual CONNECT BY LEVEL <= :n; END;",
            n=500,
            text=text,
            rows=rows,
        )
        assert text.getvalue().read().splitlines() == [str(number) for number in range(1, 501)]
        assert len(rows.getvalue().fetchall()) == 500
        cursor.execute("SELECT DBMS_LOB.GETLENGTH(:c) FROM dual", c="x" * 3000)
        assert cursor.fetchone() == (3000,)
        assert cursor.callfunc("dbms_lob.substr", str, ["abcdef", 2, 3]) == "cd"
        cursor.callproc("dbms_output.enable")
        cursor.callproc("dbms_output.put_line", ["halo"])
        lines = cursor.arrayvar(str, 5)
        count = cursor.var(int)
        count.setvalue(0, 5)
        cursor.callproc("dbms_output.get_lines", [lines, count])
        assert (lines.getvalue()[: count.getvalue()], count.getvalue()) == (["halo"], 1)


def test_transactions(connection: oracledb.Connection, dsn: str) -> None:
    with (
        connection.cursor() as cursor,
        oracledb.connect(user=USER, password=SPEC.password, dsn=dsn) as other,
        other.cursor() as elsewhere,
    ):
        cursor.execute("CREATE TABLE uji (n NUMBER PRIMARY KEY, t VARCHAR2(20))")
        cursor.executemany("INSERT INTO uji VALUES (:1, :2)", [(n, f"baris {n}") for n in range(100)])
        assert cursor.rowcount == 100
        assert elsewhere.execute("SELECT COUNT(*) FROM uji").fetchone() == (0,)
        connection.commit()
        assert elsewhere.execute("SELECT COUNT(*) FROM uji").fetchone() == (100,)
        with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
            cursor.execute("INSERT INTO uji VALUES (1, 'lagi')")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT * FROM tak_ada", "ORA-00942"),
        ("SELECT tak_ada FROM dual", 'ORA-00904: "TAK_ADA": invalid identifier'),
        ("BEGIN utl_file.fremove('A'); END;", "PLS-00306"),
        ("BEGIN utl_file.fremove('TAK_ADA', 'x'); END;", "ORA-29280: invalid directory path\nORA-06512: at line 1"),
        ("BEGIN dbms_datapump.detach(99); END;", "ORA-31623"),
        ("SELECT 1 FROM dual WHERE 1 = :tak_terikat AND 2 = :lagi", "DPY-4010|ORA-01008"),
    ],
)
def test_errors_reach_the_driver(connection: oracledb.Connection, statement: str, message: str) -> None:
    with connection.cursor() as cursor, pytest.raises(oracledb.DatabaseError, match=message):
        cursor.execute(statement)
    assert connection.cursor().execute("SELECT 1 FROM dual").fetchone() == (1,)


def test_a_call_timeout_breaks_a_sleep(connection: oracledb.Connection) -> None:
    connection.call_timeout = 200
    with connection.cursor() as cursor, pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        cursor.execute("BEGIN dbms_session.sleep(60); END;")
    connection.call_timeout = 0
    assert connection.cursor().execute("SELECT 1 FROM dual").fetchone() == (1,)


def test_the_third_wrong_password_locks(dsn: str) -> None:
    for _ in range(3):
        with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
            oracledb.connect(user=USER, password="salah", dsn=dsn)
    with pytest.raises(oracledb.DatabaseError, match="ORA-28000"):
        oracledb.connect(user=USER, password=SPEC.password, dsn=dsn)
