# SPDX-License-Identifier: GPL-3.0-or-later
"""A session whose answers are written down, and a clock that is told: for rules that must hold for answers and moments
which no server gives at will. That the real driver and server give such answers is for the tests beside these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from siak_backup.oracle.datapump.plan import ExportPlan
from siak_backup.oracle.datapump.timing import Timing

BEGAN = datetime(2025, 1, 9, 9, 30, tzinfo=UTC)


class ScriptedSession:
    """Answers statements by what `answers` has for them.

    An answer is a value, an error to raise, or a function of the binds; a list is used up from its front, its last
    entry stays. `asked` keeps statements and binds, `outs` the OUT binds last asked for.
    """

    where = "sukamara"
    user = "SIAK_BACKUP"

    def __init__(self, answers: Mapping[str, object] | None = None) -> None:
        self.answers = {key: list(one) if isinstance(one, list) else [one] for key, one in (answers or {}).items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.outs: dict[str, Mapping[str, object]] = {}

    def call(self, statement: str, outs: Mapping[str, object] | None = None, /, **binds: Any) -> Any:
        self.asked.append((statement, binds))
        self.outs[statement] = outs or {}
        return self._answer(statement, binds, {})

    def rows(self, statement: str, /, **binds: Any) -> Any:
        self.asked.append((statement, binds))
        return self._answer(statement, binds, [])

    def value(self, statement: str, /, **binds: Any) -> Any:
        self.asked.append((statement, binds))
        return self._answer(statement, binds, None)

    def statements(self) -> list[str]:
        return [statement for statement, _ in self.asked]

    def _answer(self, statement: str, binds: dict[str, Any], default: object) -> Any:
        answers = self.answers.get(statement, [default])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(**binds) if callable(answer) else answer


class ScriptedLink:
    """Holds one session after another."""

    def __init__(self, *sessions: ScriptedSession) -> None:
        self._sessions = list(sessions)
        self.session = self._sessions.pop(0)
        self.reconnects = 0

    def retry(self, act: Callable[[ScriptedSession], Any]) -> Any:
        return act(self.session)

    def reconnect(self) -> ScriptedSession:
        self.reconnects += 1
        if self._sessions:
            self.session = self._sessions.pop(0)
        return self.session


class ToldClock:
    """Moves only when somebody sleeps, or when it is told to."""

    def __init__(self) -> None:
        self.s = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.s

    def sleep(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        self.s += duration_s

    @property
    def timing(self) -> Timing:
        return Timing(now=lambda: BEGAN + timedelta(seconds=self.s), monotonic=self, sleep=self.sleep)


def plan_of(**changed: Any) -> ExportPlan:
    """Return the plan of a run that began at `BEGAN`."""
    options = {
        "run": {"id": "20250109T093000Z-0000aa"}, "server": "sukamara", "directory": "SIAK_DIR", "mode": "schema",
        "schemas": ["SIAKOFF"], "tables": [], "piece_size": "3900M", "parallel": 1, "time_limit_s": 60,
        "poll_interval_s": 5, "stall_notice_s": 300, "compression": "", "checksum": False, "version": "COMPATIBLE",
        "include": [], "exclude": [], "estimate": "", "cluster": False,
    }  # fmt: skip
    return ExportPlan.from_params(options | changed)
