# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps 1, 3 and 4 by the site's own script: looked at, brought here, judged, filed on the server."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from script_desk import EARLIER, FAST, OTHER, RUN, LocalRemote
from siak_backup.errors import ArchiveError, CollectError, ConfigError, ConnectError, DumpError, NoSpaceError
from siak_backup.script import collect as step_3
from siak_backup.script import fetch, watch
from siak_backup.script.collect import CollectPlan, agenda_facts, collect, predict
from siak_backup.script.dated import file_on_server
from siak_backup.script.fetch import Fetcher
from siak_backup.script.look import look
from siak_backup.script.reading import MOST_BYTES, Reading
from siak_backup.script.remote import Line
from siak_backup.script.replies import ServerFile

from tests.site_script.tool import ROWS, write_exp, write_expdp


@pytest.fixture
def dumped(site, tmp_path):
    """Put an export into the server's folder; return step 2's result of it."""

    def make(tool="expdp", filesize=None):
        made = write_expdp(tmp_path / "made", filesize=filesize) if tool == "expdp" else write_exp(site.folder)
        pieces, log = made
        for path in (*pieces, log):
            path.rename(site.folder / path.name)
        return exported(site, [path.name for path in pieces], log.name)

    return make


def exported(site, pieces, log):
    def facts(name):
        status = (site.folder / name).stat()
        return {"name": name, "size_bytes": status.st_size, "changed_at": int(status.st_mtime)}

    told = facts(log)
    return {
        "pieces": [facts(name) for name in pieces],
        "log": log,
        "log_bytes": told["size_bytes"],
        "log_changed_at": told["changed_at"],
    }


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "archive" / "sukamara").mkdir(parents=True)
    return tmp_path / "archive"


@pytest.fixture
def bring(plan_of, line_of, archive):
    def act(export, line=None, **changed):
        plan = plan_of(**changed)
        params = {"export": export, "archive_dir": str(archive)}
        return collect(line or line_of(plan), CollectPlan.from_params(plan, params), lambda *_: None)

    return act


