# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements: their cursors, binds, row counts and errors."""

from __future__ import annotations

import itertools

import oracledb
import pytest
from scripted import ONE, Script, ScriptedEngine, block, dml, one, query

from rehearsal.contract import Column, Direction, Kind, OracleError, OraType, Outcome, ResultSet
from rehearsal.wire.cursors import MOST_OPEN_CURSORS

NUMBER = Column("N", OraType.NUMBER)
IN, OUT, IN_OUT = Direction.IN, Direction.OUT, Direction.IN_OUT


@pytest.fixture
def talk(start):
    """Connect to an engine with these scripts; gives (connection, cursor, engine)."""
    opened = []

    def connect(scripts, **changes):
        server = start(ScriptedEngine(scripts))
        connection = server.connect(**changes)
        opened.append(connection)
        return connection, connection.cursor(), server.engine

    yield connect
    for connection in opened:
        connection.close()


def test_cached_statement_is_executed_again_without_its_text(talk):
    rows = itertools.count(1)

    def by_bind(session, binds, cancelled):
        return Outcome(ResultSet((NUMBER,), iter([(binds[0][0],), (next(rows),)])))

    _, cursor, engine = talk({"select :a from t": Script(Kind.QUERY, by_bind, ("A",), (IN,))})
    for turn in (1, 2, 3):
        assert cursor.execute("select :a from t", [turn * 10]).fetchall() == [(turn * 10,), (turn,)]
    assert cursor.execute("select :a from t", ["70"]).fetchone() == (70,)
    assert engine.prepared == ["select :a from t"]


def test_rows_come_in_batches(talk):
    _, cursor, _ = talk({"select n from t": query([NUMBER], lambda: [(n,) for n in range(1050)])})
    cursor.arraysize = 100
    cursor.execute("select n from t")
    assert [cursor.fetchone()[0] for _ in range(3)] == [0, 1, 2]
    assert [n for (n,) in cursor.fetchall()] == list(range(3, 1050))
    assert cursor.rowcount == 1050


def test_statement_cache_gives_cursors_back(talk):
    scripts = {f"select {n} from dual": query([NUMBER], lambda: [(1,)]) for n in range(400)}
    _, cursor, engine = talk(scripts)
    for text in scripts:
        assert cursor.execute(text).fetchone() == (1,)
    assert len(engine.prepared) == 400


def test_too_many_open_cursors(talk):
    connection, _, _ = talk({ONE: one()}, stmtcachesize=0)
    held = [connection.cursor() for _ in range(MOST_OPEN_CURSORS + 1)]
    for cursor in held[:-1]:
        cursor.execute(ONE)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01000"):
        held[-1].execute(ONE)


def test_array_binds_and_row_count(talk):
    _, cursor, engine = talk({"insert into t values (:1, :2)": dml("1", "2")})
    rows = [(n, f"baris {n}" if n % 2 else None) for n in range(1000)]
    for _ in range(2):
        cursor.executemany("insert into t values (:1, :2)", rows)
        assert cursor.rowcount == 1000
    assert [tuple(row) for row in engine.executed[1][1]] == rows


def test_long_binds_keep_their_places(talk):
    """Outside PL/SQL the client sends them after the others."""
    _, cursor, engine = talk({"insert into t values (:1, :2, :3)": dml("1", "2", "3")})
    long = "x" * 40000
    cursor.execute("insert into t values (:1, :2, :3)", [1, long, "akhir"])
    assert [list(row) for row in engine.executed[0][1]] == [[1, long, "akhir"]]


def test_executions_without_binds(talk):
    _, cursor, engine = talk({"insert into t values (0)": dml()})
    cursor.executemany("insert into t values (0)", 5)
    assert cursor.rowcount == 5
    assert len(engine.executed[0][1]) == 5


def test_transaction_is_seen_by_the_client_and_autocommit_ends_it(talk):
    def work(session, rows, cancelled):
        session.in_transaction = True
        return Outcome(row_count=1)

    connection, cursor, engine = talk({"delete from t": Script(Kind.DML, work)})
    cursor.execute("delete from t")
    assert connection.transaction_in_progress
    connection.rollback()
    assert not connection.transaction_in_progress
    cursor.execute("delete from t")
    connection.commit()
    assert not connection.transaction_in_progress
    connection.autocommit = True
    cursor.execute("delete from t")
    assert not engine.sessions[0].in_transaction


