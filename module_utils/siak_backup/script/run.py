# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 2 where the site's own script does it: from start to an export that log and exit code prove."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..dump.log import read_log
from ..errors import ExportError, ExportTimeLimitError
from . import watch as jobs
from .fetch import Fetcher
from .outcome import judge_outcome
from .takeover import Adoption, take_over

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from ..oracle.datapump.timing import Timing
    from ..oracle.sink import ProgressSink
    from .outcome import Outcome
    from .plan import ScriptPlan
    from .remote import Line
    from .replies import ServerFile
    from .shell import Job
    from .watch import Ending

#: What a script says is read as far as this; its codes stand at the end of a failed one's few lines.
_MOST_OUTPUT_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class ScriptResult:
    """An export that its log proves. Times are UTC of the control node. `adopted_run` began it, if not this run."""

    plan: ScriptPlan
    pieces: tuple[ServerFile, ...]
    log: ServerFile
    ending: Ending
    outcome: Outcome
    started_at: datetime
    ended_at: datetime
    cleared_runs: tuple[str, ...]
    reconnects: int
    adopted_run: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the module's `export` result."""
        exported = self.outcome.log
        return predict(self.plan, self.started_at) | {
            "pieces": [piece.as_dict() for piece in self.pieces],
            "log": self.log.name,
            "log_bytes": self.log.size_bytes,
            "log_changed_at": self.log.changed_at,
            "state": "ENDED",
            "exit_code": self.ending.exit_code,
            "tool": exported.kind,
            "ended_at": self.ended_at.isoformat(timespec="seconds"),
            "duration_s": round((self.ended_at - self.started_at).total_seconds(), 1),
            "adopted_run": self.adopted_run,
            "cleared_runs": list(self.cleared_runs),
            "longest_silence_s": self.ending.longest_silence_s,
            "reconnects": self.reconnects,
            "table_count": len({(table.schema, table.name) for table in exported.tables}),
            "row_count": sum(table.rows or 0 for table in exported.tables),
        }


def predict(plan: ScriptPlan, now: datetime) -> dict[str, Any]:
    """Return the form of `export` that check mode shows: nothing is known of files before the script has run."""
    moment = now.isoformat(timespec="seconds")
    return {
        "job": plan.script_name,
        "scn": 0,
        "mode": "SCRIPT",
        "schemas": [],
        "host": plan.host,
        "folder": plan.folder,
        "pieces": [{"name": "master.dmp", "size_bytes": 0, "changed_at": 0}],
        "log": "export.log",
        "log_bytes": 0,
        "log_changed_at": 0,
        "state": "PLANNED",
        "exit_code": None,
        "tool": "",
        "error_count": 0,
        "started_at": moment,
        "ended_at": moment,
        "duration_s": 0.0,
        "adopted_run": "",
        "cleared_runs": [],
        "longest_silence_s": 0.0,
        "reconnects": 0,
        "table_count": 0,
        "row_count": 0,
    }


