# SPDX-License-Identifier: GPL-3.0-or-later
"""Translates Ansible's events into calls of the agenda's Recorder. Nothing is stored here."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase

# The package lies beside this plugin, whichever way Ansible came here.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "module_utils"))

from siak_backup.agenda.night import Night, Settings, begin, hand_over
from siak_backup.agenda.recorder import Planned
from siak_backup.agenda.shield import Shield
from siak_backup.errors import ConfigError, SiakError
from siak_backup.run_id import new_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    from ansible.executor.stats import AggregateStats
    from ansible.executor.task_result import CallbackTaskResult
    from ansible.inventory.host import Host
    from ansible.playbook import Playbook
    from ansible.playbook.play import Play
    from ansible.playbook.task import Task

DOCUMENTATION = r"""
name: agenda
type: notification
short_description: Record the steps of an SOP in the agenda
description:
  - Acts for plays whose variables hold C(siak_sop); other plays leave no trace. A run of some steps only names their
    roles in C(siak_sop_roles).
  - Writes a line before and after every step of every server, prints the progress of long steps, and ends the run with
    a table and one readable entry a server.
  - Hands the run to the modules in the environment variable E(SIAK_RUN) (JSON with C(id), C(pid), C(agenda_dir),
    C(progress_dir), C(sop_path), C(sop_number), and C(check) in check mode).
  - A step begins with the first task of the role that the SOP names for it, and ends well only with a result that holds
    C(agenda), the facts of its act. Nothing else of a task is recorded, neither arguments nor output.
  - A journal that cannot be written stops the run before its first task. If it cannot be written later, the run goes
    on and its exit code is not 0.
  - The run is over with the last play, or with the first one whose variables hold C(siak_sop_closes), such as a play
    that reports. What fails after that is no longer in the journal.
  - The exit code is that of the record, too. A run with a server whose night did not end well never exits with 0, even
    where a play has rescued or cleared the failure.
  - In check mode nothing is written.
options:
  agenda_dir:
    description: Folder of the agenda; its C(journal), C(entri) and C(progress) are made when absent.
    type: path
    default: var/agenda
    env:
      - name: SIAK_AGENDA_DIR
    ini:
      - section: callback_agenda
        key: agenda_dir
  sop_path:
    description: The SOP as data.
    type: path
    default: sop/backup-database.yml
    env:
      - name: SIAK_SOP_PATH
    ini:
      - section: callback_agenda
        key: sop_path
  progress_interval_s:
    description: Seconds between two looks at the progress of the long steps.
    type: float
    default: 3
    env:
      - name: SIAK_PROGRESS_INTERVAL_S
    ini:
      - section: callback_agenda
        key: progress_interval_s
