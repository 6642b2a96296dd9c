# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from engine_client import NUMBER, RESIDENTS, SERVICE

from rehearsal.contract import OracleError

if TYPE_CHECKING:
    from engine_client import Client

    from rehearsal.engine import RehearsalEngine

BUKU = "CREATE TABLE buku (no NUMBER(4) PRIMARY KEY, judul VARCHAR2(10) NOT NULL, harga NUMBER(5, 2), terbit DATE)"


@pytest.fixture
def buku(client: Client) -> Client:
    client.run(BUKU)
    client.run("INSERT INTO buku (no, judul) VALUES (1, 'satu')")
    client.run("INSERT INTO buku (no, judul) VALUES (2, 'dua')")
    client.session.commit()
    return client


def scn(client: Client) -> int:
    return int(client.value("SELECT dbms_flashback.get_system_change_number FROM dual"))


def count(client: Client, at: int, table: str = "buku") -> int:
    return int(client.value(f"SELECT COUNT(*) FROM {table} AS OF SCN :s", at))


def test_as_of_scn_counts_what_was_committed_then(buku: Client) -> None:
    before = scn(buku)
    buku.run("INSERT INTO buku (no, judul) VALUES (3, 'tiga')")
    pending = scn(buku)
    buku.session.commit()
    after = scn(buku)
    buku.run("UPDATE buku SET judul = 'dua b' WHERE no = 2")
    buku.run("DELETE FROM buku WHERE no = 1")
    buku.session.commit()
    last = scn(buku)
    assert [count(buku, at) for at in (before, pending, after, last)] == [2, 2, 3, 2]
    assert buku.value("SELECT judul FROM buku AS OF SCN :s WHERE no = 2", after) == "dua"
    assert buku.value("SELECT judul FROM buku AS OF SCN :s b WHERE b.no = 2", last) == "dua b"
    assert buku.value(f"SELECT COUNT(*) FROM buku AS OF SCN {after}") == 3


def test_a_row_changed_twice_in_one_transaction_has_one_old_version(buku: Client) -> None:
    before = scn(buku)
    buku.run("UPDATE buku SET judul = 'x' WHERE no = 1")
    buku.run("UPDATE buku SET judul = 'y' WHERE no = 1")
    buku.run("DELETE FROM buku WHERE no = 1")
    buku.session.commit()
    assert buku.rows("SELECT judul FROM buku AS OF SCN :s ORDER BY no", before) == [("satu",), ("dua",)]


def test_flashback_of_the_registry(client: Client) -> None:
    assert count(client, scn(client), "siakoff.biodata_wni") == RESIDENTS
    client.fails(8181, "SELECT COUNT(*) FROM siakoff.biodata_wni AS OF SCN :s", scn(client) + 10**9)
    client.fails(1555, "SELECT COUNT(*) FROM siakoff.biodata_wni AS OF SCN 5")
    client.fails(8180, "SELECT COUNT(*) FROM siakoff.biodata_wni AS OF TIMESTAMP SYSTIMESTAMP + 1")
    client.fails(8187, "SELECT COUNT(*) FROM user_users AS OF SCN 5")


def test_scn_rises_and_converts_to_time(client: Client) -> None:
    first = scn(client)
    client.run("CREATE TABLE lewat (n NUMBER)")
    second = scn(client)
    assert first < second
    now = client.value("SELECT TIMESTAMP_TO_SCN(SYSTIMESTAMP) FROM dual")
    assert abs(now - second) < 100
    assert client.value("SELECT ABS(CAST(SCN_TO_TIMESTAMP(:s) AS DATE) - SYSDATE) * 86400 FROM dual", second) < 60


def test_other_sessions_see_only_what_is_committed(buku: Client, second: Client) -> None:
    buku.run("DELETE FROM buku")
    assert second.value("SELECT COUNT(*) FROM buku") == 2
    buku.session.rollback()
    assert buku.value("SELECT COUNT(*) FROM buku") == 2
    buku.run("DELETE FROM buku")
    buku.session.commit()
    assert second.value("SELECT COUNT(*) FROM buku") == 0


def test_a_second_writer_waits_and_can_be_cancelled(buku: Client, second: Client) -> None:
    buku.run("DELETE FROM buku WHERE no = 1")
    statement = second.session.prepare("DELETE FROM buku WHERE no = 2")
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(OracleError) as caught:
        second.session.execute(statement, [], [[]], cancelled)
    assert caught.value.code == 1013
    buku.session.commit()
    assert second.run("DELETE FROM buku WHERE no = 2").row_count == 1


