# SPDX-License-Identifier: GPL-3.0-or-later
"""What `siak_script` may say, and what answers and lines are worth."""

from __future__ import annotations

import pytest
from script_desk import EARLIER, FAST, LocalRemote
from siak_backup.errors import ConfigError, ConnectError, LoginError
from siak_backup.script.posix import PosixShell
from siak_backup.script.remote import Line
from siak_backup.script.replies import Reply, ServerFile
from siak_backup.script.watch import demand_answer


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "backup.sh"},
        {"path": "/a\n/b"},
        {"path": ""},
        {"folder": "C:\\backup"},
        {"folder": "/café"},
        {"arguments": ["a\tb"]},
        {"dump": []},
        {"dump": ["$(id).dmp"]},
        {"log": ["a b.log"]},
        {"charset": "al32utf8"},
        {"charset": "AL32UTF8'"},
        {"time_limit_s": 0},
        {"work_dir": "kerja"},
    ],
)
def test_impossible_settings_are_named(plan_of, wrong):
    with pytest.raises(ConfigError, match=f"siak_script.{next(iter(wrong))}"):
        plan_of(**wrong)


def test_a_run_without_an_id(plan_of):
    with pytest.raises(ConfigError, match=r"run\.id"):
        plan_of("")


def test_defaults(plan_of, site, tmp_path):
    plan = plan_of()
    assert plan.work_dir == f"{site.folder}/.siak-backup"
    assert plan.job().home.startswith(plan.work_dir)
    assert plan.job(EARLIER).run_id == EARLIER
    assert plan.share_dir is None
    assert plan_of(share_dir="/mnt/x").share_dir is not None
    assert plan.fingerprint == plan_of(EARLIER, time_limit_s=5).fingerprint
    assert plan.fingerprint != plan_of(arguments=["x"]).fingerprint
    assert plan.staging(tmp_path).name == f".masuk-{plan.run_id}"
    with pytest.raises(ConfigError):
        plan.job("../x")


def test_a_windows_server_folds_case(plan_of):
    windows = {"shell": "cmd", "path": "D:\\BACKUP\\backup.bat", "folder": "D:\\BACKUP", "share_dir": "/mnt/backup"}
    plan = plan_of(**windows)
    assert plan.work_dir == "D:\\BACKUP\\.siak-backup"
    assert plan.script_name == "backup.bat"
    files = (ServerFile("MASTER.DMP", 1, 1), ServerFile("lain.txt", 1, 1))
    assert plan.of(files, ("master*.dmp",)) == files[:1]
    assert plan_of().of(files, ("master*.dmp",)) == ()


def test_a_reply_is_read_through_noise():
    reply = Reply.parse(
        "Selamat datang\r\nSIAK now 12\r\n  SIAK state running  \nSIAK now 13\nSIAK Odd x\nSIAK file 5 6 a b.dmp\n"
        "SIAK file x\nSIAK file 7 6 a b.dmp\nSIAK taken\nSIAK end\nSIAK late 1"
    )
    assert reply.number("now") == 12
    assert reply.values("now") == ("12", "13")
    assert reply.text("state") == "running"
    assert reply.has("taken")
    assert not reply.has("late")
    assert reply.number("state") is None
    assert reply.text("absent") == ""
    assert reply.files() == (ServerFile("a b.dmp", 7, 6),)
    assert demand_answer(reply, "now", where="x") == "12"
    with pytest.raises(ConnectError, match="'rc'"):
        demand_answer(reply, "rc", where="x")


@pytest.mark.parametrize("printed", ["", "SIAK now 1", "SIAK now 1\nSIAK ending"])
def test_a_cut_reply_counts_for_nothing(printed):
    with pytest.raises(ConnectError, match="terpotong"):
        Reply.parse(printed)


class Refusing(LocalRemote):
    def run(self, command, stdin=b""):
        raise LoginError("ditolak")


def test_a_refused_login_is_not_repeated(plan_of):
    remote = Refusing()
    with pytest.raises(LoginError):
        Line(remote, PosixShell(), patience_s=60, timing=FAST).ask("true")
    assert remote.resets == 0


def test_patience_ends(remote):
    remote.drops = 100
    with pytest.raises(ConnectError, match="putus"):
        Line(remote, PosixShell(), patience_s=2, timing=FAST).ask("echo SIAK end")
    assert remote.resets == 2, "tried at once and after a second; two more would be too late"


def test_a_file_is_put_by_the_shell_or_by_the_connection(remote, tmp_path):
    class Windows(PosixShell):
        def receive(self, path):
            return None

    for shell in (PosixShell(), Windows()):
        path = tmp_path / type(shell).__name__
        Line(remote, shell, patience_s=1, timing=FAST).put(b"isi", str(path))
        assert path.read_bytes() == b"isi"
    with pytest.raises(ConnectError, match="tidak dapat ditulis"):
        Line(remote, PosixShell(), patience_s=0, timing=FAST).put(b"isi", str(tmp_path / "no" / "x"))


@pytest.mark.parametrize(
    ("kind", "path", "folder"),
    [
        ("posix", "/backup.sh", "/"),
        ("posix", "/home/oracle/backup.sh", "/home/oracle"),
        ("cmd", "D:\\backup.bat", "D:\\"),
        ("cmd", "D:\\a b\\backup.bat", "D:\\a b"),
    ],
)
def test_the_folder_of_the_script(plan_of, kind, path, folder):
    plan = plan_of(shell=kind, path=path, folder="/b" if kind == "posix" else "D:\\b")
    assert plan.script_folder == folder
    assert plan.kind == kind
