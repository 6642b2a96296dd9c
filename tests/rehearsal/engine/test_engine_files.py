# SPDX-License-Identifier: GPL-3.0-or-later
"""UTL_FILE, BFILE and directory objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine_client import NUMBER, SERVICE, TEXT, USER

from rehearsal.contract import OracleError

if TYPE_CHECKING:
    from pathlib import Path

    from engine_client import Client

    from rehearsal.engine import RehearsalEngine

FGETATTR = """
DECLARE
  ada BOOLEAN;
  panjang NUMBER;
  blok BINARY_INTEGER;
BEGIN
  utl_file.fgetattr(:directory, :name, ada, panjang, blok);
  :ada := CASE WHEN ada THEN 1 ELSE 0 END;
  :panjang := panjang;
END;"""


def attributes(client: Client, name: str, directory: str = "SIAK_BACKUP_DIR") -> tuple[object, ...]:
    return client.out(FGETATTR, directory, name, None, None, types={2: NUMBER, 3: NUMBER})[2:]


def test_attributes(client: Client, dpdump: Path) -> None:
    (dpdump / "master.dmp").write_bytes(b"x" * 5000)
    assert attributes(client, "master.dmp") == (1, 5000)
    assert attributes(client, "tak_ada.dmp") == (0, None)


@pytest.mark.parametrize("name", ["../accounts.sqlite", "a/b", "a\\b", "..", "", "x" * 256])
def test_names_stay_in_their_directory(client: Client, name: str) -> None:
    with pytest.raises(OracleError, match="ORA-29288"):
        attributes(client, name)
    with pytest.raises(OracleError, match="ORA-22287"):
        client.value("SELECT BFILENAME('SIAK_BACKUP_DIR', :f) FROM dual", name).exists()


def test_directories_and_grants(client: Client, engine: RehearsalEngine, tmp_path: Path, dpdump: Path) -> None:
    with pytest.raises(OracleError, match="ORA-29280"):
        attributes(client, "x", "TAK_ADA")
    accounts = engine.database(SERVICE).accounts
    (tmp_path / "lain").mkdir()
    accounts.create_directory("LAIN", tmp_path / "lain")
    with pytest.raises(OracleError, match="ORA-29289"):
        attributes(client, "x", "LAIN")
    accounts.grant_object(USER, "SYS", "LAIN", "DIRECTORY", "READ")
    assert attributes(client, "x", "LAIN") == (0, None)
    client.fails(29289, "BEGIN utl_file.fremove('LAIN', 'x'); END;")
    (dpdump / "y").touch()
    client.fails(29289, "BEGIN utl_file.frename('SIAK_BACKUP_DIR', 'y', 'LAIN', 'y'); END;")


def test_remove_and_rename(client: Client, dpdump: Path) -> None:
    (dpdump / "a").write_text("a")
    (dpdump / "b").write_text("b")
    client.fails(29283, "BEGIN utl_file.fremove('SIAK_BACKUP_DIR', 'tak_ada'); END;")
    client.fails(29292, "BEGIN utl_file.frename('SIAK_BACKUP_DIR', 'a', 'SIAK_BACKUP_DIR', 'b'); END;")
    assert (dpdump / "b").read_text() == "b"
    client.run("BEGIN utl_file.frename('SIAK_BACKUP_DIR', 'a', 'SIAK_BACKUP_DIR', 'b', overwrite => TRUE); END;")
    assert [path.read_text() for path in dpdump.iterdir()] == ["a"]
    client.run("BEGIN utl_file.fremove('SIAK_BACKUP_DIR', 'b'); END;")
    assert not list(dpdump.iterdir())


def test_write_and_read_lines(client: Client, dpdump: Path) -> None:
    client.run("""
    DECLARE f utl_file.file_type := utl_file.fopen('SIAK_BACKUP_DIR', 'uji.txt', 'w');
    BEGIN
      utl_file.put_line(f, 'satu');
      utl_file.put(f, 'du');
      utl_file.put(f, 'a');
      utl_file.new_line(f);
      utl_file.fclose(f);
    END;""")
    assert (dpdump / "uji.txt").read_text() == "satu\ndua\n"
    block = """
    DECLARE
      f utl_file.file_type;
      baris VARCHAR2(100);
    BEGIN
      f := utl_file.fopen(location => 'SIAK_BACKUP_DIR', filename => 'uji.txt', open_mode => 'r', max_linesize => 100);
      LOOP
        utl_file.get_line(f, baris);
        :isi := :isi || baris || ';';
      END LOOP;
    EXCEPTION WHEN NO_DATA_FOUND THEN
      IF utl_file.is_open(f) THEN utl_file.fclose(f); END IF;
      IF NOT utl_file.is_open(f) THEN :isi := :isi || 'tutup'; END IF;
    END;"""
    assert client.out(block, None) == ("satu;dua;tutup",)


def test_raw(client: Client, dpdump: Path) -> None:
    (dpdump / "mentah").write_bytes(bytes(range(10)))
    block = """
    DECLARE
      f utl_file.file_type := utl_file.fopen('SIAK_BACKUP_DIR', 'mentah', 'rb', 32767);
      isi RAW(100);
    BEGIN
      utl_file.get_raw(f, isi, 4);
      :hex := RAWTOHEX(isi);
      utl_file.fclose(f);
    END;"""
    assert client.out(block, None) == ("00010203",)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("f := utl_file.fopen('SIAK_BACKUP_DIR', 'tak_ada', 'r')", 29283),
        ("f := utl_file.fopen('SIAK_BACKUP_DIR', 'x', 'z')", 29281),
        ("f := utl_file.fopen('SIAK_BACKUP_DIR', 'x', 'w', 40000)", 29287),
        ("utl_file.put_line(f, 'x')", 29282),
        ("utl_file.fclose(f)", 29282),
        ("f := utl_file.fopen('SIAK_BACKUP_DIR', 'x', 'w'); utl_file.get_line(f, s)", 29283),
        ("f := utl_file.fopen('SIAK_BACKUP_DIR', 'x', 'w', 5); utl_file.put_line(f, 'panjang sekali')", 29285),
        ("utl_file.fcopy('SIAK_BACKUP_DIR', 'tak_ada', 'SIAK_BACKUP_DIR', 'x')", 29283),
    ],
)
def test_documented_exceptions(client: Client, statement: str, code: int) -> None:
    client.fails(code, f"DECLARE f utl_file.file_type; s VARCHAR2(50); BEGIN {statement}; END;")
    caught = client.out(
        f"DECLARE f utl_file.file_type; s VARCHAR2(50); BEGIN {statement}; EXCEPTION WHEN utl_file.invalid_operation "
        "OR utl_file.invalid_mode OR utl_file.invalid_maxlinesize OR utl_file.invalid_filehandle "
        "OR utl_file.write_error THEN :code := SQLCODE; END;",
        None,
        types={0: NUMBER},
    )
    assert caught == (-code,)


def test_bfile(client: Client, dpdump: Path) -> None:
    (dpdump / "isi.dmp").write_bytes(b"0123456789")
    bfile = client.value("SELECT BFILENAME(:d, :f) FROM dual", "SIAK_BACKUP_DIR", "isi.dmp")
    assert (bfile.directory, bfile.name, bfile.exists(), bfile.size()) == ("SIAK_BACKUP_DIR", "isi.dmp", True, 10)
    assert bfile.read(3, 4) == b"2345"
    assert bfile.read(9, 100) == b"89"
    assert bfile.read(11, 5) == b""
    bfile.open()
    (dpdump / "isi.dmp").unlink()
    assert bfile.is_open()
    assert bfile.read(1, 2) == b"01"
    bfile.close()
    assert not bfile.exists()
    for call in (bfile.size, bfile.open, lambda: bfile.read(1, 1)):
        with pytest.raises(OracleError, match="ORA-22288"):
            call()
    with pytest.raises(OracleError, match="ORA-22275"):
        bfile.write(1, b"x")


def test_bfile_directories(client: Client, engine: RehearsalEngine, tmp_path: Path) -> None:
    with pytest.raises(OracleError, match="ORA-22285"):
        client.value("SELECT BFILENAME('TAK_ADA', 'x') FROM dual").exists()
    engine.database(SERVICE).accounts.create_directory("LAIN", tmp_path)
    with pytest.raises(OracleError, match="ORA-22286"):
        client.value("SELECT BFILENAME('LAIN', 'x') FROM dual").open()


def test_open_bfiles_are_limited(client: Client, dpdump: Path) -> None:
    (dpdump / "x").touch()
    files = [client.value("SELECT BFILENAME('SIAK_BACKUP_DIR', 'x') FROM dual") for _ in range(11)]
    for file in files[:10]:
        file.open()
    with pytest.raises(OracleError, match="ORA-22290"):
        files[10].open()
    for file in files[:10]:
        file.close()
    files[10].open()
    files[10].close()


def test_bfile_in_a_block(client: Client, dpdump: Path) -> None:
    (dpdump / "x").write_bytes(b"abc")
    block = """
    DECLARE
      f BFILE := BFILENAME('SIAK_BACKUP_DIR', :nama);
    BEGIN
      :ada := dbms_lob.fileexists(f);
      dbms_lob.fileopen(f, dbms_lob.file_readonly);
      :isi := RAWTOHEX(dbms_lob.substr(f, 2, 2)) || dbms_lob.getlength(f);
      dbms_lob.fileclose(f);
    END;"""
    assert client.out(block, "x", None, None, types={1: NUMBER, 2: TEXT})[1:] == (1, "62633")
