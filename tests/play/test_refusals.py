# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused or fails: a clear sentence, a recorded failure, exit code not 0, nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from night import ROOT, Night
from siak_backup.media.marker import MARKER_NAME

pytestmark = pytest.mark.play

#: With the server that the run itself starts, and with one that is there.
WITH_STAGE = "--limit=sukamara,gladi"
ONE = "--limit=sukamara"
ALL_DAY = dict.fromkeys(["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"], "00.00-23.59")


def refused(night: Night, done: subprocess.CompletedProcess[str], *words: str, server: str = "sukamara") -> None:
    output = done.stdout + done.stderr
    assert done.returncode not in (0, None), output
    for word in words:
        assert word in output, f"{word!r} is not in:\n{output}"
    assert night.folders(server) == [], "something was published"
    assert night.folders(server, night.medium) == []
    failed = [line for line in night.steps(server).values() if line["status"] != "ok"]
    assert failed, "the failure is not in the journal"
    assert any(all(word in line["reason"] for word in words) for line in failed), failed
    assert night.verify_journal().returncode == 0


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"siak_folder_pattern": "mmmyyyy"}, ("SIAK-120", "mmmyyyy")),
        ({"siak_service_hours": {"senin": "16.00-07.30"}}, ("SIAK-120", "senin")),
        ({"siak_service_hours": {"senen": "07.30-16.00"}}, ("SIAK-120", "senen")),
        ({"siak_service_exceptions": {"2026-02-30": "tutup"}}, ("SIAK-120", "2026-02-30")),
        ({"siak_directory": "NO_SUCH_DIR"}, ("NO_SUCH_DIR",)),
        ({"siak_schemas": ["NOBODY"]}, ("NOBODY",)),
        ({"siak_media": [{"dir": "/no/such/medium", "labels": ["GLADI-01"]}]}, ("/no/such/medium",)),
        ({"siak_media": [{"dir": "{{ siak_var_dir }}/medium", "labels": ["GLADI-01"]}]}, ("titik mount", "medium")),
        (
            {"siak_media": [{"dir": "{{ siak_var_dir }}/medium", "labels": ["DISK-07"], "mount_required": False}]},
            ("SIAK-502", "yang terpasang adalah media GLADI-01, bukan DISK-07"),
        ),
    ],
    ids=[
        "pattern",
        "reversed-hours",
        "unknown-day",
        "impossible-date",
        "directory",
        "schema",
        "medium",
        "not-mounted",
        "wrong",
    ],
)
def test_wrong_settings(night: Night, variables: dict[str, object], words: tuple[str, ...]) -> None:
    done = night.run(WITH_STAGE, **variables)
    refused(night, done, *words)


def test_service_hours_refuse_and_a_recorded_reason_lets_through(night: Night) -> None:
    with night.server():
        # 23.59 to midnight is the one minute in which nothing would be refused.
        done = night.run(ONE, siak_service_hours=ALL_DAY)
        refused(night, done, "SIAK-151")
        reason = "listrik akan padam malam ini"
        done = night.run(ONE, siak_service_hours=ALL_DAY, siak_override_reason=reason)
        assert done.returncode == 0, done.stdout + done.stderr
    assert reason in night.entry("sukamara")


def test_unknown_service(night: Night) -> None:
    with night.server():
        connection = {
            "dsn": f"127.0.0.1:{night.port}/nowhere",
            "user": "SIAK_BACKUP",
            "password_file": str(night.state / "sukamara/password"),
        }
        refused(night, night.run(ONE, siak_connection=connection), "SIAK-201", "nowhere")


def test_unknown_server_name(night: Night) -> None:
    done = night.run("--limit=nowhere")
    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr


def test_one_broken_server_leaves_the_other_whole(night: Night) -> None:
    with night.server():
        (night.state / "lamandau/password").write_text("bukan-sandinya")
        done = night.run()
        refused(night, done, "SIAK-202", server="lamandau")
    night.assert_whole(night.folders("sukamara")[0])
    assert {line["status"] for line in night.steps("sukamara").values()} == {"ok"}
    assert "gagal" in night.entry("lamandau").lower()
    assert done.returncode == 2


