# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's `main()` in this process, as Ansible would call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import ansible.module_utils
import pytest
from ansible.module_utils.testing import patch_module_args

ROOT = Path(__file__).resolve().parents[2]

# What ansible.cfg's `module_utils` does for a play.
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Call a module with options; return its result, with `failed` always there."""

    def run(module: ModuleType, *, check: bool = False, **options: Any) -> dict[str, Any]:
        arguments = options | {"_ansible_check_mode": check, "_ansible_diff": True}
        with patch_module_args(arguments), pytest.raises(SystemExit) as ended:
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert bool(ended.value.code) == result.get("failed", False)
        return {"failed": False} | result

    return run
