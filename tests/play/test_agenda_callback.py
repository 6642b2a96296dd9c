# SPDX-License-Identifier: GPL-3.0-or-later
"""The agenda under real ansible-playbook runs: whatever happens to a step, the journal says so and nothing more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from night import BIN, ROOT, no_warnings
from siak_backup.progress import ProgressWriter
from small_night import CANARY, SmallNight

pytestmark = pytest.mark.play

OK = {1: "ok", 2: "ok", 3: "ok"}
FAILED = {1: "ok", 2: "failed", 3: "ok"}


@pytest.fixture
def small(tmp_path: Path) -> SmallNight:
    return SmallNight(tmp_path / "var")


def is_whole(small: SmallNight, done: subprocess.CompletedProcess[str]) -> None:
    """What holds after every run: no warning, no secret of ours, an unbroken chain, an entry for every server."""
    no_warnings(done)
    assert CANARY.encode() not in small.everything_written()
    assert CANARY not in done.stdout + done.stderr
    verified = small.verify_journal()
    assert verified.returncode == 0, verified.stdout
    for server in small.server_ends(small.runs()[-1]):
        assert server in small.entry(server)
    assert not any((small.agenda / "progress").iterdir())


CASES = {
    "ok": (OK, "ok"),
    "loop": (OK, "ok"),
    "ignored": (OK, "ok"),
    "rescued": (OK, "ok"),
    "fail": (FAILED, "failed"),
    "fail_no_log": (FAILED, "failed"),
    "fail_after_act": (FAILED, "failed"),
    "ignored_act": (FAILED, "failed"),
    "rescue_fails": (FAILED, "failed"),
    "retry": (FAILED, "failed"),
    "no_act": (FAILED, "failed"),
    "skipped_act": (FAILED, "failed"),
    "unreachable": ({1: "ok", 2: "unreachable"}, "unreachable"),
}


@pytest.mark.parametrize("strategy", ["host_pinned", "free", "linear"])
def test_each_server_ends_as_its_tasks_did(small: SmallNight, strategy: str):
    # The first step of an unreachable server is an action that needs no connection.
    done = small.go({case.replace("_", "-"): case for case in CASES}, strategy=strategy)
    is_whole(small, done)
    assert done.returncode in (2, 4, 6)
    for case, (steps, status) in CASES.items():
        server = case.replace("_", "-")
        assert small.ends(server) == steps, case
        assert small.server_ends()[server] == status, case
    assert small.steps("fail")[2]["reason"] == "media penuh"
    assert small.steps("fail")[2]["facts"] == {"code": "SIAK-999"}
    assert small.steps("rescue-fails")[2]["reason"] == "tetap gagal"
    assert small.steps("ignored-act")[2]["reason"] == "media penuh"
    assert CANARY not in json.dumps(small.steps("fail-no-log")[2])
    assert "Connection refused" in small.steps("unreachable")[2]["reason"]
    assert small.lines()[-1]["event"] == "run_end"
    assert small.lines()[-1]["status"] == "failed"


def test_a_good_night_ends_with_its_table(small: SmallNight):
    done = small.go({"sukamara": "ok", "lamandau": "ok"})
    is_whole(small, done)
    assert done.returncode == 0
    table = done.stdout[done.stdout.index("PLAY RECAP") :]
    assert "Mutu baku" in table
    assert "/agenda/entri/" in done.stdout.rstrip().splitlines()[-1]
    assert "GLADI" in small.entry("sukamara")
    assert "Kantor sukamara" in small.entry("sukamara")
    assert "WITA" in small.entry("sukamara")
    assert "tidak sesuai" not in small.entry("sukamara")
    begin = small.lines()[0]
    assert (begin["event"], begin["servers"]) == ("run_begin", ["sukamara", "lamandau"])
    assert {line.get("server") for line in small.lines()} == {None, "sukamara", "lamandau"}


def test_serial_batches_are_one_run(small: SmallNight):
    done = small.go({"a": "ok", "b": "ok", "c": "ok"}, serial=1, strategy="linear")
    is_whole(small, done)
    assert [line["servers"] for line in small.lines() if line["event"] == "run_begin"] == [["a", "b", "c"]]
    assert small.server_ends() == {"a": "ok", "b": "ok", "c": "ok"}


def test_servers_that_no_batch_reached_are_on_the_agenda(small: SmallNight):
    done = small.go({"a": "fail", "b": "ok"}, serial=1, strategy="linear", max_fail_percentage=0)
    is_whole(small, done)
    assert done.returncode == 2
    assert small.server_ends() == {"a": "failed", "b": "never_reached"}
    assert small.ends("b") == {}
    assert "tidak dijalankan" in small.entry("b")


def test_a_rescue_of_the_play_does_not_undo_a_step_s_failure(small: SmallNight):
    done = small.go({"a": "fail"}, outer={"rescue": [{"name": "R", "ansible.builtin.debug": {}}]})
    is_whole(small, done)
    assert done.returncode == 2
    assert small.ends("a") == FAILED
    assert small.server_ends() == {"a": "failed"}


TELL = {"name": "Tell", "ansible.builtin.debug": {"msg": "sudah ditutup"}, "run_once": True}


@pytest.mark.parametrize("strategy", ["host_pinned", "free", "linear"])
def test_a_later_play_sees_a_closed_run_even_if_every_server_failed(small: SmallNight, strategy: str):
    journal = f"cat {small.journal}/*.jsonl"
    look = {
        "name": "Look",
        "ansible.builtin.command": {"argv": ["sh", "-c", journal]},
        "register": "r",
        "run_once": True,
    }
    say = {"name": "Say", "ansible.builtin.debug": {"msg": "{{ r.stdout_lines[-1] }}"}, "run_once": True}
    done = small.go({"a": "fail", "b": "fail"}, later=[look, say], strategy=strategy)
    is_whole(small, done)
    assert "run_end" in done.stdout
    assert done.returncode == 2
    assert small.server_ends() == {"a": "failed", "b": "failed"}
    assert small.ends("a") == FAILED
    assert "langkah 2: media penuh" in done.stdout


def test_a_failure_after_the_run_is_closed_is_not_in_the_journal_and_not_a_success(small: SmallNight):
    refuse = {"name": "Refuse", "ansible.builtin.fail": {"msg": "kertas habis"}, "run_once": True}
    done = small.go({"a": "ok"}, later=[TELL, refuse | {"ignore_errors": True}])
    is_whole(small, done)
    assert (done.returncode, small.server_ends()) == (0, {"a": "ok"})
    cleared = {"name": "Try", "block": [refuse], "always": [{"name": "F", "ansible.builtin.meta": "clear_host_errors"}]}
    done = small.go({"a": "ok"}, later=[cleared, TELL])
    is_whole(small, done)
    assert "sudah ditutup" in done.stdout
    assert done.returncode == 2
    assert small.lines()[-1]["status"] == "ok"


def test_facts_that_cannot_be_recorded_fail_the_run(small: SmallNight):
    done = small.go({"a": "odd_facts"})
    assert done.returncode == 1
    assert "SIAK-600" in done.stderr
    assert small.ends("a")[2] == "failed"
    assert small.lines()[-1]["status"] == "failed"


def test_a_journal_lost_on_the_way_fails_the_run(small: SmallNight):
    done = small.go({"a": "unwritable"})
    assert done.returncode == 1
    assert "SIAK-600" in done.stderr
    assert "berhasil" not in done.stdout


def test_an_agenda_that_cannot_be_written_stops_before_the_first_task(small: SmallNight):
    small.write("agenda", "a file where the folder should be")
    done = small.go({"a": "ok"})
    assert done.returncode == 1
    assert "SIAK-600" in done.stderr
    assert "siap" not in done.stdout
    no_warnings(done)


@pytest.mark.parametrize(
    ("variables", "told"), [({"SIAK_SOP_PATH": "/none.yml"}, "SIAK-110"), ({"SIAK_AGENDA_DIR": "/proc/x"}, "SIAK-600")]
)
def test_impossible_settings_stop_before_the_first_task(
    small: SmallNight, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str
):
    real = small.environment
    monkeypatch.setattr(small, "environment", lambda: real() | variables)
    done = small.go({"a": "ok"})
    assert done.returncode == 1
    assert told in done.stderr
    assert "siap" not in done.stdout


def test_check_mode_writes_nothing(small: SmallNight):
    done = small.go({"a": "ok"}, "--check")
    assert done.returncode == 0
    no_warnings(done)
    assert not small.agenda.exists()


def test_a_play_without_the_sop_leaves_no_trace(small: SmallNight):
    done = small.go({"a": "ok"}, vars={})
    assert done.returncode == 0
    assert not small.agenda.exists()


def test_a_run_without_servers_is_not_a_success(small: SmallNight):
    done = small.go({"a": "ok"}, hosts="tidak_ada")
    assert done.returncode == 1
    assert "SIAK-100" in done.stderr
    assert "tidak_ada" in done.stderr
    assert not small.agenda.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_leaves_an_end_and_the_step_terputus(small: SmallNight, number: signal.Signals):
    run = small.launch({"a": "waits", "b": "ok"})
    run.send_signal(number)
    output, _ = run.communicate(timeout=20)
    assert run.returncode not in (0, None)
    assert "[WARNING]" not in output
    assert (small.lines()[-1]["event"], small.lines()[-1]["status"]) == ("run_end", "interrupted")
    assert 2 in small.steps("a", "step_begin")
    assert small.ends("a") == {1: "ok"}
    assert small.server_ends()["a"] == "failed"
    assert small.verify_journal().returncode == 0
    assert "terputus" in small.entry("a")

    done = small.go({"a": "ok"})
    is_whole(small, done)
    assert done.returncode == 0
    assert [line for line in small.lines() if line["event"] == "run_interrupted"] == []


def test_nohup_is_respected(small: SmallNight, monkeypatch: pytest.MonkeyPatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        run = small.launch({"a": "waits"})
    finally:
        signal.signal(signal.SIGHUP, before)
    run.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        run.communicate(timeout=0.5)
    run.terminate()
    run.communicate(timeout=20)
    assert small.lines()[-1]["reason"] == "dihentikan SIGTERM"


def test_the_next_run_closes_one_that_was_killed(small: SmallNight):
    run = small.launch({"a": "waits"})
    killed = small.runs()[-1]
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=20)
    assert small.ends("a") == {1: "ok"}
    assert [path.name for path in (small.agenda / "progress").iterdir()] == [killed]

    done = small.go({"a": "ok"})
    is_whole(small, done)
    assert [line["run"] for line in small.lines() if line["event"] == "run_interrupted"] == [killed]
    assert small.ends("a", run=small.runs()[-1]) == OK
    assert "terputus" in small.entry("a", run=killed)


def test_a_live_run_is_not_closed_by_another(small: SmallNight):
    run = small.launch({"a": "waits"})
    try:
        done = small.go({"b": "ok"})
        assert done.returncode == 0
        assert [line for line in small.lines() if line["event"] == "run_interrupted"] == []
    finally:
        run.terminate()
        run.communicate(timeout=20)
    assert small.verify_journal().returncode == 0


def test_a_line_damaged_before_the_run_does_not_stop_it(small: SmallNight):
    assert small.go({"a": "ok"}).returncode == 0
    (path,) = small.journal.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"v":1,"seq":')
    done = small.go({"a": "ok"})
    assert done.returncode == 0
    no_warnings(done)
    assert len(list(small.agenda.glob("entri/*/*-a.txt"))) == 2
    assert small.verify_journal().returncode == 1


@pytest.mark.parametrize("override", [{}, {"ANSIBLE_CALLBACK_PLUGINS": "/nowhere"}], ids=["cli", "as-runner-sets-it"])
def test_a_link_beside_the_playbook_loads_the_callback_once(
    small: SmallNight, monkeypatch: pytest.MonkeyPatch, override: dict[str, str]
):
    small.var.mkdir()
    (small.var / "callback_plugins").symlink_to(ROOT / "playbooks/callback_plugins")
    real = small.environment
    monkeypatch.setattr(small, "environment", lambda: real() | override)
    done = small.go({"a": "ok"})
    is_whole(small, done)
    assert len(small.runs()) == 1
    assert len(small.lines()) == 9


def test_under_ansible_runner(small: SmallNight, tmp_path: Path):
    (tmp_path / "runner").mkdir()
    small.var.mkdir()
    (small.var / "callback_plugins").symlink_to(ROOT / "playbooks/callback_plugins")
    small.prepare({"a": "ok"}, play={}, outer={})
    command = [
        str(BIN / "ansible-runner"), "run", str(tmp_path / "runner"), "--project-dir", str(small.var),
        "-p", "malam.yml", "--inventory", str(small.var / "hosts.json"), "-i", "malam",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, env=small.environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    is_whole(small, done)
    assert small.ends("a") == OK
    kept = b"".join(path.read_bytes() for path in (tmp_path / "runner").rglob("*") if path.is_file())
    assert b"SIAK_RUN" not in kept


def test_progress_of_a_long_step_is_told_while_it_lasts(small: SmallNight, monkeypatch: pytest.MonkeyPatch):
    real = small.environment
    monkeypatch.setattr(small, "environment", lambda: real() | {"SIAK_PROGRESS_INTERVAL_S": "0.05"})
    run = small.launch({"a": "waits"})
    (folder,) = (small.agenda / "progress").iterdir()
    writer = ProgressWriter(folder / "a.json", server="a", step=2, clock=lambda: datetime.now(UTC), min_interval_s=0)
    writer("ekspor", 5_000_000, 10_000_000)
    assert run.stdout is not None
    told = next(line for line in run.stdout if "ekspor" in line)
    assert told == "a · langkah 2 ekspor: 50 %, 5,0 MB dari 10,0 MB\n"
    run.terminate()
    run.communicate(timeout=20)
