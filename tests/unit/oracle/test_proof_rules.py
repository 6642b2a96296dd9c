# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves that a job that has ended succeeded: every witness by itself."""

from __future__ import annotations

import pytest
from siak_backup.dump.log import ExportLog
from siak_backup.errors import ExportError, VanishedError
from siak_backup.oracle import statements
from siak_backup.oracle.datapump import proof
from siak_backup.oracle.datapump.note import note_of
from siak_backup.oracle.datapump.proof import listed_pieces, prove_adopted, prove_by_log, tables_in
from siak_backup.oracle.datapump.watch import Ending
from told_session import ScriptedLink, ScriptedSession, plan_of

PLAN = plan_of()
PIECE = PLAN.dump_template.replace("%U", "01")
GOOD = f"""\
Starting "SIAK_BACKUP"."{PLAN.job}":  siak-backup
{note_of(PLAN, 4711).text()}
. . exported "SIAKOFF"."BIODATA_WNI"                     26.63 MB     60 rows
Master table "SIAK_BACKUP"."{PLAN.job}" successfully loaded/unloaded
Dump file set for SIAK_BACKUP.{PLAN.job} is:
  C:\\backup\\{PIECE}
Job "SIAK_BACKUP"."{PLAN.job}" successfully completed at Thu Jan 9 18:00:49 2025 elapsed 0 00:00:24
"""
COMPLETED = Ending("COMPLETED", 0, ())
WHERE = f"sukamara, SIAK_DIR/{PLAN.job}.log"


@pytest.fixture
def link_to(monkeypatch):
    """Return a link to a server whose directory object holds this log, or none."""

    def make(text):
        def read(session, directory, name, *, limit_bytes):
            assert (directory, name, limit_bytes) == ("SIAK_DIR", f"{PLAN.job}.log", 64 * 1024 * 1024)
            if text is None:
                raise VanishedError("x")
            return text.encode()

        monkeypatch.setattr(proof, "read_small", read)
        return ScriptedLink(ScriptedSession())

    return make


def failure(link, ending=COMPLETED):
    with pytest.raises(ExportError) as failed:
        prove_by_log(link, PLAN, ending)
    assert failed.value.where == WHERE
    assert failed.value.remedy
    return failed.value.what


@pytest.mark.parametrize("ending", [COMPLETED, Ending("UNSEEN", None, ()), Ending("COMPLETED", None, ("0 catatan",))])
def test_a_good_log_proves_a_good_end(link_to, ending):
    log = prove_by_log(link_to(GOOD), PLAN, ending)
    assert (log.job_name, [table.rows for table in log.tables]) == (PLAN.job, [60])


@pytest.mark.parametrize(
    ("ending", "what"),
    [
        (Ending("STOPPED", 0, ()), "job berakhir STOPPED"),
        (Ending("OVERDUE", None, ()), "job berakhir OVERDUE"),
        (Ending("XX", 0, ("31693 ORA-31693: x",)), "job berakhir XX: ORA-31693"),
        (Ending("COMPLETED", 1, ()), "ekspor selesai dengan kesalahan"),
        (Ending("UNSEEN", 3, ("ORA-1 x",)), "ekspor selesai dengan kesalahan: ORA-1 x"),
    ],
)
def test_a_good_log_does_not_outweigh_a_bad_end(link_to, ending, what):
    assert failure(link_to(GOOD), ending) == what


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            ("Master", 'ORA-31693: Table data object "SIAKOFF"."CAPIL" failed\nMaster'),
            "ekspor selesai dengan kesalahan: ORA-31693 pada SIAKOFF.CAPIL",
        ),
        ((PLAN.job, "AAAA"), "log menyebut job lain, 'AAAA'"),
        ((PLAN.job, "ZZZZ"), "log menyebut job lain, 'ZZZZ'"),
        ((". . exported", ". exported"), "ekspor tidak memuat satu tabel pun"),
        (("successfully completed", "selesai"), "log tidak membuktikan ekspor berhasil (unknown)"),
        (("loaded/unloaded", "lost"), "log tidak membuktikan ekspor berhasil (truncated)"),
    ],
)
def test_a_log_that_says_less_proves_nothing(link_to, change, what):
    assert failure(link_to(GOOD.replace(*change))) == what


