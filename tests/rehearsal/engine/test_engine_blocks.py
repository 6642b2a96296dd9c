# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from engine_client import CLOB, CURSOR, NUMBER, TEXT, BindType, OraType, moment

from rehearsal.contract import Direction, OracleError, ResultSet
from rehearsal.engine.lobs import TemporaryClob

if TYPE_CHECKING:
    from engine_client import Client


@pytest.mark.parametrize(
    ("block", "directions"),
    [
        ("BEGIN :a := :b + 1; END;", (Direction.OUT, Direction.IN)),
        ("BEGIN :a := :a || 'x'; END;", (Direction.IN_OUT,)),
        ("BEGIN SELECT :b INTO :a FROM dual WHERE 1 = :c; END;", (Direction.IN, Direction.OUT, Direction.IN)),
        ("BEGIN dbms_output.get_line(:line, :status); END;", (Direction.OUT, Direction.OUT)),
        ("DECLARE c SYS_REFCURSOR; BEGIN OPEN :c FOR SELECT 1 FROM dual; END;", (Direction.OUT,)),
        ("BEGIN IF :a = 1 THEN NULL; END IF; END;", (Direction.IN,)),
        ("BEGIN EXECUTE IMMEDIATE 'SELECT 1 FROM dual' INTO :x; END;", (Direction.OUT,)),
    ],
)
def test_directions_come_from_use(client: Client, block: str, directions: tuple[Direction, ...]) -> None:
    assert client.session.prepare(block).directions == directions


def test_a_bind_used_twice_is_one_bind(client: Client) -> None:
    statement = client.session.prepare("BEGIN :x := :y; :x := :x || ':z' || :y; END;")
    assert statement.binds == ("X", "Y")


@pytest.mark.parametrize(
    ("expression", "type_", "expected"),
    [
        ("CASE WHEN NULL = NULL THEN 'ya' ELSE 'tidak' END", TEXT, "tidak"),
        ("CASE WHEN NULL OR TRUE THEN 'ya' ELSE 'tidak' END", TEXT, "ya"),
        ("CASE WHEN NOT (NULL AND FALSE) THEN 'ya' ELSE 'tidak' END", TEXT, "ya"),
        ("CASE WHEN 'SIAK' LIKE 'S_A%' THEN 'ya' ELSE 'tidak' END", TEXT, "ya"),
        ("CASE WHEN 5 BETWEEN 1 AND 5 AND 'a' NOT IN ('b', 'c') THEN 'ya' END", TEXT, "ya"),
        ("CASE 3 WHEN 1 THEN 'satu' WHEN 3 THEN 'tiga' END", TEXT, "tiga"),
        ("2 ** 3 + 7 / 2", NUMBER, 11.5),
        ("-7", NUMBER, -7),
        ("'a' || 1 || NULL", TEXT, "a1"),
        ("TO_CHAR(DATE '2025-01-09' + 1, 'YYYY-MM-DD')", TEXT, "2025-01-10"),
        ("NVL(NULL, 'x')", TEXT, "x"),
        ("dbms_datapump.ku$_status_job_error + dbms_datapump.ku$_status_wip", NUMBER, 9),
        ("UPPER(SUBSTR('gladi', 1, 3))", TEXT, "GLA"),
        ("CHR(65)", TEXT, "A"),
        ("LENGTH('')", NUMBER, None),
    ],
)
def test_expressions(client: Client, expression: str, type_: BindType, expected: object) -> None:
    assert client.evaluate(expression, type_) == expected


def test_control_structures(client: Client) -> None:
    block = """
    DECLARE
      total PLS_INTEGER := 0;
      n NUMBER := 0;
      trail VARCHAR2(200);
    BEGIN
      FOR i IN REVERSE 1 .. 4 LOOP
        CONTINUE WHEN MOD(i, 2) = 0;
        trail := trail || i;
        total := total + i;
      END LOOP;
      WHILE n < 3 LOOP n := n + 1; END LOOP;
      <<luar>>
      LOOP
        LOOP
          n := n + 1;
          EXIT luar WHEN n > 10;
        END LOOP;
      END LOOP;
      IF total > 100 THEN trail := 'salah'; ELSIF total = 4 THEN trail := trail || '!'; ELSE trail := 'salah'; END IF;
      CASE n WHEN 11 THEN trail := trail || '?'; ELSE trail := 'salah'; END CASE;
      FOR r IN (SELECT LEVEL n FROM dual CONNECT BY LEVEL <= 3) LOOP trail := trail || r.n; END LOOP;
      :trail := trail;
    END;"""
    assert client.out(block, None) == ("31!?123",)


