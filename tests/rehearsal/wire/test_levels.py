# SPDX-License-Identifier: GPL-3.0-or-later
"""Every level of the protocol carries the same conversation."""

from __future__ import annotations

import asyncio
import itertools

import oracledb
import pytest
from scripted import ECHO, ONE, MemoryLob, Script, ScriptedEngine, dml, echo, one, query

from rehearsal.contract import Column, Kind, OracleError, OraType

ROWS = [(number, f"Warga {number} é", b"\x00" * number if number % 3 else None) for number in range(1, 251)]
LEVELS = list(itertools.product((315, 318, 319), (6, 7, 8, 9)))
LOBS = "select id, teks from catatan"


def engine():
    columns = [Column("ID", OraType.NUMBER), Column("NAMA", OraType.VARCHAR2), Column("ISI", OraType.RAW, 2000)]
    texts = [Column("ID", OraType.NUMBER), Column("TEKS", OraType.CLOB)]

    def fail(session, rows, cancelled):
        raise OracleError(20001, "sengaja\nORA-06512: at line 1")

    return ScriptedEngine(
        {
            ONE: one(),
            ECHO: echo(),
            "select * from warga": query(columns, lambda: ROWS),
            LOBS: query(texts, lambda: [(1, MemoryLob(OraType.CLOB, "ü" * 5000)), (2, None)]),
            "insert into t values (:1, :2)": dml("1", "2"),
            "begin gagal; end;": Script(Kind.PLSQL, fail),
        }
    )


@pytest.mark.parametrize(("tns_version", "field_version"), LEVELS)
def test_sync_client_at_each_level(start, tns_version, field_version):
    server = start(engine(), tns_version=tns_version, field_version=field_version)
    with server.connect() as connection, connection.cursor() as cursor:
        assert cursor.execute("select * from warga").fetchall() == ROWS
        assert cursor.execute("select * from warga").fetchall() == ROWS
        assert cursor.execute(LOBS).fetchone()[1].read() == "ü" * 5000
        back = cursor.var(str, 40)
        cursor.execute(ECHO, ["kata", back])
        assert back.getvalue() == "kata"
        cursor.executemany("insert into t values (:1, :2)", [(1, "a"), (2, None)])
        assert cursor.rowcount == 2
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-20001: sengaja\nORA-06512"):
            cursor.execute("begin gagal; end;")
        assert cursor.execute(ONE).fetchone() == (1,)
    assert server.engine.prepared.count("select * from warga") == 1


@pytest.mark.parametrize(("tns_version", "field_version"), LEVELS)
def test_async_client_at_each_level(start, tns_version, field_version):
    server = start(engine(), tns_version=tns_version, field_version=field_version)

    async def talk():
        async with await server.connect_async() as connection:
            with connection.cursor() as cursor:
                await cursor.execute("select * from warga")
                assert await cursor.fetchall() == ROWS
                await cursor.execute(LOBS)
                lob = (await cursor.fetchone())[1]
                assert await lob.read() == "ü" * 5000
                back = cursor.var(str, 40)
                await cursor.execute(ECHO, ["kata", back])
                assert back.getvalue() == "kata"
                with pytest.raises(oracledb.DatabaseError, match="ORA-20001"):
                    await cursor.execute("begin gagal; end;")
                await cursor.execute(ONE)
                assert await cursor.fetchone() == (1,)

    asyncio.run(talk())


@pytest.mark.parametrize("sdu", [512, 8192, 65536, 2 * 1024 * 1024])
@pytest.mark.parametrize("tns_version", [315, 319])
def test_values_larger_than_packets(start, sdu, tns_version):
    server = start(engine(), tns_version=tns_version)
    text, raw = "Sukamara é " * 40_000, bytes(range(256)) * 2000
    with server.connect(sdu=sdu) as connection, connection.cursor() as cursor:
        back = cursor.var(oracledb.DB_TYPE_LONG)
        given = cursor.var(oracledb.DB_TYPE_LONG)
        given.setvalue(0, text)
        cursor.execute(ECHO, [given, back])
        assert back.getvalue() == text
        back, given = cursor.var(oracledb.DB_TYPE_LONG_RAW), cursor.var(oracledb.DB_TYPE_LONG_RAW)
        given.setvalue(0, raw)
        cursor.execute(ECHO, [given, back])
        assert back.getvalue() == raw
        assert cursor.execute("select * from warga").fetchall() == ROWS


@pytest.mark.parametrize("length", range(440, 520, 4))
def test_requests_that_end_at_a_packets_end(start, length):
    """Whether a request that fills its packet goes on can be told only by reading it."""
    server = start(engine())
    text = "x" * length
    with server.connect(sdu=512) as connection, connection.cursor() as cursor:
        for size in (text, text + "y", text + "yy", text + "yyy"):
            back = cursor.var(str, 4000)
            cursor.execute(ECHO, [size, back])
            assert back.getvalue() == size
