# SPDX-License-Identifier: GPL-3.0-or-later
"""A Data Pump over the fake source, and a client that calls it as a session does."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field

import pytest
from fake_source import FakeSource

from rehearsal.datapump import Caller, DataPump, Faults, JobState, LogLine, Pace, Status

LIMIT_S = 20
ENDED = {JobState.COMPLETED, JobState.STOPPED}


@dataclass
class Client:
    """One session. `run` polls a job to its end and keeps everything it was told."""

    pump: DataPump
    caller: Caller
    wip: list[LogLine] = field(default_factory=list)
    errors: list[LogLine] = field(default_factory=list)
    last: Status | None = None

    def define(self, *, job_name: str | None = "MALAM", file: str = "malam.dmp", filesize: str | None = None) -> int:
        handle = self.pump.open(self.caller, operation="EXPORT", job_mode="SCHEMA", job_name=job_name)
        self.pump.add_file(self.caller, handle, filename="malam.log", directory="DUMPS", filetype=3)
        self.pump.add_file(self.caller, handle, filename=file, directory="DUMPS", filesize=filesize)
        return handle

    def poll(self, handle: int, timeout: int = 0) -> JobState:
        state, self.last = self.pump.get_status(self.caller, handle, mask=15, timeout=timeout)
        self.wip += self.last.wip or ()
        self.errors += self.last.error or ()
        return state

    def wait(self, handle: int) -> JobState:
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            if (state := self.poll(handle, timeout=LIMIT_S)) in ENDED:
                return state
            time.sleep(0.005)  # a job that is COMPLETING answers at once, whatever the timeout
        raise AssertionError("the job does not end")

    def run(self, handle: int) -> JobState:
        self.pump.start_job(self.caller, handle)
        return self.wait(handle)

    def why(self, handle: int) -> list[int]:
        """Return the numbers of the errors that GET_STATUS tells now."""
        _, status = self.pump.get_status(self.caller, handle, mask=8)
        return [line.error_number for line in status.error or ()]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dumps").mkdir()
    return tmp_path / "dumps"


@pytest.fixture
def source(folder):
    return FakeSource(folder)


@pytest.fixture
def start(source):
    """Make pumps that are shut down in the end."""
    pumps = []

    def make(faults: Faults | None = None, pace: Pace | None = None, **more) -> DataPump:
        pumps.append(DataPump(source, faults=faults or Faults(), pace=pace or Pace(), **more))
        return pumps[-1]

    yield make
    for pump in pumps:
        pump.shutdown()


@pytest.fixture
def connect():
    numbers = itertools.count(101)

    def make(pump: DataPump, user: str = "SIAK") -> Client:
        return Client(pump, Caller(next(numbers), user, threading.Event()))

    return make


@pytest.fixture
def client(start, connect):
    return connect(start())