def test_exceptions(client: Client) -> None:
    block = """
    DECLARE
      kosong EXCEPTION;
      penuh EXCEPTION;
      PRAGMA EXCEPTION_INIT(penuh, -20007);
      n NUMBER;
      trail VARCHAR2(400);
    BEGIN
      BEGIN SELECT 1 INTO n FROM dual WHERE 1 = 2; EXCEPTION WHEN NO_DATA_FOUND THEN trail := 'a' || SQLCODE; END;
      BEGIN SELECT n INTO n FROM (SELECT 1 n FROM dual UNION ALL SELECT 2 FROM dual);
      EXCEPTION WHEN TOO_MANY_ROWS OR ZERO_DIVIDE THEN trail := trail || 'b'; END;
      BEGIN RAISE kosong; EXCEPTION WHEN kosong THEN trail := trail || 'c' || SQLCODE; END;
      BEGIN raise_application_error(-20007, 'penuh'); EXCEPTION WHEN penuh THEN trail := trail || SQLERRM; END;
      BEGIN
        BEGIN n := 1 / 0; EXCEPTION WHEN VALUE_ERROR THEN trail := 'salah'; END;
      EXCEPTION WHEN OTHERS THEN trail := trail || SQLCODE; END;
      BEGIN
        BEGIN RAISE NO_DATA_FOUND; EXCEPTION WHEN OTHERS THEN RAISE; END;
      EXCEPTION WHEN NO_DATA_FOUND THEN trail := trail || 'd' || SQLCODE; END;
      :trail := trail || SQLCODE;
    END;"""
    assert client.out(block, None) == ("a100bc1ORA-20007: penuh-1476d1000",)


def test_an_unhandled_error_names_its_line(client: Client) -> None:
    client.fails(
        20001, "BEGIN\n  NULL;\n  raise_application_error(-20001, 'gagal');\nEND;", match="ORA-06512: at line 3"
    )
    client.fails(1403, "DECLARE n NUMBER; BEGIN SELECT 1 INTO n FROM dual WHERE 1 = 0; END;", match="no data found")
    client.fails(6502, "DECLARE v VARCHAR2(3); BEGIN v := 'abcd'; END;", match="character string buffer too small")
    client.fails(6502, "DECLARE n NUMBER; BEGIN n := 'abc'; END;", match="character to number")
    client.fails(6502, "DECLARE n NUMBER(3); BEGIN n := 1000; END;", match="precision too large")
    client.fails(21000, "BEGIN raise_application_error(-1, 'x'); END;")


