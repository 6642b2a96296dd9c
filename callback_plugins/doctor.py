# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the doctor's table of each server as it is, so that SQL and commands in it can be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult

DOCUMENTATION = r"""
name: doctor
type: notification
short_description: Print the table of the module siak_doctor
description:
  - Acts for results of the module C(siak_doctor) alone, which are printed line by line. Nothing is stored.
"""


class CallbackModule(CallbackBase):
    """One run of ansible-playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "doctor"
    CALLBACK_NEEDS_ENABLED = False

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """Print a server's table in one piece: several servers are looked at together."""
        if result.task.action == "siak_doctor" and "table" in result.result:
            self._display.display("\n".join(["", *map(str, result.result["table"]), ""]))
