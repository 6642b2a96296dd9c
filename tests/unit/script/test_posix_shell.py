# SPDX-License-Identifier: GPL-3.0-or-later
"""The command texts in every sh that a Linux server may have."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from script_desk import OTHER, RUN
from siak_backup.errors import ConfigError
from siak_backup.script.posix import PosixShell
from siak_backup.script.replies import Reply

SHELLS = {"dash": ["dash"], "bash": ["bash"], "busybox": ["busybox", "sh"]}
SHELL = PosixShell()


@pytest.fixture(params=SHELLS)
def ask(request):
    """Run a command text; return its answer."""
    if shutil.which(SHELLS[request.param][0]) is None:
        pytest.skip(f"not installed: {request.param}")

    def run(text, stdin=b""):
        command = [*SHELLS[request.param], "-c", f"{text} && sleep 0"]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)
        assert b"not found" not in done.stderr
        assert b"yntax" not in done.stderr
        return Reply.parse(done.stdout.decode())

    return run


@pytest.fixture
def begun(ask, plan_of):
    """Begin the plan's job."""

    def begin(**changed):
        job = plan_of(**changed).job()
        assert ask(SHELL.prepare(job)).has("made")
        for path, content in SHELL.files(job):
            assert ask(SHELL.receive(path), content).has("written")
        assert ask(SHELL.start(job)).number("started") == pytest.approx(time.time(), abs=10)
        return job

    return begin


def test_from_look_to_forget(ask, begun, site, plan_of):
    site.write_script('printf "%s|" "$@" >said.txt', "sleep 1 &", "exit 3")
    seen = ask(SHELL.look(str(site.script), str(site.folder), str(site.work)))
    assert [seen.text(word) for word in ("script", "folder", "work")] == ["ok", "ok", "absent"]
    assert seen.number("now") == pytest.approx(time.time(), abs=10)
    assert seen.number("free") > 0
    assert not seen.has("job")
    assert not seen.has("busy")
    job = plan_of(arguments=["a  b", "'$(id)'", "\\", "*"]).job()
    assert ask(SHELL.status(job)).lines[1:] == (("state", "absent"),)
    job = begun(arguments=list(job.arguments))
    assert ask(SHELL.start(job)).has("taken")
    assert ask(SHELL.prepare(job)).has("taken")
    seen = ask(SHELL.look(str(site.script), str(site.folder), str(site.work)))
    assert seen.values("job") == (RUN,)
    assert seen.text("work") == "ok"
    assert ask(SHELL.forget(job)).has("kept"), "not while it runs"
    while (status := ask(SHELL.status(job))).text("state") == "running":
        time.sleep(0.1)
    assert (status.text("state"), status.number("rc")) == ("ended", 3)
    assert status.text("fingerprint") == job.fingerprint
    assert (site.folder / "said.txt").read_text() == "a  b|'$(id)'|\\|*|"
    assert Path(job.home).stat().st_mode & 0o777 == 0o700
    assert ask(SHELL.stop(job)).text("state") == "ended"
    assert ask(SHELL.forget(job)).has("removed")
    assert ask(SHELL.forget(job)).has("removed"), "again changes nothing"
    assert site.jobs() == []


def test_stop_ends_what_heeds_term(ask, begun, site):
    site.write_script("sleep 600 & sleep 601")
    job = begun()
    status = ask(SHELL.stop(job))
    assert (status.text("state"), status.text("stopped"), status.number("rc")) == ("ended", "asked", 143)
    assert site.processes(RUN) == []


def test_what_lost_its_supervisor_is_seen_and_stopped(ask, begun, site):
    site.write_script("sleep 600 & sleep 601")
    job = begun()
    os.kill(int((Path(job.home) / "who").read_text().split()[0]), signal.SIGKILL)
    time.sleep(0.2)
    assert ask(SHELL.status(job)).text("state") == "running"
    assert ask(SHELL.stop(job)).text("state") == "lost"
    assert site.processes(RUN) == []


def test_another_boot_makes_a_job_lost(ask, begun, site):
    site.write_script("exec sleep 600")
    job = begun()
    who = Path(job.home) / "who"
    pid, _, ticks = who.read_text().split()
    (Path(job.home) / "group").unlink()
    who.write_text(f"{pid} 00000000-0000-0000-0000-000000000000 {ticks}\n")
    assert ask(SHELL.status(job)).text("state") == "lost"