def test_records_collections_and_local_subprograms(client: Client) -> None:
    block = """
    DECLARE
      TYPE t_baris IS RECORD (nama VARCHAR2(20), jumlah NUMBER := 7);
      TYPE t_tabel IS TABLE OF t_baris INDEX BY PLS_INTEGER;
      TYPE t_kamus IS TABLE OF NUMBER INDEX BY VARCHAR2(30);
      TYPE t_daftar IS TABLE OF VARCHAR2(10);
      tabel t_tabel;
      baris t_baris;
      salinan t_baris;
      kamus t_kamus;
      daftar t_daftar := t_daftar('x', 'y');
      i PLS_INTEGER;
      hasil VARCHAR2(200);
      FUNCTION kuadrat(n NUMBER) RETURN NUMBER IS BEGIN RETURN n * n; END;
      FUNCTION faktorial(n NUMBER) RETURN NUMBER IS
      BEGIN IF n <= 1 THEN RETURN 1; END IF; RETURN n * faktorial(n - 1); END faktorial;
      PROCEDURE tambah(teks IN VARCHAR2, ke IN OUT NOCOPY VARCHAR2, kali PLS_INTEGER DEFAULT 1) IS
      BEGIN FOR k IN 1 .. kali LOOP ke := ke || teks; END LOOP; END;
    BEGIN
      baris.nama := 'a';
      tabel(5) := baris;
      salinan := tabel(5);
      salinan.nama := 'b';
      tabel(9) := salinan;
      i := tabel.FIRST;
      WHILE i IS NOT NULL LOOP
        tambah(tabel(i).nama || tabel(i).jumlah, hasil);
        i := tabel.NEXT(i);
      END LOOP;
      kamus('satu') := kuadrat(3);
      tambah(teks => kamus('satu') || faktorial(4), kali => 2, ke => hasil);
      IF tabel.EXISTS(5) AND NOT tabel.EXISTS(6) THEN tambah('!', hasil); END IF;
      daftar.EXTEND;
      daftar(3) := 'z';
      tabel.DELETE(5);
      tambah(tabel.COUNT || daftar.COUNT || daftar.LAST || daftar(3), hasil);
      :hasil := hasil;
    END;"""
    assert client.out(block, None) == ("a7b7924924!133z",)


def test_uninitialised_composites(client: Client) -> None:
    client.fails(6531, "DECLARE e sys.ku$_LogEntry; n NUMBER; BEGIN n := e.COUNT; END;")
    client.fails(6530, "DECLARE s sys.ku$_Status; BEGIN s.mask := 1; END;")
    client.fails(1403, "DECLARE TYPE t IS TABLE OF NUMBER INDEX BY PLS_INTEGER; x t; n NUMBER; BEGIN n := x(1); END;")
    assert client.out(
        "DECLARE s ku$_Status; BEGIN IF s IS NULL AND s.wip IS NULL THEN :x := 'ya'; END IF; END;", None
    ) == ("ya",)


def test_cursors(client: Client) -> None:
    block = """
    DECLARE
      CURSOR angka(batas NUMBER) IS SELECT LEVEL n, 'x' || LEVEL teks FROM dual CONNECT BY LEVEL <= batas;
      satu angka%ROWTYPE;
      TYPE t_teks IS TABLE OF VARCHAR2(10);
      semua t_teks;
      rc SYS_REFCURSOR;
      nama siakoff.biodata_wni.nama_lgkp%TYPE;
      hasil VARCHAR2(100);
    BEGIN
      OPEN angka(2);
      LOOP
        FETCH angka INTO satu;
        EXIT WHEN angka%NOTFOUND;
        hasil := hasil || satu.teks || angka%ROWCOUNT;
      END LOOP;
      CLOSE angka;
      FOR r IN angka(3) LOOP hasil := hasil || r.n; END LOOP;
      SELECT 'y' || LEVEL BULK COLLECT INTO semua FROM dual CONNECT BY LEVEL <= 2;
      hasil := hasil || semua(2) || SQL%ROWCOUNT;
      OPEN rc FOR 'SELECT nama_lgkp FROM siakoff.biodata_wni WHERE ROWNUM <= :n' USING 1;
      FETCH rc INTO nama;
      CLOSE rc;
      IF nama IS NOT NULL THEN hasil := hasil || '!'; END IF;
      :hasil := hasil;
    END;"""
    assert client.out(block, None) == ("x11x22123y22!",)


def test_a_ref_cursor_goes_to_the_client(client: Client) -> None:
    block = "BEGIN OPEN :rc FOR SELECT no_kec, :label teks FROM siakoff.setup_kec; END;"
    (result, _) = client.out(block, None, "x", types={0: CURSOR})
    assert isinstance(result, ResultSet)
    assert [column.name for column in result.columns] == ["NO_KEC", "TEKS"]
    assert list(result.rows) == [(99, "x")]