def test_every_server_broken_still_closes_the_night(night: Night) -> None:
    dead = {"dsn": "127.0.0.1:9/nowhere", "user": "SIAK_BACKUP", "password": "x"}
    done = night.run(siak_connection=dead)
    for server in ("sukamara", "lamandau"):
        refused(night, done, "SIAK-201", server=server)
        assert "gagal" in night.entry(server).lower()
    assert night.lines()[-1]["event"] == "run_end"
    assert night.lines()[-1]["status"] == "failed"


def test_unreachable_control_path_is_on_the_agenda(night: Night) -> None:
    with night.server():
        done = night.run("-e", "ansible_ssh_common_args='-o ConnectTimeout=2'", siak_ansible_port=9, ansible_port=9)
        assert done.returncode == 0, "ansible_port alone must not matter to a local connection"
        done = night.run("--limit=sukamara", ansible_connection="ssh", ansible_host="127.0.0.1", ansible_port=9)
    assert done.returncode == 4, done.stdout + done.stderr
    (end,) = [x for x in night.lines() if x["event"] == "server_end" and x["run"] == night.runs()[-1]]
    assert end["status"] == "unreachable"
    assert "gagal" in night.entry("sukamara").lower()


def test_agenda_that_cannot_be_written_stops_before_step_1(night: Night) -> None:
    night.var.mkdir(parents=True)
    night.agenda.write_text("a file where the folder should be")
    with night.server():
        done = night.run(ONE)
    assert done.returncode != 0
    assert "SIAK-600" in done.stdout + done.stderr
    assert night.folders("sukamara") == []
    assert "Periksa semua syarat" not in done.stdout