def agenda_facts(exported: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts the journal keeps of an `export` result: no list that grows with the database."""
    kept = (
        "job host folder mode state exit_code tool duration_s reconnects table_count row_count log adopted_run "
        "cleared_runs longest_silence_s"
    )
    return {name: exported[name] for name in kept.split()} | {
        "method": "script",
        "pieces": len(exported["pieces"]),
        "size_bytes": sum(piece["size_bytes"] for piece in exported["pieces"]),
    }


def run_script(
    line: Line,
    plan: ScriptPlan,
    *,
    abandoned: Collection[str],
    poll_interval_s: float,
    progress: ProgressSink,
    timing: Timing,
) -> ScriptResult:
    """Run the script and return only what is proven.

    A job that a dead or disconnected run of ours (`abandoned`, run ids) left at work is seen to its end; one that then
    proves nothing is followed by a run of our own.

    Raises:
        JobBusyError: the script is at work already.
        ExportTimeLimitError: the limit passed; the script's processes are gone. Its files stay.
        ExportError: it failed, or its success is not proven; its files stay.
        ConnectError, LoginError: the server stays away; the job goes on.
    """
    adoption, cleared = take_over(line, plan, abandoned)
    result = _Night(line, plan, poll_interval_s, progress, timing).prove(adoption, cleared)
    # What earlier nights left for the DBA has been made up for by this one.
    for run_id in abandoned:
        line.ask(line.shell.forget(plan.job(run_id)))
    return result


@dataclass(frozen=True)
class _Night:
    line: Line
    plan: ScriptPlan
    poll_interval_s: float
    progress: ProgressSink
    timing: Timing

    def prove(self, adoption: Adoption | None, cleared: tuple[str, ...]) -> ScriptResult:
        """See the adopted job to its end, or run the script."""
        if adoption is None:
            return self.begin(cleared)
        self.progress("skrip: melanjutkan yang sedang berjalan")
        try:
            return self.finish(adoption, cleared)
        except ExportTimeLimitError:
            raise
        except ExportError:
            self.progress("skrip: yang lama tidak terbukti berhasil, menjalankan lagi")
            return self.begin((*cleared, adoption.job.run_id))

    def begin(self, cleared: tuple[str, ...]) -> ScriptResult:
        """Run the script as this run's own job."""
        job = self.plan.job()
        self.progress("skrip: memulai")
        before: set[ServerFile] = set()
        if self.line.ask(self.line.shell.status(job)).text("state") == "absent":
            before = set(self.line.ask(self.line.shell.listing(self.plan.folder, self.plan.patterns)).files())
        return self._prove(job, jobs.start(self.line, job), before, cleared, "")

    def finish(self, adoption: Adoption, cleared: tuple[str, ...]) -> ScriptResult:
        """See another run's job to its end."""
        return self._prove(adoption.job, adoption.started, set(), cleared, adoption.job.run_id)

    def _prove(
        self, job: Job, started: int, before: set[ServerFile], cleared: tuple[str, ...], adopted_run: str
    ) -> ScriptResult:
        line, plan, timing = self.line, self.plan, self.timing
        started_at = timing.now()
        ending = jobs.watch(
            line, plan, job, started, poll_interval_s=self.poll_interval_s, progress=self.progress, timing=timing
        )
        self.progress("skrip: membaca log")
        files = [file for file in jobs.settled_files(line, plan, started, timing) if file not in before]
        pieces = plan.of(files, plan.dump)
        log, outcome = self._outcome(job, ending, plan.of(files, plan.log))
        where = f"{plan.where}, {plan.folder}"
        if not outcome.ok or log is None:
            raise ExportError(outcome.reason, where=where, remedy=outcome.remedy)
        if not pieces:
            old = line.ask(line.shell.listing(plan.folder, plan.dump)).files()
            told = f", yang ada lebih tua dari malam ini: {', '.join(file.name for file in old)}" if old else ""
            raise ExportError(
                f"skrip tidak membuat dump baru{told}", where=where, remedy="periksa skrip dan siak_script.dump"
            )
        line.ask(line.shell.forget(job))
        return ScriptResult(
            plan=plan,
            pieces=pieces,
            log=log,
            ending=ending,
            outcome=outcome,
            started_at=started_at,
            ended_at=timing.now(),
            cleared_runs=cleared,
            reconnects=line.reconnects,
            adopted_run=adopted_run,
        )

    def _outcome(self, job: Job, ending: Ending, logs: tuple[ServerFile, ...]) -> tuple[ServerFile | None, Outcome]:
        """Judge by the one new log that tells of an export, or by the newest, or by none."""
        fetcher = Fetcher(self.line, self.plan)
        with tempfile.TemporaryDirectory(prefix="siak-") as name:
            folder = Path(name)
            contents = {log: fetcher.read_small(log, folder) for log in logs}
            output = b""
            for found in self.line.ask(self.line.shell.listing(job.home, ["output.txt"])).files():
                if found.size_bytes <= _MOST_OUTPUT_BYTES:
                    self.line.fetch(self.line.shell.join(job.home, found.name), folder / "output.txt")
                    output = (folder / "output.txt").read_bytes()
        exports = [log for log, content in contents.items() if read_log(content).kind]
        if len(exports) > 1:
            raise ExportError(
                f"lebih dari satu log ekspor: {', '.join(log.name for log in exports)}",
                where=f"{self.plan.where}, {self.plan.folder}",
                remedy="persempit siak_script.log sampai hanya log malam ini yang cocok",
            )
        log = exports[0] if exports else max(contents, key=lambda each: each.changed_at, default=None)
        content = None if log is None else contents[log]
        return log, judge_outcome(ending.exit_code, content, output=output, ok_codes=self.plan.ok_codes)