def test_sql_in_a_block_sees_its_variables(client: Client) -> None:
    block = """
    DECLARE
      titik NUMBER := dbms_flashback.get_system_change_number;
      jumlah NUMBER;
    BEGIN
      SELECT COUNT(*) INTO jumlah FROM siakoff.biodata_wni AS OF SCN titik WHERE jenis_klmin IN (1, 2);
      EXECUTE IMMEDIATE 'CREATE TABLE catatan (n NUMBER, kapan DATE)';
      EXECUTE IMMEDIATE 'INSERT INTO catatan VALUES (:1, SYSDATE)' USING jumlah;
      COMMIT;
      :jumlah := jumlah;
    END;"""
    assert client.out(block, None, types={0: NUMBER}) == (40,)
    assert client.value("SELECT n FROM catatan") == 40
    assert client.out(
        "DECLARE x NUMBER := 2; BEGIN UPDATE catatan SET n = n + x WHERE n > x RETURNING n INTO :n; "
        ":rows := SQL%ROWCOUNT; END;", None, None, types={0: NUMBER, 1: NUMBER}
    ) == (42, 1)  # fmt: skip


def test_clobs(client: Client) -> None:
    block = """
    DECLARE
      isi CLOB;
    BEGIN
      dbms_lob.createtemporary(isi, TRUE);
      FOR i IN 1 .. 3 LOOP dbms_lob.append(isi, 'baris ' || i || CHR(10)); END LOOP;
      dbms_lob.writeappend(isi, 2, 'ab');
      :panjang := dbms_lob.getlength(isi);
      :awal := dbms_lob.substr(isi, 7, 1);
      :isi := isi || 'c';
    END;"""
    length, start, content = client.out(block, None, None, None, types={0: NUMBER, 2: CLOB})
    assert (length, start) == (26, "baris 1")
    assert isinstance(content, TemporaryClob)
    assert content.text() == "baris 1\nbaris 2\nbaris 3\nabc"
    assert (
        client.out("DECLARE c CLOB := :c; BEGIN :n := dbms_lob.getlength(c); END;", "abc", None, types={1: NUMBER})[1]
        == 3
    )


