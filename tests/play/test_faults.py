# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports and lines that go wrong: never a false success, and the next night is whole."""

from __future__ import annotations

import subprocess
import sys

import pytest
from night import ROOT, Night

pytestmark = pytest.mark.play

ONE = "--limit=sukamara"


def clear_faults(night: Night) -> None:
    command = [sys.executable, "-m", "rehearsal", "fault", "clear", f"--state-dir={night.state}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize(
    ("fault", "step", "word"),
    [
        ("snapshot_too_old=SIAKOFF.BIODATA_WNI", 2, "BIODATA_WNI"),
        ("fatal_at_percent=50", 2, "SIAK-210"),
        ("disk_full_at_bytes=100000", 2, "SIAK-210"),
        ("hang_at_percent=50", 2, "SIAK-211"),
        ("log_cut", 2, "SIAK-"),
        ("truncate_piece=1", 3, "SIAK-300"),
        ("zero_byte_piece=1", 3, "SIAK-"),
        ("missing_piece=1", 2, "SIAK-"),
        ("foreign_piece=1", 3, "SIAK-300"),
    ],
)
def test_a_bad_export_is_never_published(night: Night, fault: str, step: int, word: str) -> None:
    with night.server(f"--fault={fault}"):
        done = night.run(ONE, export_time_limit_s=8, siak_report=["laporan"])
        assert done.returncode == 2, done.stdout + done.stderr
        # The only server failed, and the office has it on paper all the same.
        assert night.papers(night.runs()[0]) == [f"Laporan-{night.runs()[0]}-sukamara.pdf"]
        assert night.folders("sukamara") == []
        assert night.folders("sukamara", night.medium) == []
        failed = {n: line["reason"] for n, line in night.steps("sukamara").items() if line["status"] != "ok"}
        assert list(failed) == [step], failed
        assert word in failed[step]
        assert "gagal" in night.entry("sukamara").lower()

        clear_faults(night)
        again = night.run(ONE)
        assert again.returncode == 0, again.stdout + again.stderr
    night.assert_whole(night.folders("sukamara")[0])
    assert night.verify_journal().returncode == 0


@pytest.mark.parametrize("fault", ["info_on_start", "log_crlf", "slow_status_s=1"])
def test_what_is_no_failure_is_none(night: Night, fault: str) -> None:
    with night.server(f"--fault={fault}"):
        done = night.run(ONE)
    assert done.returncode == 0, done.stdout + done.stderr
    night.assert_whole(night.folders("sukamara")[0])