def test_a_bad_end_is_told_with_what_the_log_says(link_to):
    text = GOOD.replace("Master", 'ORA-39126: x "SIAKOFF"."CAPIL"\nMaster')
    assert failure(link_to(text), Ending("STOPPED", 0, ())) == "job berakhir STOPPED: ORA-39126 pada SIAKOFF.CAPIL"


def test_without_a_log_nothing_is_proven(link_to):
    assert failure(link_to(None)) == "log ekspor tidak ada di server"
    assert failure(link_to(None), Ending("STOPPED", 0, ("ORA-39126",))) == "log ekspor tidak ada di server: ORA-39126"


def test_an_adopted_job_must_be_what_is_wanted(link_to):
    log, note = prove_adopted(link_to(GOOD), PLAN, COMPLETED)
    assert (log.job_name, note.scn) == (PLAN.job, 4711)
    others = [plan_of(mode="full"), plan_of(server="lamandau"), plan_of(run={"id": "20250109T093000Z-0000ab"})]
    notes = [note_of(other, 4711).text() for other in others]
    for text in (
        GOOD.replace("siak-backup: run", "siak"),
        *(GOOD.replace(note_of(PLAN, 4711).text(), n) for n in notes),
    ):
        with pytest.raises(ExportError, match="log tidak menyebut ekspor yang dikehendaki") as failed:
            prove_adopted(link_to(text), PLAN, COMPLETED)
        assert failed.value.where == WHERE


def test_an_adopted_job_must_have_ended_well_too(link_to):
    with pytest.raises(ExportError, match="STOPPED"):
        prove_adopted(link_to(GOOD), PLAN, Ending("STOPPED", 0, ()))


def listed(*paths, present=True):
    session = ScriptedSession(
        {statements.FILE_ATTRIBUTES: lambda filename, **_: {"present": present, "size_bytes": len(filename)}}
    )
    return listed_pieces(session, PLAN, ExportLog(files=paths)), session


@pytest.mark.parametrize("folder", ["", "/u01/backup/", "C:\\backup\\", "\\\\srv/x\\"])
def test_pieces_are_found_by_name_wherever_the_server_keeps_them(folder):
    pieces, session = listed(f"{folder}{PIECE}", f"{folder}{PIECE.replace('01.', '02.')}")
    assert pieces == ((PIECE, len(PIECE)), (PIECE.replace("01.", "02."), len(PIECE)))
    assert session.asked[0][1] == {"directory": "SIAK_DIR", "filename": PIECE}


def test_a_piece_of_another_is_not_even_looked_for():
    with pytest.raises(ExportError, match=r"'lain\.dmp' tercantum di log tetapi tidak ada") as failed:
        listed(PIECE, "/x/lain.dmp")
    assert failed.value.where == "sukamara, directory SIAK_DIR"


def test_a_piece_that_is_not_there():
    with pytest.raises(ExportError, match=f"'{PIECE}'"):
        listed(PIECE, present=False)


def test_a_log_without_pieces():
    with pytest.raises(ExportError, match="tidak mencantumkan berkas dump") as failed:
        listed()
    assert failed.value.where == WHERE


@pytest.mark.parametrize(
    ("line", "tables"),
    [
        ('"SIAKOFF"."KTP" "SIAKOFF"."KTP":"P1"', ("SIAKOFF.KTP",)),
        ('"A"."B" dan "C"."D"', ("A.B", "C.D")),
        (" ".join(f'"A"."T{number}"' for number in range(9)), ("A.T0", "A.T1", "A.T2", "A.T3", "A.T4")),
        ('"a"."B" "A"."b; x"', ()),
    ],
)
def test_the_objects_of_lines(line, tables):
    assert tables_in(line) == tables
