# SPDX-License-Identifier: GPL-3.0-or-later
"""Records one run: what Ansible's events mean for the SOP's steps, as journal lines.

Begin before, end after. A step ends well only when its act hands over facts;
whatever else happens, it has failed, or it stays open and is terputus.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import __version__
from ..archive.names import plain_name
from ..errors import AgendaError
from .facts import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from ..process import Process
    from ..sop import Sop, Step
    from .journal import Journal

#: Ansible's messages may quote whole outputs; the agenda keeps what a person reads.
_MAX_REASON = 3000

_UNPROVEN = "langkah berakhir tanpa hasil yang membuktikannya"


@dataclass(frozen=True)
class Planned:
    """A server that the run is to take through the SOP. `zone` is WIB, WITA or WIT."""

    name: str
    office: str = ""
    zone: str = "WIB"


@dataclass
class _Desk:
    """What the recorder remembers of one server."""

    planned: Planned
    ended: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    open_step: int | None = None
    began_at: datetime | None = None
    remedied: str = ""
    trouble: str = ""
    unreachable: bool = False


class Recorder:
    """The agenda's view of one run. Every method may raise AgendaError; what was lost then makes the run fail.

    Args:
        journal: where the lines go.
        sop: whose steps are recorded; other roles leave no line.
        run_id: as `run_id.new_run_id` makes it.
        clock: returns the time, aware.
    """

    def __init__(self, journal: Journal, sop: Sop, *, run_id: str, clock: Callable[[], datetime]) -> None:
        self.run_id = run_id
        self.lost = ""
        self.closed = False
        self._journal = journal
        self._sop = sop
        self._clock = clock
        self._desks: dict[str, _Desk] = {}

    def begin(
        self, planned: Iterable[Planned], *, playbook: str, node: str, process: Process, steps: Sequence[int] = ()
    ) -> None:
        """Write the run's begin line; `steps` are those it is to perform, none for all that the SOP has.

        Raises:
            ConfigError: a server's name cannot name its entry.
            AgendaError: the line is not on disk.
        """
        self.plan(planned)
        self._sop = self._sop.of_steps(steps)
        self._write(
            "run_begin",
            **({"steps": list(steps)} if steps else {}),
            playbook=playbook,
            servers=list(self._desks),
            sop=self._sop.nomor,
            node=node,
            pid=process.pid,
            started_ticks=process.started_ticks,
            boot_id=process.boot_id,
            software=__version__,
        )

    def plan(self, planned: Iterable[Planned]) -> None:
        """Take in servers; those already known stay as they are. Raises ConfigError for an impossible name."""
        for server in planned:
            plain_name(server.name, what="nama server")
            self._desks.setdefault(server.name, _Desk(server))

    def is_open(self, server: str, step: int) -> bool:
        """Whether a step, by number, has begun and not ended; safe to ask from another thread."""
        desk = self._desks.get(server)
        return desk is not None and desk.open_step == step

    def task_begins(self, server: str, role: str) -> None:
        """A task of a role is about to run: the first of a step's role begins the step and ends the one before."""
        step, desk = self._sop.step_of_role(role), self._desks.get(server)
        if step is None or desk is None or desk.open_step == step.number:
            return
        self._close_unproven(desk)
        if step.number not in desk.ended:
            self._begin_step(desk, step)

    def act_ended(self, server: str, role: str, facts: Mapping[str, object]) -> None:
        """The act of a step handed over its facts: the step has ended well, unless it had failed already."""
        step, desk = self._sop.step_of_role(role), self._desks.get(server)
        if step is not None and desk is not None and desk.open_step == step.number:
            self._end_step(desk, step.number, "ok", facts=facts)

    def task_failed(
        self,
        server: str,
        role: str,
        reason: str,
        *,
        remedied: bool = False,
        unreachable: bool = False,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """A task failed. In a step's role the step has failed, even if its act had ended well.

        `remedied` means that the role itself ignores or rescues the failure:
        then the step's act decides.
        """
        step, desk = self._sop.step_of_role(role), self._desks.get(server)
        if desk is None:
            return
        reason = reason[:_MAX_REASON]
        if remedied:
            desk.remedied = desk.remedied or reason
            return
        desk.unreachable = desk.unreachable or unreachable
        if step is None:
            desk.trouble = desk.trouble or reason
        else:
            self.task_begins(server, role)
            self._end_step(desk, step.number, "unreachable" if unreachable else "failed", reason, facts)

    def finish(self) -> bool:
        """Close every step, server and the run; return whether the run is ok.

        A line that is lost on the way keeps none of the others from being
        written; `lost` tells of it, and only the run's own end raises.
        """
        for desk in self._desks.values():
            with contextlib.suppress(AgendaError):
                self._close_unproven(desk)
        return self._close("", interrupted=False)

    def interrupt(self, reason: str) -> None:
        """Close the run as interrupted. Open steps stay without an end: they are terputus."""
        self._close(reason, interrupted=True)

    def _close(self, reason: str, *, interrupted: bool) -> bool:
        self.closed = True
        all_ok = True
        for desk in self._desks.values():
            status, why = self._server_status(desk)
            all_ok = all_ok and status == "ok"
            with contextlib.suppress(AgendaError):
                self._write("server_end", **_place(desk), status=status, reason=why)
        if self.lost:
            reason = reason or f"agenda sempat tidak tertulis: {self.lost}"
        ok = all_ok and not self.lost and not interrupted
        self._write("run_end", status="interrupted" if interrupted else "ok" if ok else "failed", reason=reason)
        return ok

    def _server_status(self, desk: _Desk) -> tuple[str, str]:
        if desk.open_step is not None:
            return "failed", f"terputus pada langkah {desk.open_step}"
        if not desk.ended:
            if desk.unreachable:
                return "unreachable", desk.trouble
            return ("failed", desk.trouble) if desk.trouble else ("never_reached", "tidak pernah dijangkau run ini")
        if desk.reasons:
            first = min(desk.reasons)
            return ("unreachable" if desk.unreachable else "failed"), f"langkah {first}: {desk.reasons[first]}"
        missing = [str(step.number) for step in self._sop.steps if step.number not in desk.ended]
        if missing:
            return "failed", desk.trouble or f"langkah {', '.join(missing)} tidak dijalankan"
        return ("failed", desk.trouble) if desk.trouble else ("ok", "")

    def _begin_step(self, desk: _Desk, step: Step) -> None:
        began_at = self._clock()
        self._write("step_begin", **_place(desk), step=step.number)
        desk.open_step, desk.began_at, desk.remedied = step.number, began_at, ""

    def _close_unproven(self, desk: _Desk) -> None:
        if desk.open_step is not None:
            self._end_step(desk, desk.open_step, "failed", desk.remedied or _UNPROVEN)

    def _end_step(
        self, desk: _Desk, step: int, status: str, reason: str = "", facts: Mapping[str, object] | None = None
    ) -> None:
        ended_at = self._clock()
        self._write(
            "step_end",
            server=desk.planned.name,
            step=step,
            status=status,
            reason=reason,
            began_at=(desk.began_at or ended_at).isoformat(timespec="milliseconds"),
            ended_at=ended_at.isoformat(timespec="milliseconds"),
            facts=fit(facts or {}),
        )
        desk.open_step = None
        desk.ended[step] = status
        if status != "ok":
            desk.reasons.setdefault(step, reason)

    def _write(self, event: str, **keys: object) -> None:
        try:
            self._journal.append({"run": self.run_id, "event": event, **keys})
        except AgendaError as error:
            self.lost = self.lost or str(error)
            raise


def _place(desk: _Desk) -> dict[str, str]:
    return {"server": desk.planned.name, "office": desk.planned.office, "zone": desk.planned.zone}