def test_a_long_query_can_be_cancelled(client: Client) -> None:
    statement = client.session.prepare(
        "BEGIN FOR r IN (SELECT COUNT(*) FROM dual CONNECT BY LEVEL <= 100000000) LOOP NULL; END LOOP; END;"
    )
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(OracleError, match="ORA-01013"):
        client.session.execute(statement, [], [[]], cancelled)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO buku (no, judul) VALUES (1, 'lagi')", 1),
        ("INSERT INTO buku (no) VALUES (9)", 1400),
        ("INSERT INTO buku (no, judul) VALUES (9, '')", 1400),
        ("INSERT INTO buku (no, judul) VALUES (9, 'lebih dari sepuluh')", 12899),
        ("INSERT INTO buku (no, judul) VALUES (12345, 'x')", 1438),
        ("INSERT INTO buku (no, judul) VALUES ('abc', 'x')", 1722),
        ("INSERT INTO buku (no, judul) VALUES (9)", 947),
        ("INSERT INTO buku (no) VALUES (9, 'x')", 913),
        ("INSERT INTO buku (tak_ada) VALUES (9)", 904),
        ("UPDATE buku SET tak_ada = 1", 904),
        ("UPDATE buku SET no = 1", 1),
        ("DELETE FROM tak_ada", 942),
        ("DELETE FROM siakoff.biodata_wni", 1031),
        ("INSERT INTO user_users (username) VALUES ('x')", 1031),
        ("CREATE TABLE buku (no NUMBER)", 955),
        ("CREATE TABLE lain (a NUMBER, a DATE)", 957),
        ("CREATE TABLE lain (a TAK_ADA)", 902),
        ("CREATE TABLE siakoff.lain (a NUMBER)", 1031),
        ("DROP TABLE tak_ada", 942),
        ("DROP TABLE siakoff.biodata_wni", 1031),
        ("ROLLBACK TO SAVEPOINT tak_ada", 1086),
    ],
)
def test_what_oracle_refuses(buku: Client, sql: str, code: int) -> None:
    buku.fails(code, sql)
    assert buku.value("SELECT COUNT(*) FROM buku") == 2


def test_the_violated_constraint_is_named(buku: Client) -> None:
    buku.run("CREATE TABLE rak (a NUMBER, b NUMBER, CONSTRAINT rak_uk UNIQUE (a, b))")
    buku.run("INSERT INTO rak VALUES (1, 1)")
    buku.fails(1, "INSERT INTO rak VALUES (1, 1)", match="(SIAK_BACKUP.RAK_UK)")


def test_numbers_are_rounded_to_the_columns_scale(buku: Client) -> None:
    buku.run("UPDATE buku SET harga = 12.345, terbit = DATE '2025-01-09' WHERE no = 1")
    assert str(buku.value("SELECT harga FROM buku WHERE no = 1")) == "12.35"
    assert buku.run("UPDATE buku SET harga = NULL").row_count == 2


def test_insert_select_create_as_and_truncate(buku: Client) -> None:
    assert buku.run("INSERT INTO buku (no, judul) SELECT no + 10, judul FROM buku").row_count == 2
    buku.run("CREATE TABLE salinan AS SELECT no, UPPER(judul) judul FROM buku WHERE no > :n", 10)
    assert buku.rows("SELECT judul FROM salinan ORDER BY no") == [("SATU",), ("DUA",)]
    buku.run("TRUNCATE TABLE salinan")
    assert buku.value("SELECT COUNT(*) FROM salinan") == 0
    buku.run("DROP TABLE salinan PURGE")
    buku.fails(942, "SELECT * FROM salinan")


def test_many_rows_in_one_execution(buku: Client) -> None:
    statement = buku.session.prepare("INSERT INTO buku (no, judul) VALUES (:1, :2)")
    rows = [(number, f"b{number}") for number in range(10, 60)]
    outcome = buku.session.execute(statement, [NUMBER, NUMBER], rows, threading.Event())
    assert outcome.row_count == 50
    assert buku.value("SELECT COUNT(*) FROM buku WHERE judul LIKE 'b%'") == 50


def test_savepoints(buku: Client) -> None:
    buku.run("DELETE FROM buku WHERE no = 1")
    buku.run("SAVEPOINT satu")
    buku.run("DELETE FROM buku WHERE no = 2")
    buku.run("ROLLBACK TO SAVEPOINT satu")
    assert buku.rows("SELECT no FROM buku") == [(2,)]
    assert buku.session.in_transaction
    buku.session.rollback()
    assert not buku.session.in_transaction


def test_ddl_commits(buku: Client, second: Client) -> None:
    buku.run("DELETE FROM buku WHERE no = 1")
    buku.run("COMMENT ON TABLE buku IS 'Buku agenda'")
    assert second.value("SELECT COUNT(*) FROM buku") == 1
    assert second.value("SELECT comments FROM all_tab_comments WHERE table_name = 'BUKU'") == "Buku agenda"


def test_a_failed_block_leaves_nothing(buku: Client) -> None:
    buku.run("UPDATE buku SET judul = 'sebelum' WHERE no = 1")
    buku.fails(1476, "BEGIN DELETE FROM buku; IF 1 / 0 = 1 THEN NULL; END IF; END;")
    assert buku.rows("SELECT judul FROM buku ORDER BY no") == [("sebelum",), ("dua",)]


def test_uncommitted_work_ends_with_the_session(buku: Client, engine: RehearsalEngine) -> None:
    other = engine.open_session(SERVICE, "siak_backup", {})
    statement = other.prepare("DELETE FROM buku")
    other.execute(statement, [], [[]], threading.Event())
    other.close()
    assert buku.value("SELECT COUNT(*) FROM buku") == 2
