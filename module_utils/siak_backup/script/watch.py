# SPDX-License-Identifier: GPL-3.0-or-later
"""A job at work on the server: started, followed to its end, and stopped once its time is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigError, ConnectError, ExportError, ExportTimeLimitError

if TYPE_CHECKING:
    from ..oracle.datapump.timing import Timing
    from ..oracle.sink import ProgressSink
    from .plan import ScriptPlan
    from .remote import Line
    from .replies import Reply, ServerFile
    from .shell import Job

#: The server enforces the limit itself; from so many seconds later on we do.
_OVERDUE_S = 60

_FIRST_LOOK_S = 1.0
_SETTLES_WITHIN_S = 60.0
_SETTLED_S = 2.0


@dataclass(frozen=True)
class Ending:
    """How a job ended by itself: its exit code, and when it began by the server's clock."""

    exit_code: int
    started: int
    longest_silence_s: float


def start(line: Line, job: Job) -> int:
    """Start a job of ours; return when it began, by the server's clock.

    May be called again: a job begins once.

    Raises:
        ConfigError: another server's job of this run has its folder.
        ExportError: the server does not let it begin.
        ConnectError, LoginError: the server stays away.
    """
    shell = line.shell
    made = line.ask(shell.prepare(job))
    if not made.has("made") and not made.has("taken"):
        raise ExportError(
            "folder kerja tidak dapat dibuat di server", where=job.home, remedy="periksa izin folder itu dan ruang disk"
        )
    status = line.ask(shell.status(job))
    if status.text("state") == "absent":
        for path, content in shell.files(job):
            line.put(content, path)
        line.ask(shell.start(job))
    elif status.text("fingerprint") not in ("", job.fingerprint):
        raise ConfigError(
            "folder kerja dipakai server lain dari run ini", where=job.home, remedy="beri siak_script.work_dir sendiri"
        )
    started = line.ask(shell.status(job)).number("started")
    if started is None:
        raise ExportError(
            "skrip tidak dapat dimulai di server",
            where=job.script,
            remedy="periksa setsid (Linux) atau PowerShell (Windows) dan ruang disk di server",
        )
    return started


def watch(
    line: Line, plan: ScriptPlan, job: Job, started: int, *, poll_interval_s: float, progress: ProgressSink,
    timing: Timing,
) -> Ending:  # fmt: skip
    """Follow a job to its end, telling the bytes of its new files on the way.

    Raises:
        ExportTimeLimitError: the limit passed; the job is gone.
        ExportError: nobody knows how it ended, somebody stopped it, or it does not go away.
        ConnectError, LoginError: the server stays away; the job goes on.
    """
    silence = _Silence(timing.monotonic())
    pause_s = min(_FIRST_LOOK_S, poll_interval_s)
    while True:
        status = line.ask(line.shell.status(job))
        if status.text("state") != "running":
            break
        if _ran_s(status, started) > job.time_limit_s + _OVERDUE_S:
            status = line.ask(line.shell.stop(job))
            break
        done_bytes = sum(file.size_bytes for file in new_files(line, plan, started))
        silence.hear(done_bytes, timing.monotonic())
        progress(silence.phase(timing.monotonic()), done_bytes)
        timing.sleep(pause_s)
        pause_s = min(2 * pause_s, poll_interval_s)
    return _ending(plan, job, status, started, silence.longest_s)


def _ran_s(status: Reply, started: int) -> int:
    now = status.number("now")
    return 0 if now is None else now - started


def _ending(plan: ScriptPlan, job: Job, status: Reply, started: int, silence_s: float) -> Ending:
    state, stopped, exit_code = status.text("state"), status.text("stopped"), status.number("rc")
    where = f"{plan.where}, {plan.script_name}"
    if stopped == "limit" or (state == "running" and _ran_s(status, started) > job.time_limit_s):
        left = "" if state != "running" else ", tetapi masih ada prosesnya yang berjalan"
        raise ExportTimeLimitError(
            f"skrip dihentikan karena melewati batas {job.time_limit_s / 60:.0f} menit{left}",
            where=where,
            remedy="minta DBA memastikan job Data Pump tidak berjalan terus di database, periksa server, "
            "lalu ulangi atau perbesar siak_script.time_limit_s",
        )
    if stopped:
        raise ExportError("skrip dihentikan dari luar", where=where, remedy="ulangi backup")
    if state != "ended" or exit_code is None:
        raise ExportError(
            "akhir skrip tidak diketahui, prosesnya hilang tanpa kode keluar",
            where=where,
            remedy="pastikan server tidak dimatikan dan proses tidak dihentikan orang, lalu ulangi backup",
        )
    return Ending(exit_code, started, round(silence_s, 1))


def new_files(line: Line, plan: ScriptPlan, started: int) -> tuple[ServerFile, ...]:
    """Return the dumps and logs in the backup folder that changed since the job began. Raises ConnectError."""
    listing = line.ask(line.shell.listing(plan.folder, plan.patterns))
    return tuple(file for file in listing.files() if file.changed_at >= started)


def settled_files(line: Line, plan: ScriptPlan, started: int, timing: Timing) -> tuple[ServerFile, ...]:
    """Return the same once nothing changes any more: what a script left running would still write.

    Raises:
        ExportError: files go on changing.
        ConnectError, LoginError: the server stays away.
    """
    deadline = timing.monotonic() + _SETTLES_WITHIN_S
    before = new_files(line, plan, started)
    while True:
        timing.sleep(_SETTLED_S)
        now = new_files(line, plan, started)
        if now == before:
            return now
        if timing.monotonic() > deadline:
            raise ExportError(
                "berkas di folder backup masih berubah setelah skrip selesai",
                where=f"{plan.where}, {plan.folder}",
                remedy="skrip harus menunggu ekspornya selesai: jangan menjalankannya di latar belakang",
            )
        before = now


def stop(line: Line, job: Job) -> None:
    """End a job. Raises ExportError if something of it stays, ConnectError, LoginError."""
    if line.ask(line.shell.stop(job)).text("state") == "running":
        raise ExportError(
            f"skrip lama dari run {job.run_id} tidak mau berhenti",
            where=job.home,
            remedy="minta administrator server menghentikan prosesnya",
        )


class _Silence:
    """For how long the files did not grow, at the most."""

    def __init__(self, now_s: float) -> None:
        self._bytes = -1
        self._moved_s = now_s
        self.longest_s = 0.0

    def hear(self, done_bytes: int, now_s: float) -> None:
        if done_bytes != self._bytes:
            self._bytes, self._moved_s = done_bytes, now_s
        self.longest_s = max(self.longest_s, now_s - self._moved_s)

    def phase(self, now_s: float) -> str:
        silent_s = now_s - self._moved_s
        return "skrip" if silent_s < 300 else f"skrip: berkas tidak bertambah selama {silent_s / 60:.0f} menit"


def demand_answer(reply: Reply, word: str, *, where: str) -> str:
    """Return the value of a word that every answer of its kind bears. Raises ConnectError if this one does not."""
    if not reply.has(word):
        raise ConnectError(f"server tidak menjawab {word!r}", where=where, remedy="periksa siak_script.shell")
    return reply.text(word)