def test_dbms_output(client: Client) -> None:
    client.run(
        "BEGIN dbms_output.enable; dbms_output.put_line('satu'); dbms_output.put('du'); dbms_output.put_line('a'); END;"
    )
    lines = BindType(OraType.VARCHAR2, 100, elements=10)
    taken, count = client.out("BEGIN dbms_output.get_lines(:lines, :n); END;", None, 10, types={0: lines})
    assert (taken, count) == (["satu", "dua"], 2)
    assert client.out("BEGIN dbms_output.get_line(:line, :status); END;", None, None, types={1: NUMBER}) == (None, 1)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("BEGIN tak_ada := 1; END;", "PLS-00201: identifier 'TAK_ADA' must be declared"),
        ("BEGIN :x := tak_ada; END;", "PLS-00201: identifier 'TAK_ADA' must be declared"),
        ("BEGIN tak_ada(1); END;", "PLS-00201"),
        ("BEGIN tak.ada(1); END;", "PLS-00201: identifier 'TAK.ADA' must be declared"),
        ("BEGIN utl_file.tak_ada(1); END;", "PLS-00302: component 'TAK_ADA' must be declared"),
        ("BEGIN utl_file.fremove('A'); END;", "PLS-00306: wrong number or types of arguments in call to 'FREMOVE'"),
        ("BEGIN utl_file.fremove('A', 'B', 'C'); END;", "PLS-00306"),
        ("BEGIN utl_file.fremove(lokasi => 'A', filename => 'B'); END;", "PLS-00306"),
        ("BEGIN utl_file.fremove(location => 'A', 'B'); END;", "PLS-00312"),
        ("BEGIN utl_file.fremove('A', TRUE); END;", "PLS-00306"),
        ("BEGIN utl_file.fgetattr('A', 'B', 1, :n, :b); END;", "PLS-00363"),
        ("DECLARE n NUMBER; BEGIN utl_file.fgetattr('A', 'B', n, :n, :b); END;", "PLS-00306"),
        ("BEGIN utl_file.is_open(NULL); END;", "PLS-00221: 'UTL_FILE.IS_OPEN' is not a procedure"),
        ("BEGIN :x := utl_file.fremove('A', 'B'); END;", "PLS-00222"),
        ("DECLARE s sys.ku$_Status; BEGIN :x := s.tak_ada; END;", "PLS-00302: component 'TAK_ADA' must be declared"),
        ("DECLARE s sys.ku$_Tak_Ada; BEGIN NULL; END;", "PLS-00201: identifier 'SYS.KU$_TAK_ADA' must be declared"),
        ("DECLARE n NUMBER; n DATE; BEGIN NULL; END;", "PLS-00371"),
        ("DECLARE n CONSTANT NUMBER := 1; BEGIN n := 2; END;", "PLS-00363"),
        ("DECLARE b BOOLEAN; BEGIN b := 'x'; END;", "PLS-00382: expression is of wrong type"),
        ("BEGIN IF 1 THEN NULL; END IF; END;", "PLS-00382"),
        ("BEGIN :x := 'a' || TRUE; END;", "PLS-00306: wrong number or types of arguments in call to '||'"),
        ("BEGIN EXIT; END;", "PLS-00376"),
        ("BEGIN NULL END;", 'PLS-00103: Encountered the symbol "END"'),
        ("BEGIN END;", "PLS-00103"),
        ("BEGIN NULL; END", "PLS-00103"),
        ("BEGIN SELECT 1 FROM dual; END;", "PLS-00428: an INTO clause is expected"),
        ("DECLARE a NUMBER; BEGIN SELECT 1, 2 INTO a FROM dual; END;", "PLS-00394"),
        (
            "DECLARE a NUMBER; BEGIN SELECT 1 INTO a FROM tak_ada; END;",
            "PL/SQL: ORA-00942: table or view does not exist",
        ),
        ("BEGIN UPDATE siakoff.setup_kec SET tak_ada = 1; END;", "PL/SQL: ORA-01031"),
        ("BEGIN NULL; EXCEPTION WHEN tak_ada THEN NULL; END;", "PLS-00201: identifier 'TAK_ADA' must be declared"),
        ("BEGIN dbms_datapump.start(1); END;", "PLS-00302: component 'START' must be declared"),
        ("DECLARE h NUMBER; BEGIN h := dbms_datapump.open(mode => 'SCHEMA'); END;", "PLS-00306"),
    ],
)
def test_wrong_blocks_do_not_compile(client: Client, block: str, message: str) -> None:
    with pytest.raises(OracleError) as caught:
        client.session.prepare(block)
    assert caught.value.code == 6550
    assert message in str(caught.value)
    assert str(caught.value).startswith("ORA-06550: line 1, column ")


def test_the_error_points_at_line_and_column(client: Client) -> None:
    with pytest.raises(OracleError, match=r"line 3, column 10:\nPLS-00201"):
        client.session.prepare("DECLARE n NUMBER;\nBEGIN\n  n := 1+tak_ada;\nEND;")


def test_values_that_do_not_fit_the_bind(client: Client) -> None:
    with pytest.raises(OracleError, match="character string buffer too small"):
        client.out("BEGIN :x := 'abcdef'; END;", None, types={0: BindType(OraType.VARCHAR2, 3)})
    with pytest.raises(OracleError, match="PLS-00382"):
        client.out("BEGIN :x := TRUE; END;", None)
    with pytest.raises(OracleError, match="character to number"):
        client.out("BEGIN :x := 'abc'; END;", None, types={0: NUMBER})
    when = moment(2025, 1, 9, 16, 35)
    assert client.out("BEGIN :x := :d + 1; END;", None, when, types={0: BindType(OraType.DATE, 7)})[0] == moment(
        2025, 1, 10, 16, 35
    )


def test_sleep_can_be_cancelled(client: Client) -> None:
    statement = client.session.prepare("BEGIN dbms_session.sleep(30); EXCEPTION WHEN OTHERS THEN NULL; END;")
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(OracleError, match="ORA-01013"):
        client.session.execute(statement, [], [[]], cancelled)
    assert time.monotonic() - began < 5


def test_an_endless_loop_can_be_cancelled(client: Client) -> None:
    statement = client.session.prepare("BEGIN LOOP NULL; END LOOP; END;")
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    with pytest.raises(OracleError, match="ORA-01013"):
        client.session.execute(statement, [], [[]], cancelled)
