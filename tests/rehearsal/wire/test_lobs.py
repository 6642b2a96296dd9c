# SPDX-License-Identifier: GPL-3.0-or-later
"""LOBs of the database, temporary ones, and files."""

from __future__ import annotations

import asyncio
import gc
import os

import oracledb
import pytest
from scripted import ECHO, ONE, FileBfile, MemoryLob, ScriptedEngine, block, echo, one, query

from rehearsal.contract import Column, Direction, OraType, ResultSet
from rehearsal.wire import locators

TEXT, BYTES = "Kependudukan é✓ " * 9000, os.urandom(300_000)
BOTH = "select id, teks, isi from arsip"
FILE = "select berkas from arsip"


def scripts(bfile=None):
    columns = [Column("ID", OraType.NUMBER), Column("TEKS", OraType.CLOB), Column("ISI", OraType.BLOB)]

    def rows():
        full = (MemoryLob(OraType.CLOB, TEXT), MemoryLob(OraType.BLOB, BYTES))
        return [(1, *full), (2, None, None), (3, MemoryLob(OraType.CLOB, ""), MemoryLob(OraType.BLOB, b""))]

    return {
        BOTH: query(columns, rows),
        FILE: query([Column("BERKAS", OraType.BFILE)], lambda: [(bfile,)]),
        ECHO: echo(),
        ONE: one(),
    }


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "siak_01.dmp"
    path.write_bytes(os.urandom(5_000_001))
    return path


def test_locators(start):
    with start(ScriptedEngine(scripts())).connect() as connection, connection.cursor() as cursor:
        for _ in range(3):
            (_, text, data), (_, no_text, no_data), (_, empty_text, empty_data) = cursor.execute(BOTH).fetchall()
            assert text.read() == TEXT
            assert text.size() == len(TEXT)
            assert text.read(5, 10) == TEXT[4:14]
            assert data.read() == BYTES
            assert data.read(299_990, 100) == BYTES[299_989:]
            assert data.read(400_000) == b""
            assert data.getchunksize() == 8132
            assert no_text is None
            assert no_data is None
            assert empty_text.read() == ""
            assert empty_data.read() == b""


def test_contents_instead_of_locators(start):
    expected = [(1, TEXT, BYTES), (2, None, None), (3, None, None)]
    server = start(ScriptedEngine(scripts()))
    with server.connect() as connection, connection.cursor() as cursor:
        for _ in range(3):
            assert cursor.execute(BOTH, fetch_lobs=False).fetchall() == expected
    assert server.engine.prepared == [BOTH]


@pytest.mark.parametrize("fetch_lobs", [True, False])
def test_lobs_behind_a_ref_cursor(start, fetch_lobs, monkeypatch):
    monkeypatch.setattr(oracledb.defaults, "fetch_lobs", fetch_lobs)

    def out(_):
        rows = iter([(n, MemoryLob(OraType.CLOB, f"teks {n}")) for n in range(150)])
        return [ResultSet((Column("N", OraType.NUMBER), Column("T", OraType.CLOB)), rows)]

    engine = ScriptedEngine({"begin buka(:a); end;": block(out, Direction.OUT)})
    with start(engine).connect() as connection, connection.cursor() as cursor:
        inner = connection.cursor()
        cursor.execute("begin buka(:a); end;", [inner])
        got = [(n, text.read() if fetch_lobs else text) for n, text in inner]
        assert got == [(n, f"teks {n}") for n in range(150)]


def test_temporary_lobs(start):
    with start(ScriptedEngine(scripts())).connect() as connection, connection.cursor() as cursor:
        clob = connection.createlob(oracledb.DB_TYPE_CLOB)
        clob.write("Sukamara é")
        clob.write(" 62.08", clob.size() + 1)
        assert clob.read() == "Sukamara é 62.08"
        clob.trim(8)
        assert clob.read() == "Sukamara"
        assert clob.size() == 8
        blob = connection.createlob(oracledb.DB_TYPE_BLOB, BYTES)
        assert blob.read() == BYTES
        blob.open()
        assert blob.isopen()
        blob.close()
        assert not blob.isopen()
        for lob, content in ((clob, "Sukamara"), (blob, BYTES)):
            back = cursor.var(lob.type)
            cursor.execute(ECHO, [lob, back])
            assert back.getvalue().read() == content


