# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted calls: the connection survives, the engine is told."""

from __future__ import annotations

import asyncio
import threading

import oracledb
import pytest
from scripted import ENDLESS, ONE, MemoryLob, ScriptedEngine, endless, one, query

from rehearsal.contract import Column, OraType
from rehearsal.wire.lobs import SLICE

SLOW_ROWS = "select n from pelan"
SLOW_LOB = "select b from pelan"
LEVELS = pytest.mark.parametrize("tns_version", [315, 318, 319])


class SlowLob(MemoryLob):
    """A BLOB of which only the first slice comes at once."""

    def __init__(self, started):
        super().__init__(OraType.BLOB, bytes(3 * SLICE))
        self._started = started

    def read(self, offset, amount):
        if offset > SLICE:
            self._started.set()
            threading.Event().wait(0.3)
        return super().read(offset, amount)


class Stage:
    """An engine with an endless block, and what a test must know of it."""

    def __init__(self, start, tns_version):
        self.started = threading.Event()
        engine = ScriptedEngine(
            {
                ONE: one(),
                ENDLESS: endless(self.started),
                SLOW_LOB: query([Column("B", OraType.BLOB)], lambda: [(SlowLob(self.started),)]),
                SLOW_ROWS: query([Column("N", OraType.NUMBER)], self.rows),
            }
        )
        self.server = start(engine, tns_version=tns_version)

    def rows(self):
        yield from ((n,) for n in range(50))
        self.started.set()
        threading.Event().wait(0.3)
        yield from ((n,) for n in range(50, 1000))

    def cancel_when_started(self, connection):
        def cancel():
            assert self.started.wait(5)
            connection.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        return thread


@pytest.fixture
def stage(start, tns_version):
    return Stage(start, tns_version)


@LEVELS
def test_cancel(stage):
    with stage.server.connect() as connection, connection.cursor() as cursor:
        for _ in range(3):
            stage.started.clear()
            thread = stage.cancel_when_started(connection)
            with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
                cursor.execute(ENDLESS)
            thread.join()
            assert cursor.execute(ONE).fetchone() == (1,)


@LEVELS
def test_cancel_between_rows(stage):
    with stage.server.connect() as connection, connection.cursor() as cursor:
        for _ in range(2):
            stage.started.clear()
            thread = stage.cancel_when_started(connection)
            with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
                cursor.execute(SLOW_ROWS).fetchall()
            thread.join()
            assert cursor.execute(ONE).fetchone() == (1,)


@LEVELS
def test_cancel_in_the_middle_of_a_lob(stage):
    """Part of the response is out already: the client drops it, and packets stay whole."""
    with stage.server.connect() as connection, connection.cursor() as cursor:
        (lob,) = cursor.execute(SLOW_LOB).fetchone()
        for _ in range(2):
            stage.started.clear()
            thread = stage.cancel_when_started(connection)
            with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
                lob.read()
            thread.join()
            assert cursor.execute(ONE).fetchone() == (1,)
        assert lob.read(1, 10) == bytes(10)


@LEVELS
def test_call_timeout(stage):
    with stage.server.connect() as connection, connection.cursor() as cursor:
        for _ in range(2):
            connection.call_timeout = 200
            with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                cursor.execute(ENDLESS)
            connection.call_timeout = 0
            assert cursor.execute(ONE).fetchone() == (1,)


@LEVELS
def test_cancel_when_nothing_runs(stage):
    with stage.server.connect() as connection, connection.cursor() as cursor:
        assert cursor.execute(ONE).fetchone() == (1,)
        connection.cancel()
        with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
            cursor.execute(ONE)
        assert cursor.execute(ONE).fetchone() == (1,)


@LEVELS
def test_async_call_timeout(stage):
    async def talk():
        async with await stage.server.connect_async() as connection:
            with connection.cursor() as cursor:
                connection.call_timeout = 200
                with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
                    await cursor.execute(ENDLESS)
                connection.call_timeout = 0
                await cursor.execute(ONE)
                assert await cursor.fetchone() == (1,)

    asyncio.run(talk())


@LEVELS
def test_client_that_leaves_cancels_its_call(stage):
    async def leave():
        connection = await stage.server.connect_async()
        call = asyncio.create_task(connection.cursor().execute(ENDLESS))
        await asyncio.to_thread(stage.started.wait, 5)
        call.cancel()
        await asyncio.wait([call])
        await connection.close()

    asyncio.run(leave())
    assert stage.server.engine.sessions[0].closed.wait(5)


def test_many_sessions_may_wait_at_once(start):
    """A call that blocks holds a thread: the threads must not run out before the connections do."""
    stage = Stage(start, 315)
    connections = [stage.server.connect() for _ in range(30)]
    blocked = [
        threading.Thread(target=pytest.raises, args=(oracledb.DatabaseError, connection.cursor().execute, ENDLESS))
        for connection in connections
    ]
    for thread in blocked:
        thread.start()
    with stage.server.connect() as free:
        assert free.cursor().execute(ONE).fetchone() == (1,)
    for connection in connections:
        connection.cancel()
    for thread in blocked:
        thread.join(5)
        assert not thread.is_alive()
