# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights with several media: one that follows, one that is new, and the playbooks that register and make up for it."""

from __future__ import annotations

import json

import pytest
from night import Night
from siak_backup.media.marker import MARKER_NAME, read_marker

pytestmark = pytest.mark.play

ONE = "--limit=sukamara,gladi"


def test_a_medium_that_follows(night: Night) -> None:
    outside = night.var / "luar"
    media = [
        {"dir": str(night.medium), "labels": ["GLADI-01"], "mount_required": False},
        {"dir": str(outside), "labels": ["LUAR-01", "LUAR-02"], "mount_required": False, "policy": "menyusul"},
    ]
    with night.server():
        first = night.run(ONE, siak_media=media, siak_media_release=True)
        assert first.returncode == 0, first.stdout + first.stderr
        assert "GLADI-01 adalah folder" in first.stdout
        facts = night.steps("sukamara")[5]["facts"]
        assert [copy["status"] for copy in facts["copies"]] == ["proven", "deferred"]
        entry = night.entry("sukamara")
        assert "berhasil dengan peringatan" in entry
        assert "kopian ke LUAR-01 / LUAR-02 menyusul" in " ".join(entry.split())
        (folder,) = night.folders("sukamara")
        night.assert_whole(night.folders("sukamara", night.medium)[0])

        outside.mkdir()
        registered = night.run(
            playbook="playbooks/media_register.yml",
            dir=str(outside), label="LUAR-02", kind="flashdisk", media_register_mount_required=False,
        )  # fmt: skip
        assert registered.returncode == 0, registered.stdout + registered.stderr
        marker = read_marker(outside)
        assert marker is not None
        assert (marker.label, marker.kind) == ("LUAR-02", "flashdisk")

        lacking = night.run(ONE, playbook="playbooks/copy_media.yml", siak_media=media)
        assert lacking.returncode == 0, lacking.stdout + lacking.stderr
        assert f"malam {folder.name} disusulkan ke LUAR-02" in lacking.stdout
        night.assert_whole(outside / "sukamara" / folder.name)
        # A run of step 5 alone is in the agenda as that, and as nothing more.
        assert f"media LUAR-02 {outside}/sukamara/{folder.name} (malam {folder.name})" in lacking.stdout
        steps = night.steps("sukamara", run=night.runs()[-1])
        assert {number: line["status"] for number, line in steps.items()} == {5: "ok"}
        assert "sukamara: berhasil\n" in lacking.stdout
        assert "belum terbukti" not in night.entry("sukamara")
        again = night.run(ONE, playbook="playbooks/copy_media.yml", siak_media=media)
        assert again.returncode == 0, again.stdout + again.stderr
        assert "disusulkan" not in again.stdout
        assert "sukamara: berhasil\n" in again.stdout

        signed = night.run(
            playbook="playbooks/paraf.yml", hari=str(night.today()), jabatan="Kasi SIAK", nama="Contoh Kepala"
        )
        assert signed.returncode == 0, signed.stdout + signed.stderr
        assert "berhasil dengan peringatan" in signed.stdout
        noted = night.run(
            playbook="playbooks/kendala.yml", run=night.runs()[0], nama="Contoh Pegawai", kendala="disk di luar kantor"
        )
        assert noted.returncode == 0, noted.stdout + noted.stderr
        assert [line["event"] for line in night.lines()][-2:] == ["paraf", "note"]

        second = night.run(ONE, siak_media=media)
        assert second.returncode == 0, second.stdout + second.stderr
        assert "flash disk" in " ".join(night.entry("sukamara").split())
        assert "giliran" in second.stdout
    assert len(night.folders("sukamara", outside)) == 2
    history = [json.loads(line) for line in (night.archive / "sukamara/.media.jsonl").read_text().splitlines()]
    assert [line["label"] for line in history if line["event"] == "copied"] == [
        "GLADI-01", "LUAR-02", "GLADI-01", "LUAR-02",
    ]  # fmt: skip
    assert (outside / MARKER_NAME).exists()
    assert night.verify_journal().returncode == 0
