# SPDX-License-Identifier: GPL-3.0-or-later
"""Rubbish on the port, broken lines, too many guests: nobody else is harmed."""

from __future__ import annotations

import logging
import socket
import struct
import threading

import oracledb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted import ONE, FileBfile, ScriptedEngine, one, query

from rehearsal.contract import Column, OraType
from rehearsal.listener import LineFault

FILE = "select berkas from arsip"
FILE_BYTES = 64 * 1024 * 1024
# the driver forgets to close its socket when a send fails
LEAKY_CLIENT = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
CONNECT_HEAD = bytes.fromhex("013f012c0000200020004f980000000100000000")


def engine(path=None):
    files = query([Column("BERKAS", OraType.BFILE)], lambda: [(FileBfile(path),)])
    return ScriptedEngine({ONE: one(), FILE: files})


def closes(port, data):
    """Whether the server closes a connection after receiving `data`."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall(data)
        try:
            while sock.recv(65536):
                pass
        except ConnectionResetError:
            pass
    return True


def packet(kind, body):
    return struct.pack(">HHBBH", len(body) + 8, 0, kind, 0, 0) + body


class Relay(threading.Thread):
    """Passes a real client's bytes on, but replaces the `nth` packet of the client with `rubbish`."""

    def __init__(self, port, replace):
        super().__init__(daemon=True)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._upstream = socket.create_connection(("127.0.0.1", port))
        self._replace = replace

    def run(self):
        with self._server, self._upstream, self._server.accept()[0] as client:
            back = threading.Thread(target=self._copy, args=(self._upstream, client), daemon=True)
            back.start()
            for count in range(10_000):
                data = client.recv(65536)
                if not data:
                    break
                try:
                    self._upstream.sendall(self._replace(count, data))
                except OSError:
                    break
            self._upstream.shutdown(socket.SHUT_WR)
            back.join(5)

    @staticmethod
    def _copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


RUBBISH = {
    "text": b"GET / HTTP/1.1\r\nHost: siak\r\n\r\n",
    "zeros": bytes(64),
    "all ones": b"\xff" * 64,
    "unknown type": packet(99, b""),
    "no connect first": packet(6, bytes(20)),
    "connect too short": packet(1, bytes(10)),
    "huge connect data": packet(1, CONNECT_HEAD[:16] + struct.pack(">HH", 0xFFFF, 74) + bytes(60)),
}


@pytest.mark.parametrize("data", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_is_logged_and_harms_nobody(start, data, caplog):
    server = start(engine())
    with server.connect() as connection, caplog.at_level(logging.WARNING):
        assert closes(server.port, data)
        assert connection.cursor().execute(ONE).fetchone() == (1,)
    assert "127.0.0.1" in caplog.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), kind=st.sampled_from([1, 6, 12]))
def test_any_bytes(start, data, kind):
    if not hasattr(test_any_bytes, "server"):
        test_any_bytes.server = start(engine(), logon_timeout_s=0.05)
    assert closes(test_any_bytes.server.port, packet(kind, data))


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("damage", ["long", "noise"])
@LEAKY_CLIENT
def test_conversation_that_turns_to_rubbish(start, at, damage):
    """Each packet of logon and first query in turn becomes rubbish inside a sound frame, or claims a huge length."""

    def replace(count, data):
        if count != at:
            return data
        if damage == "long":
            return b"\x7f\xff\xff\xff" + data[4:]
        return data[:10] + bytes((7 * i + 3) % 256 for i in range(len(data) - 10))

    server = start(engine(), logon_timeout_s=1)
    relay = Relay(server.port, replace)
    relay.start()
    with pytest.raises(oracledb.Error):
        oracledb.connect(**server.parameters(port=relay.port, tcp_connect_timeout=5)).cursor().execute(ONE)
    relay.join(5)
    assert not relay.is_alive()
    with server.connect() as connection:
        assert connection.cursor().execute(ONE).fetchone() == (1,)


@LEAKY_CLIENT
def test_request_larger_than_allowed_ends_its_connection(start, caplog):
    server = start(engine(), max_request_bytes=100_000)
    with server.connect() as other:
        connection = server.connect()
        blob = connection.createlob(oracledb.DB_TYPE_BLOB)
        blob.write(bytes(90_000))
        with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
            blob.write(bytes(200_000))
        assert other.cursor().execute(ONE).fetchone() == (1,)
    assert "more than 100000 bytes" in caplog.text


def test_silence_instead_of_a_logon(start, caplog):
    server = start(engine(), logon_timeout_s=0.1)
    assert closes(server.port, b"")
    assert "silent for too long" in caplog.text


def test_too_many_connections(start):
    server = start(engine(), max_connections=2)
    with server.connect() as first, server.connect():
        with pytest.raises(oracledb.OperationalError, match="12519"):
            server.connect()
        assert first.cursor().execute(ONE).fetchone() == (1,)


def test_client_that_resets_its_line(start):
    server = start(engine())
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.sendall(packet(1, bytes(10))[:9])
    with server.connect() as connection:
        assert connection.cursor().execute(ONE).fetchone() == (1,)


@pytest.fixture
def big_file(tmp_path):
    path = tmp_path / "siak.dmp"
    with path.open("wb") as sparse:
        sparse.truncate(FILE_BYTES)
    return path


def open_file(connection):
    (lob,) = connection.cursor().execute(FILE).fetchone()
    lob.open()
    return lob


def test_line_dropped_in_the_middle_of_a_lob(start, big_file):
    server = start(engine(big_file), line_fault=lambda _service: LineFault(after_bytes=3_000_000))
    connection = server.connect(sdu=65536)
    lob = open_file(connection)
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        lob.read(1, FILE_BYTES)
    assert not connection.is_healthy()
    assert server.engine.sessions[0].closed.wait(5)


def test_line_that_stalls_for_a_while(start, big_file):
    server = start(engine(big_file), line_fault=lambda _service: LineFault(after_bytes=100_000, stall_s=0.2))
    with server.connect() as connection:
        lob = open_file(connection)
        assert lob.read(1, 200_000) == bytes(200_000)
        assert lob.read(1, 200_000) == bytes(200_000)