def test_block_with_all_directions(talk):
    def out(row):
        return [None, None if row[0] is None else row[0] * 2, f"{row[2]}!"]

    _, cursor, engine = talk({"begin p(:a, :b, :c); end;": block(out, IN, OUT, IN_OUT)})
    for turn in (3, 4, None):
        b, c = cursor.var(int), cursor.var(str)
        c.setvalue(0, "halo")
        cursor.execute("begin p(:a, :b, :c); end;", a=turn, b=b, c=c)
        assert b.getvalue() == (None if turn is None else turn * 2)
        assert c.getvalue() == "halo!"
    assert len(engine.prepared) == 1


def test_block_executed_many_times_with_out_binds(talk):
    _, cursor, _ = talk({"begin p(:a, :b); end;": block(lambda row: [None, row[0] + 1], IN, OUT)})
    out = cursor.var(int, arraysize=3)
    cursor.executemany("begin p(:a, :b); end;", [(1, out), (2, out), (3, out)])
    assert out.values == [2, 3, 4]


def test_plsql_arrays(talk):
    def out(row):
        return [None, [n * 2 for n in row[1]], [*row[0], None]]

    _, cursor, engine = talk({"begin p(:a, :b, :c); end;": block(out, IN, IN_OUT, OUT)})
    for _ in range(2):
        names = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, ["a", None, "c"], 10)
        numbers = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, [1, 2])
        back = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 10)
        cursor.execute("begin p(:a, :b, :c); end;", [names, numbers, back])
        assert numbers.getvalue() == [2, 4]
        assert back.getvalue() == ["a", None, "c", None]
    assert engine.executed[0][0][0].elements == 3


def test_ref_cursors(talk):
    columns = (NUMBER, Column("S", OraType.VARCHAR2))
    opened = block(lambda _: [ResultSet(columns, iter([(n, str(n)) for n in range(300)]))], OUT)
    connection, cursor, _ = talk({"begin p(:a); end;": opened})
    for _ in range(3):
        rows = connection.cursor()
        cursor.execute("begin p(:a); end;", [rows])
        assert [info.name for info in rows.description] == ["N", "S"]
        assert rows.fetchall() == [(n, str(n)) for n in range(300)]


def test_ref_cursor_variable_opened_again_and_again(talk):
    """More often than there may be cursors: the driver sends the old number and never closes it."""
    opened = block(lambda row: [None, ResultSet((NUMBER,), iter([(row[0],)]))], IN, OUT)
    _, cursor, _ = talk({"begin p(:a, :b); end;": opened})
    rows = cursor.var(oracledb.DB_TYPE_CURSOR)
    for n in range(2 * MOST_OPEN_CURSORS):
        cursor.execute("begin p(:a, :b); end;", [n, rows])
        assert rows.getvalue().fetchall() == [(n,)]


def test_cursors_as_columns(talk):
    columns = [NUMBER, Column("ISI", OraType.CURSOR)]
    rows = lambda: [(n, ResultSet((NUMBER,), iter([(n,), (n + 1,)]))) for n in range(3)]  # noqa: E731
    _, cursor, _ = talk({"select n, cursor(select) from t": query(columns, rows)})
    got = [(n, inner.fetchall()) for n, inner in cursor.execute("select n, cursor(select) from t")]
    assert got == [(n, [(n,), (n + 1,)]) for n in range(3)]


def test_describe_only(talk):
    _, cursor, engine = talk({"select n from t": query([NUMBER], lambda: [(5,)])})
    cursor.parse("select n from t")
    assert [info.name for info in cursor.description] == ["N"]
    assert engine.executed == []
    assert cursor.execute("select n from t").fetchall() == [(5,)]


def test_ddl_is_repeated_with_its_text(talk):
    _, cursor, engine = talk({"truncate table t": Script(Kind.DDL, lambda *_: Outcome())})
    cursor.execute("truncate table t")
    cursor.execute("truncate table t")
    assert len(engine.executed) == 2


def test_error_with_its_offset(talk):
    _, cursor, _ = talk({ONE: one()})
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute("select * from none")
    (error,) = caught.value.args
    assert (error.full_code, error.offset) == ("ORA-00942", 14)
    assert cursor.execute(ONE).fetchone() == (1,)


