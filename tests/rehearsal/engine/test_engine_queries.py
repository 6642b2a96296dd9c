# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from engine_client import RESIDENTS, moment

from rehearsal.contract import OraType

if TYPE_CHECKING:
    from engine_client import Client


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 / 4", Decimal("0.25")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("NVL(NULL, 'x')", "x"),
        ("NVL2(NULL, 1, 2)", 2),
        ("DECODE(2, 1, 'satu', 2, 'dua', 'lain')", "dua"),
        ("DECODE(NULL, NULL, 'kosong')", "kosong"),
        ("'a' || NULL || 'b'", "ab"),
        ("'' || NULL", None),
        ("SUBSTR('Sukamara', -4, 2)", "ma"),
        ("INSTR('Sukamara', 'a', 1, 2)", 6),
        ("RTRIM('EXPORT   ')", "EXPORT"),
        ("LPAD('7', 3, '0')", "007"),
        ("TO_NUMBER('12.5') * 2", 25),
        ("'5' + 1", 6),
        ("TO_CHAR(1234.5, '9G990D00')", " 1,234.50"),
        ("TO_CHAR(0.5)", ".5"),
        ("TO_CHAR(DATE '2025-01-09', 'DD/MM/YYYY')", "09/01/2025"),
        ("TO_CHAR(TO_DATE('09-01-2025 16:35', 'DD-MM-YYYY HH24:MI'), 'YYYY\"T\"HH24MI')", "2025T1635"),
        ("DATE '2025-01-09' + 1", moment(2025, 1, 10)),
        ("DATE '2025-01-09' - DATE '2025-01-01'", 8),
        ("TRUNC(TO_DATE('2025-01-09 16:35', 'YYYY-MM-DD HH24:MI'))", moment(2025, 1, 9)),
        ("ADD_MONTHS(DATE '2025-01-31', 1)", moment(2025, 2, 28)),
        ("EXTRACT(YEAR FROM DATE '2025-01-09')", 2025),
        ("CASE WHEN 1 = 2 THEN 'a' ELSE 'b' END", "b"),
        ("CAST('7' AS NUMBER)", 7),
        ("GREATEST(3, 10, 7)", 10),
        ("MOD(-7, 3)", -1),
        ("BITAND(13, 4)", 4),
        ("COALESCE(NULL, NULL, 5)", 5),
        ("SYS_CONTEXT('USERENV', 'SESSION_USER')", "SIAK_BACKUP"),
        ("USER", "SIAK_BACKUP"),
        ("RAWTOHEX(HEXTORAW('0aff'))", "0AFF"),
    ],
)
def test_expressions(client: Client, expression: str, expected: object) -> None:
    assert client.value(f"SELECT {expression} FROM dual") == expected


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1", 923),
        ("SELECT FROM dual", 936),
        ("SELECT 1 FROM dual WHERE", 936),
        ("SELECT (1 FROM dual", 907),
        ("SELECT 1 FROM dual d x", 933),
        ("SELECT 1 FROM dual;", 933),
        ("SELEC 1 FROM dual", 900),
        ("SELECT 'a FROM dual", 1756),
        ("SELECT tak_ada FROM dual", 904),
        ("SELECT * FROM tak_ada", 942),
        ("SELECT * FROM siakoff.tak_ada", 942),
        ("SELECT TO_NUMBER('abc') FROM dual", 1722),
        ("SELECT nik FROM siakoff.biodata_wni WHERE nik = 'abc'", 1722),
        ("SELECT 1 / 0 FROM dual", 1476),
        ("SELECT nik, COUNT(*) FROM siakoff.biodata_wni", 937),
        ("SELECT nik, COUNT(*) FROM siakoff.biodata_wni GROUP BY no_kk", 979),
        ("SELECT nik FROM siakoff.biodata_wni a, siakoff.pindah_detail b", 918),
        ("SELECT SUBSTR('a') FROM dual", 938),
        ("SELECT SUBSTR('a', 'x') FROM dual", 1722),
        ("SELECT ADD_MONTHS('x', 1) FROM dual", 932),
        ("SELECT POWER(10, 1000) * POWER(10, 10000000) FROM dual", 1426),
        ("SELECT CHR(-1) FROM dual", 1722),
        ("SELECT TO_DATE('x', 'YYYY') FROM dual", 1861),
        ("SELECT TO_DATE('2025-13-01', 'YYYY-MM-DD') FROM dual", 1843),
        ("SELECT SYS_CONTEXT('USERENV', 'TAK_ADA') FROM dual", 2003),
        ("SELECT utl_file.tak_ada FROM dual", 904),
        ("SELECT 1 FROM dual UNION SELECT 1, 2 FROM dual", 1789),
    ],
)
def test_wrong_statements_fail_as_in_oracle(client: Client, sql: str, code: int) -> None:
    client.fails(code, sql)


def test_columns_are_described_in_oracle_types(client: Client) -> None:
    result = client.run(
        "SELECT nik, nama_lgkp, tgl_lhr, COUNT(*) OVER (), nik || 'x' label FROM siakoff.biodata_wni"
    ).result
    assert result is not None
    nik, name, born, count, label = result.columns
    assert (nik.name, nik.type, nik.precision, nik.scale, nik.nullable) == ("NIK", OraType.NUMBER, 16, 0, False)
    assert (name.name, name.type, name.size) == ("NAMA_LGKP", OraType.VARCHAR2, 60)
    assert (born.type, count.name, label.name) == (OraType.DATE, "COUNT(*)OVER()", "LABEL")