"""

#: Neither "failed hosts" (2) nor "unreachable hosts" (4): the agenda itself failed.
EXIT_AGENDA = 1

#: Ansible's own codes.
EXIT_FAILED, EXIT_UNREACHABLE = 2, 4

#: Columns and lines where there is no terminal: a log file, read on a wide screen.
_NO_TERMINAL = (132, 24)


class CallbackModule(CallbackBase):
    """One run of ansible-playbook.

    Every event that is recorded comes in the main thread, as signals do.
    """

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "agenda"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self) -> None:
        super().__init__()
        self._night: Night | None = None
        self._playbook = ""
        self._pid = os.getpid()
        self._shield = Shield()
        self._tasks: dict[str, Task] = {}
        self._unrecorded = 0
        self._failed_late = False

    def v2_playbook_on_start(self, playbook: Playbook) -> None:
        """Remember which playbook it is, and forget a run that some parent process may have handed down."""
        os.environ.pop("SIAK_RUN", None)
        self._playbook = str(playbook._file_name)  # noqa: SLF001 - there is no public name

    def v2_playbook_on_play_start(self, play: Play) -> None:
        """Begin the run at the first play that names its SOP; later ones, and serial batches, add servers."""
        if self._night is not None and play.vars.get("siak_sop_closes"):
            with self._recording():
                self._night.close()
        if "siak_sop" not in play.vars:
            return
        try:
            with self._shield:
                self._begin(play)
        except SiakError as error:
            # Ansible turns exceptions of callbacks into warnings, but not this one.
            self._display.error(str(error), wrap_text=False)
            sys.exit(EXIT_AGENDA)

    def v2_runner_on_start(self, host: Host, task: Task) -> None:
        """A task begins on a host, and with it perhaps a step."""
        if self._night is not None and not self._night.recorder.closed:
            self._tasks[str(task._uuid)] = task  # noqa: SLF001 - core's own callbacks know tasks by it
            with self._recording():
                self._night.recorder.task_begins(str(host.name), _role(task))

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """A task ended well; if its result holds facts for the agenda, it was a step's act."""
        facts = result.result.get("agenda")
        if self._night is not None and not self._night.recorder.closed and isinstance(facts, dict):
            with self._recording():
                self._night.recorder.act_ended(str(result.host.name), _role(result.task), facts)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool | None = False) -> None:  # noqa: FBT001, FBT002
        """A task failed; the event says so, the result does not."""
        self._failed(result, remedied=bool(ignore_errors) or self._is_rescued_in_its_role(result.task))

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        """A host cannot be reached."""
        self._failed(result, remedied=bool(result.task.ignore_unreachable), unreachable=True)

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        """Close the run; its table is the last thing on the screen, and no failure leaves with an exit code of 0."""
        if self._night is None:
            return
        try:
            with self._recording():
                for line in self._night.finish(width=shutil.get_terminal_size(_NO_TERMINAL).columns):
                    self._display.display(line)
        finally:
            if self._unrecorded or self._night.recorder.lost:
                sys.exit(EXIT_AGENDA)
            if not self._night.is_ok or self._failed_late:
                sys.exit(EXIT_UNREACHABLE if any(stats.dark.values()) else EXIT_FAILED)

    def _begin(self, play: Play) -> None:
        planned = _planned(play)
        if self._night is not None:
            self._night.recorder.plan(planned)
            return
        if not planned:
            # Ansible itself would skip the play and call that a success.
            raise ConfigError(
                "tidak ada server dalam run ini",
                where=f"hosts: {play.hosts}",
                remedy="periksa inventory dan --limit",
            )
        settings = Settings(
            agenda_dir=Path(self.get_option("agenda_dir")).absolute(),
            sop_path=Path(self.get_option("sop_path")).absolute(),
            progress_interval_s=self.get_option("progress_interval_s"),
        )
        if play.check_mode:
            os.environ["SIAK_RUN"] = hand_over(settings, new_run_id(_now()), check=True)
            return
        roles = [str(role) for role in play.vars.get("siak_sop_roles", ())]
        night = begin(settings, planned, playbook=self._playbook, clock=_now, say=self._display.display, roles=roles)
        self._night = night
        self._expect_the_worst()
        os.environ["SIAK_RUN"] = hand_over(settings, night.recorder.run_id)

    def _failed(self, result: CallbackTaskResult, *, remedied: bool, unreachable: bool = False) -> None:
        if self._night is not None and self._night.recorder.closed:
            self._failed_late = self._failed_late or not remedied
        elif self._night is not None:
            with self._recording():
                self._night.recorder.task_failed(
                    str(result.host.name),
                    _role(result.task),
                    str(result.result.get("msg") or "tugas gagal tanpa keterangan"),
                    remedied=remedied,
                    unreachable=unreachable,
                    facts=_facts_of_failure(result.result),
                )

    @contextlib.contextmanager
    def _recording(self) -> Iterator[None]:
        """Let a signal wait for the block, and remember that it did not come to its end."""
        self._unrecorded += 1
        try:
            with self._shield:
                yield
                self._unrecorded -= 1
        except SiakError as error:
            self._display.error(str(error), wrap_text=False)

    def _is_rescued_in_its_role(self, task: Task) -> bool:
        """Tell whether the task's own role has a remedy for its failure; a play's `rescue` is not the role's."""
        child: Any = self._tasks.get(str(task._uuid))  # noqa: SLF001 - the result's task is a copy without parents
        while child is not None:
            parent = child._parent  # noqa: SLF001
            if _role(parent) != _role(task):
                return False
            if getattr(parent, "rescue", None) and any(each._uuid == child._uuid for each in parent.block):  # noqa: SLF001
                return True
            child = parent
        return False

    def _expect_the_worst(self) -> None:
        """See to it that the run has an end, however it ends; only SIGKILL leaves that to the next run."""
        terminate: Any = signal.getsignal(signal.SIGTERM)
        # SIGINT too: Python drops the KeyboardInterrupt that falls into a hook of os.fork, and Ansible forks a lot.
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            # Under nohup(1) a SIGHUP is ignored, and stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, functools.partial(self._on_signal, terminate))
        atexit.register(self._interrupt, "dihentikan sebelum selesai")

    def _on_signal(
        self, terminate: Callable[[int, FrameType | None], None], number: int, frame: FrameType | None
    ) -> None:
        if os.getpid() != self._pid:
            # A worker between its fork and its own handlers.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return

        def stop() -> None:
            self._interrupt(f"dihentikan {signal.Signals(number).name}")
            # Ansible's own way out ends the workers; it knows no SIGHUP, and a SIGINT only as an exception.
            terminate(signal.SIGTERM, frame)

        self._shield.after(stop)

    def _interrupt(self, reason: str) -> None:
        # No word on the screen: a signal may have come while the display was in use.
        if self._night is not None and os.getpid() == self._pid:
            with contextlib.suppress(SiakError):
                self._night.interrupt(reason)


def _now() -> datetime:
    return datetime.now(UTC)


def _role(node: Any) -> str:  # noqa: ANN401 - tasks, blocks and includes have no common type
    """Return the name of the role a task or block belongs to, or an empty text."""
    role = getattr(node, "_role", None)
    return str(role.get_name()) if role else ""


def _facts_of_failure(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts a failed act hands over, with the code of its error if it has one."""
    agenda, error = result.get("agenda"), result.get("error")
    facts = dict(agenda) if isinstance(agenda, dict) else {}
    if isinstance(error, dict) and isinstance(error.get("code"), str):
        facts["code"] = error["code"]
    return facts


def _planned(play: Play) -> list[Planned]:
    """Return the servers of a play, all its serial batches included, with their office and zone."""
    variables = play.get_variable_manager().get_vars(play=play)
    return [
        Planned(
            str(name),
            office=_variable(variables["hostvars"][name], "siak_office", ""),
            zone=_variable(variables["hostvars"][name], "siak_zone", "WIB"),
        )
        for name in variables["ansible_play_hosts_all"]
    ]


def _variable(host: Mapping[str, Any], name: str, default: str) -> str:
    """Return a host's variable as text; step 1 is where a wrong one is reported."""
    try:
        return str(host.get(name) or default)
    except AnsibleError:
        return default