@pytest.mark.parametrize("autocommit", [True, False])
def test_cached_statement_that_fails_may_be_executed_again(talk, autocommit):
    def picky(session, rows, cancelled):
        if rows[0][0] < 0:
            raise OracleError(1722, "invalid number")
        return Outcome(row_count=rows[0][0])

    connection, cursor, _ = talk({"update t set n = :1": Script(Kind.DML, picky, ("1",), (IN,))})
    connection.autocommit = autocommit
    for number in (1, 2, -1, 3, *(-1,) * 400, 4):
        if number > 0:
            cursor.execute("update t set n = :1", [number])
            assert cursor.rowcount == number
        else:
            with pytest.raises(oracledb.DatabaseError, match="ORA-01722"):
                cursor.execute("update t set n = :1", [number])


def test_error_between_rows_ends_that_query_only(talk):
    def rows(session, binds, cancelled):
        def broken():
            yield (1,)
            yield (2,)
            yield (3,)
            raise OracleError(1555, "snapshot too old")

        return Outcome(ResultSet((NUMBER,), broken()))

    _, cursor, _ = talk({"select n from t": Script(Kind.QUERY, rows), ONE: one()})
    for _ in range(2):
        with pytest.raises(oracledb.DatabaseError, match="ORA-01555"):
            cursor.execute("select n from t").fetchall()
        assert cursor.execute(ONE).fetchone() == (1,)


def test_fault_inside_the_engine_is_reported_and_logged(talk, caplog):
    def run(session, rows, cancelled):
        return Outcome(row_count=1 // 0)

    _, cursor, _ = talk({"begin p; end;": Script(Kind.PLSQL, run), ONE: one()})
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-00604.*\n.*ORA-00600.*ZeroDivisionError"):
        cursor.execute("begin p; end;")
    assert "failed inside the engine" in caplog.text
    assert cursor.execute(ONE).fetchone() == (1,)


def test_what_rides_with_requests(talk):
    connection, cursor, engine = talk({ONE: one()})
    connection.module, connection.action, connection.client_identifier = "siak", "ekspor", "operator"
    connection.clientinfo, connection.dbop = "gladi", "malam"
    connection.current_schema = "SIAK"
    cursor.execute(ONE)
    session = engine.sessions[0]
    assert session.said == {
        "module": "siak",
        "action": "ekspor",
        "client_identifier": "operator",
        "client_info": "gladi",
        "dbop": "malam",
    }
    assert session.schema == "SIAK"
    connection.ping()


@pytest.mark.parametrize(
    "said",
    [
        {"client_identifier": ""},
        {"client_identifier": None},
        {"dbop": ""},
        {"client_identifier": "", "module": "siak", "action": "", "clientinfo": "gladi", "dbop": ""},
        {"client_identifier": "operator", "module": None, "action": "ekspor", "clientinfo": "", "dbop": "malam"},
    ],
)
def test_nothing_said_is_not_the_next_request(talk, said):
    """The driver announces None and "" alike, but sends a byte for "" only."""
    connection, cursor, engine = talk({ONE: one()})
    connection.module = "dulu"
    cursor.execute(ONE)
    for name, value in said.items():
        setattr(connection, name, value)
    assert cursor.execute(ONE).fetchone() == (1,)
    heard = {"clientinfo" if name == "client_info" else name: text for name, text in engine.sessions[0].said.items()}
    assert heard == {"module": "dulu", "action": ""} | {name: value or "" for name, value in said.items()}


def test_closed_result_sets_release_what_is_behind_them(talk):
    ended = []

    def rows(session, binds, cancelled):
        def lazily():
            try:
                yield from ((n,) for n in range(1000))
            finally:
                ended.append(True)

        return Outcome(ResultSet((NUMBER,), lazily()))

    _, cursor, _ = talk({"select n from t": Script(Kind.QUERY, rows)})
    cursor.execute("select n from t").fetchone()
    cursor.execute("select n from t").fetchone()
    assert ended == [True]


def test_unknown_function_is_refused_and_the_connection_goes_on(talk):
    connection, cursor, _ = talk({ONE: one()})
    with pytest.raises(oracledb.DatabaseError, match="ORA-03115"):
        connection.tpc_begin(connection.xid(1, "txn", "branch"))
    assert cursor.execute(ONE).fetchone() == (1,)
