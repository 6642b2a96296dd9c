# SPDX-License-Identifier: GPL-3.0-or-later
"""Sesuai only what is proven: every branch of the judgement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from desk import ROOT, START
from siak_backup.agenda.judge import Judgement, judge_server, judge_step, took
from siak_backup.agenda.ledger import ServerState, StepState
from siak_backup.sop import Sop, Step, load_sop

FILES = {"files": [{"name": "master.dmp", "size_bytes": 1, "sha256": "ab"}]}


def ended(step: int, minutes: float, facts: dict[str, object] | None = None, status: str = "ok") -> StepState:
    return StepState(step, status, START, START + timedelta(minutes=minutes), facts=FILES if facts is None else facts)  # type: ignore[arg-type]


def reasons(judged: Judgement) -> tuple[str, tuple[str, ...]]:
    return judged.verdict, judged.reasons


@pytest.fixture
def export(sop: Sop) -> Step:
    return sop.steps[1]


def test_in_time_with_output_is_sesuai(export: Step):
    assert reasons(judge_step(export, ended(2, 40))) == ("sesuai", ())


def test_a_second_over_the_limit_is_not(export: Step):
    late = judge_step(export, ended(2, 40 + 1 / 60))
    assert reasons(late) == ("tidak sesuai", ("waktu 40 menit 1 detik melebihi 40 menit",))


def test_a_changed_limit_in_the_sop_file_changes_the_verdict(tmp_path: Path):
    content = yaml.safe_load((ROOT / "sop/backup-database.yml").read_text())
    content["langkah"][1]["waktu"] = 90
    (tmp_path / "sop.yml").write_text(yaml.safe_dump(content))
    shipped, changed = load_sop(ROOT / "sop/backup-database.yml"), load_sop(tmp_path / "sop.yml")
    assert judge_step(shipped.steps[1], ended(2, 60)).verdict == "tidak sesuai"
    assert judge_step(changed.steps[1], ended(2, 60)).verdict == "sesuai"


def test_a_clock_that_went_back_proves_no_time(export: Step):
    state = ended(2, -1)
    assert took(state) is None
    assert judge_step(export, state).reasons == ("waktu tidak terbukti, jam berubah selama langkah",)


@pytest.mark.parametrize("facts", [{}, {"files": []}, {"files": 0, "size_bytes": 0}, {"pieces": 1}, {"path": "x"}])
def test_without_output_it_is_not_sesuai(export: Step, facts: dict[str, object]):
    assert judge_step(export, ended(2, 1, facts)).reasons == ("output tidak terbukti: File Backup (dmp File)",)


@pytest.mark.parametrize(
    "facts", [FILES, {"pieces": 1, "size_bytes": 5}, {"files": 2, "size_bytes": 5}, {"entry": "/x"}]
)
def test_each_kind_of_output_counts(export: Step, facts: dict[str, object]):
    assert judge_step(export, ended(2, 1, facts)).verdict == "sesuai"


@pytest.mark.parametrize(
    ("facts", "verdict"), [({"nothing_lacks": True}, "sesuai"), ({"nothing_lacks": False}, "tidak sesuai")]
)
def test_a_copy_that_follows_may_find_nothing_to_copy(export: Step, facts: dict[str, object], verdict: str):
    assert judge_step(export, ended(2, 1, facts)).verdict == verdict


def test_a_server_without_its_own_dated_folder_is_told(export: Step):
    assert judge_step(export, ended(2, 1, FILES | {"server_folder": "/u01/09jan2025"})).verdict == "sesuai"
    lacking = judge_step(export, ended(2, 1, FILES | {"server_folder": "", "server_folder_missing": "izin ditolak"}))
    assert reasons(lacking) == ("tidak sesuai", ("folder bertanggal di server tidak dibuat: izin ditolak",))


def test_every_reason_is_told(export: Step):
    assert len(judge_step(export, ended(2, 41, {"verdict": "truncated"})).reasons) == 3


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ({"status": "complete"}, None),
        ("complete", None),
        ({"status": "truncated"}, "truncated"),
        ({}, "None"),
        ("unknown", "unknown"),
        (1, "1"),
    ],
)
def test_a_dump_that_is_not_proven_complete_is_not_sesuai(sop: Sop, verdict: object, told: str | None):
    judged = judge_step(sop.steps[2], ended(3, 1, FILES | {"verdict": verdict}))
    assert judged.reasons == ((f"dump belum terbukti lengkap: {told}",) if told else ())


def test_step_1_is_sesuai_only_outside_service_hours(sop: Sop):
    first = sop.steps[0]
    assert judge_step(first, ended(1, 500, {"override": ""})).verdict == "sesuai"
    assert judge_step(first, ended(1, 0, {"override": "listrik padam"})).reasons == (
        "dimulai dalam jam pelayanan, alasan: listrik padam",
    )
    assert judge_step(first, ended(1, 0, {})).reasons == ("tidak terbukti setelah jam pelayanan",)


@pytest.mark.parametrize(("status", "word"), [("deferred", "menyusul"), ("failed", "gagal")])
def test_a_copy_that_was_not_made_is_not_sesuai(sop: Sop, status: str, word: str):
    copies = [{"label": "DISK-01", "read_back": "O_DIRECT"}, {"label": "DISK-02", "status": status, "reason": "penuh"}]
    judged = judge_step(sop.steps[4], ended(5, 1, FILES | {"copies": copies}))
    assert reasons(judged) == ("tidak sesuai", (f"kopian ke DISK-02 {word}: penuh",))


def test_how_long_a_step_took():
    assert took(ended(2, 3)) == timedelta(minutes=3)
    assert took(ended(2, 0)) == timedelta(0)
    assert took(StepState(2, "running", START)) is None


def test_what_did_not_end_well_is_never_sesuai(export: Step):
    assert reasons(judge_step(export, None)) == ("tidak dijalankan", ())
    assert reasons(judge_step(export, StepState(2, "running", START))) == ("berjalan", ())
    assert reasons(judge_step(export, StepState(2, "interrupted", START))) == ("terputus", ("run terputus",))
    stopped = StepState(2, "interrupted", START, reason="dihentikan SIGTERM", facts=FILES)
    assert reasons(judge_step(export, stopped)) == ("terputus", ("dihentikan SIGTERM",))
    failed = ended(2, 1, status="failed")
    assert reasons(judge_step(export, failed)) == ("tidak sesuai", ("langkah gagal",))
    refused = replace(failed, status="unreachable", reason="tidak terjangkau")
    assert reasons(judge_step(export, refused)) == ("tidak sesuai", ("tidak terjangkau",))


def test_a_server_is_judged_by_every_step_of_the_sop(sop: Sop):
    server = ServerState("sukamara", steps={2: ended(2, 1), 9: ended(9, 1)})
    judged = judge_server(sop, server)
    assert [each.step.number for each in judged] == [1, 2, 3, 4, 5, 6]
    assert [each.verdict for each in judged] == ["tidak dijalankan", "sesuai"] + ["tidak dijalankan"] * 4