def test_pieces_come_here_and_are_proven(bring, dumped, site, archive):
    export = dumped(filesize="100K")
    collected = bring(export).as_dict()
    assert collected["verdict"]["status"] == "complete"
    assert collected["server_digests"] == len(export["pieces"]) + 1
    for entry in [*collected["files"], collected["log"]]:
        path = archive / "sukamara" / f".masuk-{RUN}" / entry["name"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        assert path.stat().st_mode & 0o777 == 0o600
    assert collected["database"]["version"].startswith("12.")
    assert agenda_facts(collected)["rows"] > 200
    assert {path.name for path in (archive / "sukamara" / f".masuk-{RUN}").iterdir()} == {
        entry["name"] for entry in [*collected["files"], collected["log"]]
    }


def test_classic_exp_is_judged_with_its_log(bring, dumped, site):
    export = dumped("exp")
    collected = bring(export).as_dict()
    assert collected["verdict"]["status"] == "complete"
    assert [table["rows"] for table in collected["tables"]] == [ROWS]
    assert collected["database"]["version"] == "10.2.1"


def test_by_a_share_nothing_comes_over_the_line(bring, dumped, site, plan_of):
    class Windows(LocalRemote):
        def fetch(self, path, target):
            raise AssertionError

    plan = plan_of()
    line = Line(Windows(streams=False), plan.shell, patience_s=0, timing=FAST)
    export = dumped()
    assert bring(export, line, share_dir=str(site.folder)).judgement.status.value == "complete"
    with pytest.raises(ConfigError, match="share_dir"):
        bring(export, line)


def test_a_second_try_of_the_run_fetches_only_what_is_missing(bring, dumped, line_of, plan_of, monkeypatch):
    export = dumped(filesize="100K")
    monkeypatch.setattr(step_3, "judge_with_log", lambda *_: pytest.fail("stop here"))
    with pytest.raises(pytest.fail.Exception):
        bring(export)
    monkeypatch.undo()
    assert len(bring(export).resumed) == len(export["pieces"]) + 1


def test_a_file_that_changes_is_refused(bring, dumped, site, line_of, plan_of):
    export = dumped()
    (site.folder / export["log"]).write_text("lain")
    with pytest.raises(CollectError, match="berubah di server"):
        bring(export)


def test_a_file_that_comes_short_or_different(bring, dumped, site, plan_of):
    class Cutting(LocalRemote):
        spoil = staticmethod(lambda content: content[:-1])

        def fetch(self, path, target):
            target.write_bytes(self.spoil(Path(path).read_bytes()))

    export, plan = dumped(), plan_of()
    remote = Cutting()
    line = Line(remote, plan.shell, patience_s=0, timing=FAST)
    with pytest.raises(CollectError, match="datang"):
        bring(export, line)
    remote.spoil = lambda content: content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(CollectError, match="SHA-256"):
        bring(export, line)


def test_a_dump_that_is_not_proven_is_refused(bring, dumped, site):
    export = dumped()
    name = export["pieces"][0]["name"]
    with (site.folder / name).open("r+b") as file:
        file.truncate(file.seek(0, 2) - 4096)
    with pytest.raises(DumpError, match="truncated"):
        bring(exported(site, [name], export["log"]))


def test_a_log_of_another_tool_or_day_is_no_witness(bring, dumped, site, tmp_path):
    export = dumped("exp")
    other = write_expdp(tmp_path / "lain", filesize=None)[1]
    other.rename(site.folder / "lain.log")
    with pytest.raises(DumpError, match="log tool"):
        bring(exported(site, [export["pieces"][0]["name"]], "lain.log"))


def test_two_dumps_are_not_one_set(bring, dumped, site, tmp_path):
    export = dumped("exp")
    name = export["pieces"][0]["name"]
    (site.folder / "dua.dmp").write_bytes((site.folder / name).read_bytes())
    with pytest.raises(DumpError, match="2 file: exp"):
        bring(exported(site, [name, "dua.dmp"], export["log"]))
    (site.folder / "apa.dmp").write_bytes(b"bukan dump")
    with pytest.raises(DumpError, match="damaged"):
        bring(exported(site, ["apa.dmp"], export["log"]))


def test_an_exp_whose_header_is_spoilt_or_whose_rows_differ(bring, dumped, site):
    export = dumped("exp")
    name = export["pieces"][0]["name"]
    whole = (site.folder / name).read_bytes()
    (site.folder / name).write_bytes(whole.replace(b"RUSERS", b"Rusers", 1))
    with pytest.raises(DumpError, match="header"):
        bring(exported(site, [name], export["log"]))
    (site.folder / name).write_bytes(whole)
    log = site.folder / export["log"]
    log.write_text(log.read_text().replace(f"{ROWS} rows", f"{ROWS + 1} rows"))
    with pytest.raises(DumpError, match="log rows"):
        bring(exported(site, [name], export["log"]), run_id=EARLIER)


def test_no_room_is_said_before(bring, dumped, monkeypatch):
    export = dumped()
    monkeypatch.setattr(step_3.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(NoSpaceError):
        bring(export)


@pytest.mark.parametrize("change", [{"pieces": []}, {"pieces": [{"name": "x"}]}, {"log": "a.dmp"}, {"log_bytes": "x"}])
def test_a_result_of_step_2_that_makes_no_sense(plan_of, archive, change):
    export = {"pieces": [{"name": "a.dmp", "size_bytes": 1, "changed_at": 2}], "log": "a.log", "log_bytes": 1}
    params = {"export": export | {"log_changed_at": 1} | change, "archive_dir": str(archive)}
    with pytest.raises(ConfigError, match="langkah 2"):
        CollectPlan.from_params(plan_of(), params)


def test_check_mode_and_odd_names(plan_of, archive, site):
    (site.folder / "malam ini.dmp").write_bytes(b"x")
    (site.folder / "master_01.dmp").write_bytes(b"x")
    (site.folder / "a.log").write_bytes(b"x")
    params = {"export": exported(site, ["malam ini.dmp", "master_01.dmp"], "a.log"), "archive_dir": str(archive)}
    told = predict(CollectPlan.from_params(plan_of(), params))
    assert [file["name"] for file in told["files"]] == ["00_malam_ini.dmp", "01_master_01.dmp"]
    assert told["log"]["name"] == "02_a.log"
    assert agenda_facts(told)["verdict"] == "unknown"


def test_names_that_a_client_would_take_for_more_are_refused(plan_of, line_of, tmp_path):
    plan = plan_of()
    with pytest.raises(CollectError, match="tidak aman"):
        Fetcher(line_of(plan), plan).bring(ServerFile("a*.dmp", 1, 1), tmp_path / "x", lambda _: None)
    with pytest.raises(CollectError, match="terlalu besar"):
        Fetcher(line_of(plan), plan).read_small(ServerFile("a.log", 1 << 40, 1), tmp_path)
    plan = plan_of(share_dir=str(tmp_path / "absent"))
    with pytest.raises(ArchiveError):
        Fetcher(line_of(plan), plan).bring(ServerFile("a.dmp", 1, 1), tmp_path / "x", lambda _: None)


def test_growth_is_told_while_another_program_writes(plan_of, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "_LOOK_EVERY_S", 0.05)

    class Slow(LocalRemote):
        def fetch(self, path, target):
            with target.open("wb", buffering=0) as file:
                for _ in range(5):
                    time.sleep(0.1)
                    file.write(bytes(1000))

    plan, heard = plan_of(), []
    fetcher = Fetcher(Line(Slow(), plan.shell, patience_s=0, timing=FAST), plan)
    fetcher.bring(ServerFile("a.dmp", 5000, 1), tmp_path / "a.dmp", heard.append)
    assert sum(heard) == 5000
    assert len(heard) > 2


def test_files_move_into_the_dated_folder(plan_of, line_of, site, dumped):
    export, plan = dumped(), plan_of()
    files = tuple(ServerFile(**piece) for piece in export["pieces"])
    (site.folder / "09jan2025").mkdir()
    filed = file_on_server(line_of(plan), plan, files, "09jan2025")
    assert filed.path == str(site.folder / "09jan2025_2")
    assert filed.facts() == {"server_folder": filed.path}
    assert [path.name for path in Path(filed.path).iterdir()] == [files[0].name]
    again = file_on_server(line_of(plan), plan, files, "09jan2025")
    assert "hilang atau berubah" in again.reason
    assert again.as_dict()["path"] == ""
    assert again.facts()["server_folder_missing"] == again.reason
    assert not (site.folder / "09jan2025_3").exists()
    assert file_on_server(line_of(plan), plan_of(dated_folder=False), files, "x").facts() == {"server_folder": ""}


def test_a_server_folder_that_cannot_be_made_or_filled(plan_of, line_of, site, dumped, remote):
    export, plan = dumped(), plan_of()
    files = tuple(ServerFile(**piece) for piece in export["pieces"])
    line = line_of(plan)
    assert "tidak dapat dibuat" in file_on_server(line, plan, files, "no/no").reason
    act = line.ask

    def refuse_moves(command):
        return act("echo SIAK refused; echo SIAK end") if "target=" in command else act(command)

    line.ask = refuse_moves
    assert "tidak terpindah" in file_on_server(line, plan, files, "10jan2025").reason
    remote.drops = 100
    away = Line(remote, plan.shell, patience_s=0, timing=FAST)
    assert "SIAK-201" in file_on_server(away, plan, files, "11jan2025").reason


NOW = datetime.now(UTC)


def found(line, plan, **more):
    return {each.name: each for each in look(line, plan, abandoned=(), now=NOW, **more).checks}


def test_a_server_that_is_ready(plan_of, line_of, site):
    (site.folder / "master.dmp").write_bytes(bytes(123))
    seen = look(line_of(plan_of()), plan_of(), abandoned=(), now=datetime.now(UTC))
    assert [each.name for each in seen.checks if not each.ok] == []
    told = seen.as_dict()
    assert told["dump_bytes"] == 123
    assert told["free_bytes"] > 0
    assert abs(told["clock_skew_s"]) < 60
    assert told["checks"][0]["error"] == {}


def reading(line, plan, tmp_path):
    return look(line, plan, abandoned=(), now=NOW, read_into=tmp_path).reading


def test_a_script_is_read_only_if_somebody_asks(plan_of, line_of, site, tmp_path):
    site.write_script("expdp siak/rahasia-77 dumpfile=a.dmp")
    assert look(line_of(plan_of()), plan_of(), abandoned=(), now=NOW).as_dict()["reading"] == {}
    (tmp_path / "private").mkdir()
    read = reading(line_of(plan_of()), plan_of(), tmp_path / "private")
    assert read.error is None
    assert ("password", 3) in [(trap.rule, trap.line) for trap in read.traps]
    assert "rahasia-77" not in str(read.as_dict())
    assert Reading.from_dict(read.as_dict()) == read


def test_a_script_that_cannot_be_read_says_why(plan_of, line_of, site, tmp_path):
    plan = plan_of()
    piped = reading(Line(LocalRemote(streams=False), plan.shell, patience_s=0, timing=FAST), plan, tmp_path)
    assert "tidak mengambil" in piped.error.what
    assert Reading.from_dict(piped.as_dict()).error.what == piped.error.what
    odd = site.root / "backup[1].sh"
    odd.write_text("exit 0\n")
    assert "SFTP" in reading(line_of(plan), plan_of(path=str(odd)), tmp_path).error.what
    (site.root / "link.sh").symlink_to(site.script)
    assert "berkas biasa" in reading(line_of(plan), plan_of(path=str(site.root / "link.sh")), tmp_path).error.what
    site.write_script("#" * MOST_BYTES)
    assert "terlalu besar" in reading(line_of(plan), plan, tmp_path).error.what
    assert reading(line_of(plan), plan_of(path="/nowhere/backup.sh"), tmp_path) is None
    assert list(tmp_path.glob("script")) == []


def test_a_script_that_does_not_come_is_no_failed_look(plan_of, tmp_path):
    class Refusing(LocalRemote):
        def fetch(self, path, target):
            raise CollectError("berkas tidak dapat dipindahkan", where=path)

    plan = plan_of()
    seen = look(
        Line(Refusing(), plan.shell, patience_s=0, timing=FAST), plan, abandoned=(), now=NOW, read_into=tmp_path
    )
    assert all(each.ok for each in seen.checks)
    assert "dipindahkan" in seen.reading.error.what


def test_a_server_that_is_not(plan_of, line_of, site, tmp_path):
    (tmp_path / "plain").write_text("x")
    checks = found(line_of(plan_of()), plan_of(path=str(tmp_path / "plain"), folder="/nowhere", work_dir="/proc/x/y"))
    assert {name for name, each in checks.items() if not each.ok} == {"script", "server_folder"}
    assert "tidak boleh dijalankan" in checks["script"].message
    checks = found(line_of(plan_of()), plan_of(path="/no.sh", folder=str(tmp_path / "plain"), work_dir="/proc"))
    assert {name for name, each in checks.items() if not each.ok} == {"script", "server_folder", "work_folder"}


def test_ways_to_fetch(plan_of, line_of, tmp_path):
    plan = plan_of()
    line = Line(LocalRemote(streams=False), plan.shell, patience_s=0, timing=FAST)
    assert not found(line, plan)["fetch"].ok
    assert found(line, plan_of(share_dir=str(tmp_path)))["fetch"].ok
    assert not found(line, plan_of(share_dir=str(tmp_path / "absent")))["fetch"].ok


class Saying(LocalRemote):
    """Answers `look` with what it is told, and all else with nothing."""

    def __init__(self, *lines):
        super().__init__()
        self.lines = lines

    def run(self, command, stdin=b""):
        lines = self.lines if "may_write" in command else ()
        return "\n".join(f"SIAK {line}" for line in (*lines, "end"))


def test_what_a_server_lacks_and_how_its_clock_goes(plan_of):
    plan = plan_of()
    ready = ("script ok", "folder ok", "work absent")

    def seen(*lines):
        return found(Line(Saying(*lines), plan.shell, patience_s=0, timing=FAST), plan)

    late = seen(f"now {int(NOW.timestamp()) - 3600}", *ready, "tool sha256sum", "seen expdp", "seen expdp")
    assert "lebih lambat 1 jam" in late["server_os"].message
    assert late["server_tools"].ok
    assert "tanpa saksi" in late["server_tools"].message
    assert late["script_running"].message.endswith("terlihat: expdp")
    early = seen(f"now {int(NOW.timestamp()) + 3600}", *ready, "tool setsid", "busy 77")
    assert "lebih cepat" in early["server_os"].message
    assert "setsid" in early["server_tools"].message
    assert not early["server_tools"].ok
    assert "77" in early["script_running"].message
    assert not seen("now never")["server_os"].ok
    assert not seen()["server_os"].ok


def test_a_server_that_does_not_answer_is_one_failed_check(plan_of, remote):
    remote.drops = 100
    checks = found(Line(remote, plan_of().shell, patience_s=0, timing=FAST), plan_of())
    assert [(name, each.ok) for name, each in checks.items()] == [("server_os", False)]
    assert isinstance(checks["server_os"].error, ConnectError)


def test_jobs_that_run_are_told_or_in_the_way(plan_of, line_of, site):
    site.write_script("sleep 600")
    earlier = plan_of(EARLIER)
    watch.start(line_of(earlier), earlier.job())
    seen = look(line_of(plan_of()), plan_of(), abandoned=[EARLIER], now=NOW)
    (check,) = [each for each in seen.checks if each.name == "script_running"]
    assert check.ok
    assert EARLIER in check.message
    seen = look(line_of(plan_of()), plan_of(), abandoned=[OTHER], now=NOW)
    assert [each.name for each in seen.checks if not each.ok] == ["script_running"]


def test_a_job_that_does_not_stop_is_named(plan_of):
    class Stubborn(LocalRemote):
        def run(self, command, stdin=b""):
            return f"SIAK now {int(time.time())}\nSIAK state running\nSIAK started 5\nSIAK end"

    plan = plan_of()
    line = Line(Stubborn(), plan.shell, patience_s=0, timing=FAST)
    with pytest.raises(watch.ExportError, match="tidak mau berhenti"):
        watch.stop(line, plan.job())
    with pytest.raises(watch.ExportTimeLimitError, match="masih ada prosesnya"):
        watch.watch(line, plan, plan.job(), 5, poll_interval_s=1, progress=lambda *_: None, timing=FAST)