def test_residents_are_there_and_synthetic(client: Client) -> None:
    assert client.value("SELECT COUNT(*) FROM siakoff.biodata_wni") == RESIDENTS
    assert client.value("SELECT COUNT(*) FROM siakoff.biodata_wni WHERE nik NOT LIKE '620899%'") == 0


def test_joins_groups_and_subqueries(client: Client) -> None:
    joined = client.value(
        "SELECT COUNT(*) FROM siakoff.biodata_wni b JOIN siakoff.data_keluarga k ON k.no_kk = b.no_kk"
    )
    assert joined == RESIDENTS
    groups = client.rows(
        "SELECT jenis_klmin, COUNT(*) jumlah FROM siakoff.biodata_wni GROUP BY jenis_klmin HAVING COUNT(*) > 0 "
        "ORDER BY jumlah DESC"
    )
    assert sum(count for _, count in groups) == RESIDENTS
    heads = "SELECT nik FROM siakoff.biodata_wni WHERE stat_hbkel = 1"
    families = client.value("SELECT COUNT(*) FROM siakoff.data_keluarga")
    assert client.value(f"SELECT COUNT(*) FROM ({heads})") == families
    assert client.value(f"WITH kepala AS ({heads}) SELECT COUNT(*) FROM kepala") == families
    assert client.value(f"SELECT COUNT(*) FROM siakoff.biodata_wni WHERE nik IN ({heads})") == families


def test_limits(client: Client) -> None:
    assert len(client.rows("SELECT nik FROM siakoff.biodata_wni WHERE ROWNUM <= :n", 3)) == 3
    assert client.value("SELECT COUNT(*) FROM siakoff.biodata_wni WHERE ROWNUM <= 3") == 3
    assert len(client.rows("SELECT nik FROM siakoff.biodata_wni ORDER BY nik FETCH FIRST 4 ROWS ONLY")) == 4
    second = client.value("SELECT nik FROM siakoff.biodata_wni ORDER BY nik OFFSET 1 ROWS FETCH NEXT ROW ONLY")
    assert second == client.rows("SELECT nik FROM siakoff.biodata_wni ORDER BY nik")[1][0]
    assert client.rows("SELECT LEVEL FROM dual CONNECT BY LEVEL <= 3") == [(1,), (2,), (3,)]


def test_nulls_sort_last_unless_told_otherwise(client: Client) -> None:
    rows = "SELECT 2 n FROM dual UNION ALL SELECT NULL FROM dual UNION ALL SELECT 1 FROM dual"
    assert client.rows(f"SELECT n FROM ({rows}) ORDER BY n") == [(1,), (2,), (None,)]
    assert client.rows(f"SELECT n FROM ({rows}) ORDER BY n DESC") == [(None,), (2,), (1,)]
    assert client.rows(f"SELECT n FROM ({rows}) ORDER BY n NULLS FIRST") == [(None,), (1,), (2,)]


def test_listagg(client: Client) -> None:
    rows = "SELECT 'b' x FROM dual UNION ALL SELECT 'a' FROM dual"
    assert client.value(f"SELECT LISTAGG(x, ',') WITHIN GROUP (ORDER BY x) FROM ({rows})") == "a,b"


def test_binds_are_found_outside_strings_and_comments(client: Client) -> None:
    sql = """SELECT ':no', ":no" /* :no */, :a, q'[:no]' -- :no
        FROM (SELECT 1 ":no" FROM dual) WHERE :b = :a"""
    statement = client.session.prepare(sql)
    assert statement.binds == ("A", "B", "A")
    assert client.rows(sql, 5, 6, 6)[0:1] == [(":no", 1, 5, ":no")]


def test_too_few_and_too_many_binds(client: Client) -> None:
    client.fails(1008, "SELECT :a FROM dual")
    client.fails(1036, "SELECT 1 FROM dual", 5)


def test_dates_travel_as_dates(client: Client) -> None:
    when = moment(2025, 1, 9, 16, 35, 2)
    assert client.value("SELECT :d FROM dual", when) == when
    assert client.value("SELECT COUNT(*) FROM siakoff.biodata_wni WHERE tgl_lhr < :d", when) == RESIDENTS
    client.run("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'")
    assert client.value("SELECT TO_CHAR(:d) FROM dual", when) == "2025-01-09"
    assert client.value("SELECT COUNT(*) FROM siakoff.biodata_wni WHERE tgl_lhr < '2100-01-01'") == RESIDENTS


def test_session_time_zone(client: Client) -> None:
    client.run("ALTER SESSION SET TIME_ZONE = '+07:00' NLS_LANGUAGE = AMERICAN")
    assert client.value("SELECT SESSIONTIMEZONE FROM dual") == "+07:00"
    assert client.value("SELECT TO_CHAR(CURRENT_TIMESTAMP, 'TZH:TZM') FROM dual") == "+07:00"
    client.fails(1882, "ALTER SESSION SET TIME_ZONE = 'Sukamara'")
    client.fails(12705, "ALTER SESSION SET NLS_LANGUAGE = 'KLINGON'")
    client.fails(2248, "ALTER SESSION SET tak_ada = 1")