@pytest.mark.parametrize("value", ["é" * 50_000, b"\x07" * 50_000], ids=["text", "bytes"])
def test_long_plsql_binds_become_lobs(start, value):
    with start(ScriptedEngine(scripts())).connect() as connection, connection.cursor() as cursor:
        back = cursor.var(oracledb.DB_TYPE_CLOB if isinstance(value, str) else oracledb.DB_TYPE_BLOB)
        cursor.execute(ECHO, [value, back])
        assert back.getvalue().read() == value


def test_dropped_locators_are_given_back(start, monkeypatch):
    monkeypatch.setattr(locators, "MOST_LOBS", 50)
    rows = [(MemoryLob(OraType.CLOB, "x"),) for _ in range(20)]
    engine = ScriptedEngine({"select t from t": query([Column("T", OraType.CLOB)], lambda: rows)})
    with start(engine).connect() as connection, connection.cursor() as cursor:
        for _ in range(6):
            cursor.execute("select t from t").fetchall()
            gc.collect()
        held = [cursor.execute("select t from t").fetchall() for _ in range(2)]
        with pytest.raises(oracledb.DatabaseError, match="ORA-22922"):
            cursor.execute("select t from t").fetchall()
        assert len(held) == 2


def test_bfile(start, dump):
    bfile = FileBfile(dump)
    with start(ScriptedEngine(scripts(bfile))).connect(sdu=65536) as connection, connection.cursor() as cursor:
        lob = cursor.execute(FILE).fetchone()[0]
        assert lob.getfilename() == ("DIR", "siak_01.dmp")
        assert lob.size() == 5_000_001
        assert not lob.isopen()
        lob.open()
        assert lob.isopen()
        assert lob.read() == dump.read_bytes()
        assert lob.read(5_000_001, 10) == dump.read_bytes()[-1:]
        assert lob.read(5_000_002, 10) == b""
        lob.close()
        assert not bfile.is_open()
        assert lob.read(1, 3) == dump.read_bytes()[:3], "the client opens by itself"


def test_bfile_by_the_async_client(start, dump):
    server = start(ScriptedEngine(scripts(FileBfile(dump))), tns_version=319)

    async def read():
        async with await server.connect_async(sdu=8192) as connection:
            with connection.cursor() as cursor:
                await cursor.execute(FILE)
                (lob,) = await cursor.fetchone()
                await lob.open()
                data = [await lob.read(at, 700_000) for at in range(1, await lob.size() + 1, 700_000)]
                await lob.close()
                return b"".join(data)

    assert asyncio.run(read()) == dump.read_bytes()


def test_missing_file(start, tmp_path):
    engine = ScriptedEngine(scripts(FileBfile(tmp_path / "tidak_ada.dmp")))
    with start(engine).connect() as connection, connection.cursor() as cursor:
        (lob,) = cursor.execute(FILE).fetchone()
        with pytest.raises(oracledb.DatabaseError, match="ORA-22288"):
            lob.open()
        assert cursor.execute(ONE).fetchone() == (1,)


@pytest.mark.parametrize("tns_version", [315, 319])
@pytest.mark.parametrize("fail_at", [1, 3_000_000])
def test_file_that_fails_in_the_middle_of_a_read(start, dump, tns_version, fail_at):
    server = start(ScriptedEngine(scripts(FileBfile(dump, fail_at=fail_at))), tns_version=tns_version)
    with server.connect() as connection, connection.cursor() as cursor:
        (lob,) = cursor.execute(FILE).fetchone()
        lob.open()
        with pytest.raises(oracledb.DatabaseError, match="ORA-22292"):
            lob.read()
        assert cursor.execute(ONE).fetchone() == (1,)
