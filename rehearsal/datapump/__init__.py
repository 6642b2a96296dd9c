# SPDX-License-Identifier: GPL-3.0-or-later
"""Data Pump export jobs: DBMS_DATAPUMP without its PL/SQL."""

from __future__ import annotations

from .faults import Faults, Pace
from .pump import DataPump
from .source import TableSource
from .status import (
    Caller,
    DumpFile,
    DumpfileItem,
    JobDesc,
    JobRow,
    JobState,
    JobStatus,
    LogLine,
    Parameter,
    Status,
    StatusMask,
    WorkerStatus,
)

__all__ = [
    "Caller",
    "DataPump",
    "DumpFile",
    "DumpfileItem",
    "Faults",
    "JobDesc",
    "JobRow",
    "JobState",
    "JobStatus",
    "LogLine",
    "Pace",
    "Parameter",
    "Status",
    "StatusMask",
    "TableSource",
    "WorkerStatus",
]
