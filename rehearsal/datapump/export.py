# SPDX-License-Identifier: GPL-3.0-or-later
"""The export itself: the thread behind a job, from the estimate to the last line of the log."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rehearsal.contract import OracleError
from rehearsal.dumpfile.log import Line
from rehearsal.dumpfile.master import FileRecord, JobRecord, TableRecord, master_rows
from rehearsal.dumpfile.piece import SpaceExhaustedError
from rehearsal.dumpfile.writer import DumpWriter

from .errors import error, error_lines
from .filters import Selection
from .gate import Gate, JobKilled, JobStopped, JobVanished, WorkerDied
from .job import ENDED
from .parameters import default_parameters
from .spoil import spoil
from .status import JobState, TermReason, WorkerStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from rehearsal.contract import Value
    from rehearsal.dumpfile.master import MasterRow
    from rehearsal.dumpfile.model import Extent, Table
    from rehearsal.dumpfile.writer import PieceState

    from .job import Job
    from .source import TableSource


@dataclass(frozen=True)
class _Planned:
    """A table to export and the size of its segment."""

    table: Table
    estimate_bytes: int


class Export:
    """Runs one job. `run` may be called again for a job that was stopped: it goes on with the next row."""

    def __init__(self, job: Job, source: TableSource) -> None:
        self._job = job
        self._source = source
        self._selection = Selection(job.mode, job.owner, tuple(job.filters))
        self._gate = Gate(job)
        self._writer = DumpWriter(
            job.supply,
            job.facts,
            self._job_record(),
            self._gate,
            metadata_compressed=job.parameters.get("COMPRESSION") != "NONE",
            extend_bytes=job.faults.extend_bytes,
        )
        self._schemas: list[str] = []
        self._pending: list[_Planned] | None = None
        self._records: list[TableRecord] = []
        self._extents: list[Extent] = []

    def run(self) -> None:
        """Export, and leave the job COMPLETED or STOPPED with the last line of its log written."""
        self._gate.open()
        try:
            self._export_or_stop()
        finally:
            self._writer.abandon()
            if self._job.state not in ENDED and not self._job.killed:
                self._fail([error(39014)])

    def _export_or_stop(self) -> None:
        try:
            self._export()
        except JobStopped:
            self._suspend()
            self._stopped(TermReason.STOPPED)
        except JobVanished:
            self._vanish()
        except JobKilled:
            return
        except SpaceExhaustedError as failure:
            self._suspend()
            self._fail([error(39095, failure.bytes_)])
        except WorkerDied as failure:
            self._suspend()
            self._fail(failure.story)
        except OSError as failure:
            self._job.restartable = False
            self._fail(self._write_errors(failure))
        except OracleError as failure:
            self._suspend()
            self._fail([error(39126, "EXPORT"), failure])

    def _export(self) -> None:
        job = self._job
        if self._pending is None:
            job.say((*job.style.banner(job.facts, job.clock()), self._starting()))
            self._pending = self._plan()
            if self._schemas:
                self._say_phases()
        else:
            job.say([self._starting()])
            self._writer.resume()
        if not self._schemas:
            self._say_errors([error(31655)])
            self._complete(())
            return
        while self._pending:
            self._export_table(self._pending[0])
            self._pending.pop(0)
            self._gate.between_tables()
        with job.changed:
            job.become(JobState.COMPLETING)
        if job.faults.master_unload_fails:
            raise WorkerDied((error(31694, job.owner, job.name), error(1115)))
        ended = job.clock()
        self._writer.finish(self._master_rows, ended)
        self._complete([state.path for state in self._writer.pieces()])

    def _starting(self) -> Line:
        return self._job.style.starting(str(self._job.parameters.get("CLIENT_COMMAND", "")))

    def _plan(self) -> list[_Planned]:
        job = self._job
        self._schemas = [schema for schema in self._source.schemas() if self._selection.has_schema(schema)]
        for missing in sorted(set(self._selection.named_schemas()) - set(self._schemas)):
            self._say_errors([error(39165, missing)])
        for path in self._selection.missing_paths():
            self._say_errors([error(39168, path)])
        scn = self._scn()
        tables = self._source.tables(self._schemas, scn)
        for name in sorted(set(self._selection.named_tables()) - {table.name for table in tables}):
            self._say_errors([error(39166, name)])
        if not job.include_rows:
            return []
        planned = [
            _Planned(table, self._source.estimate_bytes(table))
            for table in tables
            if self._selection.has_rows(table.name)
        ]
        with job.changed:
            job.progress.total_bytes = sum(each.estimate_bytes for each in planned)
            job.progress.total_objects = len(planned)
        return planned

    def _scn(self) -> int:
        """Return the SCN to read at: without FLASHBACK_SCN each table is as of its own beginning."""
        return self._source.current_scn() if self._job.scn is None else self._job.scn

    def _say_phases(self) -> None:
        style, job = self._job.style, self._job
        method = str(job.parameters.get("ESTIMATE", "BLOCKS"))
        path = self._selection.full_path("TABLE/TABLE_DATA")
        lines: list[Line] = []
        if self._pending:
            asked = "ESTIMATE" in job.parameters
            lines += style.estimate(method, path, job.progress.total_bytes, asked=asked)
        lines += [style.processing(logged) for logged in self._selection.logged_paths()]
        job.say(lines)

    def _export_table(self, planned: _Planned) -> None:
        table, started = planned.table, self._job.clock()
        self._begin(planned)
        self._writer.open_table(table)
        try:
            for row in itertools.islice(self._rows(table), self._rows_done(), None):
                self._writer.add_row(row)
        except OracleError as failure:
            self._writer.discard_table()
            self._extents.clear()
            self._end(planned, started, skipped_by=failure)
            return
        self._extents += self._writer.close_table()
        self._end(planned, started)

    def _rows_done(self) -> int:
        return sum(extent.rows for extent in self._extents)

    def _rows(self, table: Table) -> Iterator[tuple[Value, ...]]:
        rows = self._source.rows(table, self._scn())
        faults, name = self._job.faults, f"{table.owner}.{table.name}"
        for named, code in ((faults.snapshot_too_old, 1555), (faults.lob_too_old, 22924), (faults.corrupt_table, 1578)):
            if named == name:
                yield from itertools.islice(rows, 1)
                raise error(code)
        yield from rows

    def _begin(self, planned: _Planned) -> None:
        job, table = self._job, planned.table
        with job.changed:
            job.progress.begin_table(planned.estimate_bytes)
            job.worker = replace(
                WorkerStatus(1, "DW00", "EXECUTING"),
                schema=table.owner,
                name=table.name,
                object_type=self._selection.full_path("TABLE/TABLE_DATA"),
                partition=table.partition,
                completed_objects=job.progress.completed_objects,
                total_objects=job.progress.total_objects,
            )

    def _end(self, planned: _Planned, started: datetime, skipped_by: OracleError | None = None) -> None:
        job, table, ended = self._job, planned.table, self._job.clock()
        record = TableRecord(
            table=table,
            extents=tuple(self._extents),
            rows=self._rows_done(),
            estimate_bytes=planned.estimate_bytes,
            started=started,
            ended=ended,
            skipped=skipped_by is not None,
        )
        self._records.append(record)
        self._extents.clear()
        with job.changed:
            job.progress.end_table()
        if skipped_by is None:
            seconds = int((ended - started).total_seconds())
            job.say([job.style.exported(table, record.bytes_, record.rows, seconds)])
        else:
            name = f'"{table.owner}"."{table.name}"' + (f':"{table.partition}"' if table.partition else "")
            undo = [error(1555)] if skipped_by.code == 22924 else []
            self._say_errors([error(31693, name), error(2354), *undo, skipped_by])

    def _say_errors(self, story: Sequence[OracleError]) -> None:
        with self._job.changed:
            self._job.error_count += 1
            self._job.say(error_lines(story))

    def _suspend(self) -> None:
        self._gate.close()
        self._extents += self._writer.suspend()

    def _write_errors(self, failure: OSError) -> list[OracleError]:
        pieces = self._writer.pieces()
        if isinstance(failure, FileExistsError) or not pieces:
            return [error(31641, failure.filename), error(27038 if isinstance(failure, FileExistsError) else 27040)]
        last = pieces[-1]
        system = OracleError(27072, f"File I/O error\nLinux-x86_64 Error: {failure.errno}: {failure.strerror}")
        worker = self._job.worker
        place = f'TABLE_DATA:"{worker.schema}"."{worker.name}"'
        return [error(39126, place), error(19502, last.path, last.bytes_ // 4096), system]

    def _fail(self, story: Sequence[OracleError]) -> None:
        self._say_errors(story)
        self._stopped(TermReason.ABORTED)

    def _stopped(self, reason: TermReason) -> None:
        job, at = self._job, self._job.clock()
        started = job.started or at
        job.say([job.style.stopped(at, at - started, by_user=reason is TermReason.STOPPED)])
        with job.changed:
            job.term_reason = reason
            if job.drop_master:
                job.discard()
            job.become(JobState.STOPPED)

    def _vanish(self) -> None:
        """Leave the master table behind and every handle invalid, the log without a last line."""
        self._suspend()
        with self._job.changed:
            self._job.term_reason = TermReason.ABORTED
            self._job.vanished = True
            self._job.become(JobState.STOPPED)

    def _complete(self, pieces: Sequence[Path]) -> None:
        job, at = self._job, self._job.clock()
        started = job.started or at
        if pieces:
            job.say(job.style.file_set(pieces))
        job.say([job.style.completed(at, at - started, job.error_count)])
        spoil(job.faults, pieces, job.log.path if job.log else None)
        with job.changed:
            job.has_master = job.parameters.get("KEEP_MASTER") == 1
            job.term_reason = TermReason.COMPLETE_ERRORS if job.error_count else TermReason.COMPLETE
            job.become(JobState.COMPLETED)

    def _job_record(self) -> JobRecord:
        job = self._job
        defaults = default_parameters(job.facts)
        log = job.log
        return JobRecord(
            owner=job.owner,
            name=job.name,
            mode=job.mode,
            guid=job.guid,
            version=job.version,
            started=job.started or job.clock(),
            degree=job.degree,
            filters=[(filter_.name, filter_.text) for filter_ in job.filters],
            parameters=[
                *([("LOG_FILE_DIRECTORY", job.log_directory), ("LOG_FILE_NAME", log.path.name)] if log else []),
                *job.parameters.items(),
            ],
            defaults=[pair for pair in defaults.items() if pair[0] not in job.parameters],
        )

    def _master_rows(self, pieces: tuple[PieceState, ...]) -> Iterator[MasterRow]:
        files = [
            FileRecord(
                number=state.number,
                path=str(state.path),
                directory=spec.directory,
                user_file_name=spec.name,
                limit_bytes=spec.limit_bytes or 0,
                completed_bytes=state.bytes_,
            )
            for state, (_, spec) in zip(pieces, self._job.supply.created, strict=True)
        ]
        return master_rows(self._job_record(), self._job.facts, files, self._records, self._job.error_count)
