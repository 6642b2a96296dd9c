# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays a backup script down on a server that has none; a script that is there already is never replaced."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .watch import demand_answer

if TYPE_CHECKING:
    from .plan import ScriptPlan
    from .remote import Line


def install(line: Line, plan: ScriptPlan, content: bytes, *, dry: bool) -> bool:
    """Put the script where the plan has it; return whether it was, or if `dry` would be, put there.

    Raises:
        ConfigError: another script bears its name.
        ConnectError, LoginError, CollectError: the server stays away, or does not let it be written or read.
    """
    seen = line.ask(line.shell.look(plan.script, plan.folder, plan.work_dir))
    if demand_answer(seen, "script", where=plan.where) == "absent":
        if not dry:
            line.put(content, plan.script)
        return True
    with tempfile.TemporaryDirectory(prefix="siak-") as folder:
        there = Path(folder) / "there"
        line.fetch(plan.script, there)
        if there.read_bytes() == content:
            return False
    raise ConfigError(
        "di server sudah ada skrip lain, tidak ditimpa",
        where=f"{plan.where}, {plan.script}",
        remedy="pindahkan skrip itu, atau pakai nama lain di siak_script.path",
    )
