# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of every type, to the server and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import oracledb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted import ECHO, ScriptedEngine, echo, query

from rehearsal.contract import Column, OraType

WHOLE = [0, 1, -1, 9, 10, 99, 100, 101, -100, 620899, -(10**37) + 1, 10**38 - 1, 10**125]
NUMBERS = [*WHOLE, *map(Decimal, ("0.01", "0.1", "-12.345", "1E-129"))]
MOMENT = datetime(2024, 2, 29, 23, 59, 58)  # noqa: DTZ001 - DATE has no zone
VALUES = [
    (oracledb.DB_TYPE_VARCHAR, "Désa Sukamara"),
    (oracledb.DB_TYPE_CHAR, "x"),
    (oracledb.DB_TYPE_NVARCHAR, "Ünicode ✓"),
    (oracledb.DB_TYPE_NCHAR, "é"),
    (oracledb.DB_TYPE_LONG, "panjang " * 9000),
    (oracledb.DB_TYPE_RAW, b"\x00\xff\xfe"),
    (oracledb.DB_TYPE_LONG_RAW, b"\x01" * 70000),
    (oracledb.DB_TYPE_NUMBER, 620899),
    (oracledb.DB_TYPE_BINARY_INTEGER, -7),
    (oracledb.DB_TYPE_BINARY_FLOAT, 1.5),
    (oracledb.DB_TYPE_BINARY_FLOAT, -0.25),
    (oracledb.DB_TYPE_BINARY_DOUBLE, 3.141592653589793),
    (oracledb.DB_TYPE_BINARY_DOUBLE, -1e300),
    (oracledb.DB_TYPE_DATE, MOMENT),
    (oracledb.DB_TYPE_DATE, MOMENT.replace(year=4)),
    (oracledb.DB_TYPE_TIMESTAMP, MOMENT.replace(microsecond=123456)),
    (oracledb.DB_TYPE_TIMESTAMP, MOMENT),
    (oracledb.DB_TYPE_TIMESTAMP_LTZ, MOMENT.replace(microsecond=1)),
]


@pytest.fixture
def cursor(start):
    with start(ScriptedEngine({ECHO: echo()})).connect() as connection:
        yield connection.cursor()


def back_and_forth(cursor, type_, value):
    there, back = cursor.var(type_), cursor.var(type_)
    there.setvalue(0, value)
    cursor.execute(ECHO, [there, back])
    return back.getvalue()


@pytest.mark.parametrize(("type_", "value"), VALUES, ids=lambda value: getattr(value, "name", None))
def test_binds(cursor, type_, value):
    assert back_and_forth(cursor, type_, value) == value
    assert back_and_forth(cursor, type_, None) is None


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_numbers(cursor, number):
    there, back = cursor.var(oracledb.DB_TYPE_NUMBER), cursor.var(Decimal)
    there.setvalue(0, number)
    cursor.execute(ECHO, [there, back])
    assert back.getvalue() == number


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.decimals(min_value=-(10**30), max_value=10**30, places=8, allow_nan=False))
def test_any_number(cursor, number):
    there, back = cursor.var(oracledb.DB_TYPE_NUMBER), cursor.var(Decimal)
    there.setvalue(0, number)
    cursor.execute(ECHO, [there, back])
    assert back.getvalue() == number


def test_columns_of_every_type(start):
    wib = timezone(timedelta(hours=7))
    columns = [
        (Column("N", OraType.NUMBER, precision=9, scale=2), Decimal("12.5"), 12.5),
        (Column("I", OraType.NUMBER, precision=9, scale=0, nullable=False), 12, 12),
        (Column("V", OraType.VARCHAR2, 16), "Sukamara", "Sukamara"),
        (Column("C", OraType.CHAR, 4), "ab  ", "ab  "),
        (Column("R", OraType.RAW, 16), b"\x01\x02", b"\x01\x02"),
        (Column("D", OraType.DATE), MOMENT, MOMENT),
        (Column("T", OraType.TIMESTAMP), MOMENT.replace(microsecond=5), MOMENT.replace(microsecond=5)),
        (Column("Z", OraType.TIMESTAMP_TZ), MOMENT.replace(tzinfo=wib), MOMENT),
        (Column("Y", OraType.TIMESTAMP_LTZ), MOMENT.replace(tzinfo=UTC), MOMENT),
        (Column("F", OraType.BINARY_FLOAT), 0.5, 0.5),
        (Column("B", OraType.BINARY_DOUBLE), -2.5, -2.5),
        (Column("L", OraType.LONG), "é" * 40000, "é" * 40000),
        (Column("W", OraType.LONG_RAW), b"z" * 40000, b"z" * 40000),
    ]
    sent = [tuple(value for _, value, _ in columns), (None,) * len(columns)]
    engine = ScriptedEngine({"select * from t": query([column for column, _, _ in columns], lambda: sent)})
    with start(engine).connect() as connection, connection.cursor() as cursor:
        rows = cursor.execute("select * from t").fetchall()
        assert rows == [tuple(received for _, _, received in columns), (None,) * len(columns)]
        described = {info.name: info for info in cursor.description}
        assert (described["N"].precision, described["N"].scale) == (9, 2)
        assert not described["I"].null_ok
        assert described["V"].internal_size == 16
        assert described["Z"].type_code is oracledb.DB_TYPE_TIMESTAMP_TZ


def test_value_that_does_not_fit_its_type_is_an_error_of_the_call(start):
    engine = ScriptedEngine({"select x from t": query([Column("X", OraType.DATE)], lambda: [("besok",)])})
    with start(engine).connect() as connection, connection.cursor() as cursor:
        for _ in range(2):
            with pytest.raises(oracledb.DatabaseError, match="ORA-06502"):
                cursor.execute("select x from t").fetchall()


def test_type_without_a_layout_is_refused_and_the_connection_goes_on(cursor):
    unknown = cursor.var(oracledb.DB_TYPE_INTERVAL_DS)
    with pytest.raises(oracledb.DatabaseError, match="ORA-03115"):
        cursor.execute(ECHO, [unknown, "x"])
    assert back_and_forth(cursor, oracledb.DB_TYPE_VARCHAR, "masih") == "masih"