def test_a_supervisor_that_never_came_up(ask, plan_of):
    job = plan_of().job()
    (Path(job.home) / "begun").mkdir(parents=True)
    assert ask(SHELL.status(job)).text("state") == "lost"


def test_look_at_what_is_not_there(ask, tmp_path):
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    seen = ask(SHELL.look(str(tmp_path / "plain"), str(tmp_path / "folder"), str(tmp_path)))
    assert [seen.text(word) for word in ("script", "folder", "work")] == ["refused", "absent", "ok"]
    seen = ask(SHELL.look(str(tmp_path / "no"), str(tmp_path / "plain"), "/proc"))
    assert [seen.text(word) for word in ("script", "folder", "work")] == ["absent", "absent", "refused"]


def test_listing_takes_what_matches_and_is_a_file(ask, tmp_path):
    for name in ("a b.dmp", "B.DMP", "c.log", "c.txt", "é.dmp", "new\nline.dmp", "-n.dmp"):
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "folder.dmp").mkdir()
    (tmp_path / "link.dmp").symlink_to(tmp_path / "c.txt")
    os.utime(tmp_path / "c.log", (0, 1736415600))
    seen = ask(SHELL.listing(str(tmp_path), ["*.dmp", "?.dmp", "*.DMP", "*.log"]))
    assert [file.name for file in seen.files()] == ["-n.dmp", "B.DMP", "a b.dmp", "c.log"]
    assert {file.size_bytes for file in seen.files()} == {5}
    assert seen.files()[-1].changed_at == 1736415600
    assert len(seen.values("odd")) >= 2
    assert ask(SHELL.listing(str(tmp_path / "absent"), ["*.dmp"])).lines == ()
    assert ask(SHELL.listing(str(tmp_path), ["*.none"])).files() == ()


def test_digest_folder_and_move_replace_nothing(ask, tmp_path):
    file, folder = tmp_path / "it's.dmp", tmp_path / "09jan2025"
    file.write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert ask(SHELL.digest(str(file))).text("sha256") == sha256
    assert ask(SHELL.digest(str(tmp_path / "no"))).lines == ()
    assert ask(SHELL.make_folder(str(folder))).has("made")
    assert ask(SHELL.make_folder(str(folder))).has("taken")
    assert ask(SHELL.make_folder(str(file))).has("taken")
    assert ask(SHELL.make_folder(str(tmp_path / "no" / "no"))).has("refused")
    (folder / "taken.dmp").write_bytes(b"old")
    assert ask(SHELL.move(str(file), str(folder), "taken.dmp")).has("taken")
    assert (folder / "taken.dmp").read_bytes() == b"old"
    assert ask(SHELL.move(str(file), str(folder), file.name)).has("moved")
    assert not file.exists()
    assert (folder / file.name).read_bytes() == b"abc"
    assert ask(SHELL.move(str(file), str(folder), "other")).has("refused")


def test_a_file_system_without_links(ask, tmp_path):
    memory = Path("/dev/shm")  # noqa: S108 - a file system that is not tmp_path's
    if not os.access(memory, os.W_OK):
        pytest.skip("no second file system at /dev/shm")
    file = tmp_path / "a.dmp"
    file.write_bytes(b"abc")
    other = memory / f"siak-{os.getpid()}-{time.monotonic_ns()}"
    other.mkdir()
    try:
        assert ask(SHELL.move(str(file), str(other), "a.dmp")).has("moved")
        assert (other / "a.dmp").read_bytes() == b"abc"
    finally:
        shutil.rmtree(other)


def test_receive_is_whole_or_not_at_all(ask, tmp_path):
    assert ask(SHELL.receive(str(tmp_path / "no" / "x")) + " 2>/dev/null", b"x").lines == ()


def test_what_cannot_be_quoted_is_refused(plan_of):
    with pytest.raises(ConfigError):
        SHELL.make_folder("/a\nb")


def test_other_runs_are_told(ask, site, plan_of):
    (site.work / f"siak-{OTHER}").mkdir(parents=True)
    (site.work / "siak-file").write_text("")
    seen = ask(SHELL.look(str(site.script), str(site.folder), str(site.work)))
    assert seen.values("job") == (OTHER,)