def test_without_the_callback_step_1_refuses(night: Night, tmp_path: Path) -> None:
    environment = night.environment() | {"ANSIBLE_CALLBACK_PLUGINS": str(tmp_path)}
    copy = tmp_path / "project"
    copy.mkdir()
    parts = "backup.yml ansible.cfg doc_fragments inventory library module_utils rehearsal roles sop"
    for name in parts.split():
        (copy / name).symlink_to(ROOT / name)
    (copy / "playbooks").mkdir()
    (copy / "playbooks/backup.yml").symlink_to(ROOT / "playbooks/backup.yml")
    with night.server():
        done = subprocess.run(
            night.command(ONE),
            cwd=copy,
            env=environment | {"ANSIBLE_CONFIG": str(copy / "ansible.cfg")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "SIAK-60" in done.stdout
    assert night.folders("sukamara") == []


def test_a_check_that_fails_is_no_success(night: Night) -> None:
    """In check mode nothing is recorded, so the exit code is Ansible's own."""
    with night.server():
        done = night.run(ONE, "--check", siak_directory="TIDAK_ADA")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "TIDAK_ADA" in done.stdout


def test_broken_journal_line_fails_step_6_and_loses_nothing(night: Night) -> None:
    with night.server():
        assert night.run(ONE).returncode == 0
        (journal,) = (night.agenda / "journal").glob("*.jsonl")
        lines = journal.read_bytes().splitlines(keepends=True)
        lines[2] = lines[2].replace(b"sukamara", b"sukamarb")
        journal.write_bytes(b"".join(lines))
        done = night.run(ONE)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "SIAK-601" in done.stdout
    assert journal.name in done.stdout
    night.assert_whole(night.folders("sukamara")[1])
    assert night.steps("sukamara", run=night.runs()[-1])[6]["status"] == "failed"
    assert len(night.lines()) > len(lines)


def can_mount() -> bool:
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (
        os.geteuid() == 0 and shutil.which("unshare") is not None and subprocess.run(probe, check=False).returncode == 0
    )


def mounted(options: str, path: Path) -> tuple[str, ...]:
    """Run the night where `path` is a file system of its own; it is gone with the run."""
    script = 'mount -t tmpfs -o "$1" tmpfs "$2" && shift 2 && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh", options, str(path))


def small_disk(options: str, path: Path) -> tuple[str, ...]:
    """Run the night where the medium `path` is a file system of its own, with the marker that the folder has."""
    script = (
        'marker=$(cat "$2/$3") && mount -t tmpfs -o "$1" tmpfs "$2" && printf "%s\\n" "$marker" >"$2/$3"'
        ' && shift 3 && exec "$@"'
    )
    return ("unshare", "--mount", "sh", "-c", script, "sh", options, str(path), MARKER_NAME)


def read_only(path: Path) -> tuple[str, ...]:
    """Run the night where nothing can be written to `path`."""
    script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, "sh", str(path))


needs_mount = pytest.mark.skipif(not can_mount(), reason="mounting is not allowed here")


@needs_mount
def test_archive_too_small(night: Night) -> None:
    with night.server():
        done = night.run(ONE, prefix=mounted("size=256k", night.archive))
        refused(night, done, "SIAK-", str(night.archive))


@needs_mount
def test_read_only_medium(night: Night) -> None:
    with night.server():
        done = night.run(ONE, prefix=read_only(night.medium))
        refused(night, done, str(night.medium))


MISCHIEF = "tests/play/playbooks/mischief.yml"


def test_dump_that_vanishes_between_steps(night: Night) -> None:
    dump = "{{ collect_result.collected.staging_dir }}/{{ collect_result.collected.files[0].name }}"
    with night.server():
        done = night.run(ONE, playbook=MISCHIEF, mischief_before_file_dump=["rm", dump])
    refused(night, done, "SIAK-404", ".dmp")


def test_dump_that_changes_between_steps(night: Night) -> None:
    dump = "{{ collect_result.collected.staging_dir }}/{{ collect_result.collected.files[0].name }}"
    one_byte = ["dd", "if=/dev/zero", f"of={dump}", "bs=1", "count=1", "seek=70000", "conv=notrunc"]
    with night.server():
        done = night.run(ONE, playbook=MISCHIEF, mischief_before_file_dump=one_byte)
    refused(night, done, "SIAK-404", ".dmp")


def test_dump_that_vanishes_on_the_server(night: Night) -> None:
    with night.server() as server:
        folder = server["databases"][0]["directory_path"]
        piece = f"{folder}/{{{{ export_result.export.pieces[0].name }}}}"
        done = night.run(ONE, playbook=MISCHIEF, mischief_before_collect=["rm", piece])
    refused(night, done, "SIAK-404", ".dmp")


def fill(folder: Path) -> list[str]:
    """Leave no free block in a file system; dd ends when it is full."""
    return ["sh", "-c", f"dd if=/dev/zero of={folder}/penuh bs=4k 2>/dev/null || true"]


@needs_mount
def test_archive_that_fills_up_before_step_3(night: Night) -> None:
    with night.server():
        prefix = mounted("size=64m", night.archive)
        done = night.run(ONE, playbook=MISCHIEF, prefix=prefix, mischief_before_collect=fill(night.archive))
        refused(night, done, "SIAK-401", str(night.archive))


@needs_mount
def test_medium_that_fills_up_before_step_5(night: Night) -> None:
    with night.server():
        prefix = small_disk("size=64m", night.medium)
        done = night.run(ONE, playbook=MISCHIEF, prefix=prefix, mischief_before_copy_media=fill(night.medium))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "SIAK-500" in night.steps("sukamara")[5]["reason"]
    night.assert_whole(night.folders("sukamara")[0])
    assert "gagal" in night.entry("sukamara").lower()


def test_second_run_at_once_is_refused(night: Night) -> None:
    with night.server("--export-rate=20000"):
        first = night.start(ONE)
        night.wait_for(lambda: 2 in night.steps("sukamara", "step_begin"), first)
        second = night.run(ONE)
        assert second.returncode == 2, second.stdout + second.stderr
        assert "SIAK-403" in second.stdout
        output, _ = first.communicate(timeout=60)
        assert first.returncode == 0, output
    assert len(night.folders("sukamara")) == 1
    assert night.verify_journal().returncode == 0
