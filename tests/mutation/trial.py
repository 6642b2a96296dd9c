# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries mutants: each in a forked child that imports the changed source instead of the file and runs a few tests.

No file is touched, so a run that is killed leaves nothing behind. The parent has imported everything the tests need but
the package and the tests themselves: a child is at work within milliseconds.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.util
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from .mutators import Mutant

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "module_utils" / "siak_backup"

KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"

#: A child may use so many times the CPU seconds of the unchanged code, and some more; and so much of the clock.
_CPU_FACTOR = 4
_CPU_MORE_S = 4
_WALL_S = 300.0

#: Hypothesis is imported before pytest can rewrite it, and says so. Real dumps are on few machines only: what they
#: alone would notice is to survive everywhere.
_PYTEST = (
    "-x", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist",
    "-k", "not real_dumps and not real_logs",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    result: str


def baseline_s(tests: Sequence[str]) -> float:
    """Return the CPU seconds of the tests on the unchanged code, and import here what they need.

    Raises RuntimeError if they do not pass: then no mutant can be told from it.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        code = _run(tests, quiet=False)
        with os.fdopen(writing, "w") as pipe:
            pipe.write("\n".join(name for name, module in sys.modules.items() if _is_foreign(module)))
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        names = pipe.read().split()
    before = _children_s()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the tests fail without any change: {' '.join(tests)}")
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    return _children_s() - before


def outcomes(module: str, mutants: Sequence[Mutant], tests: Sequence[str], *, jobs: int) -> Iterator[Outcome]:
    """Try the mutants of a module, `jobs` at a time; in the order in which they end."""
    limit_s = round(baseline_s(tests) * _CPU_FACTOR + _CPU_MORE_S)
    source = (PACKAGE / module).read_bytes()
    # Were the way to try a mutant broken, all would seem killed.
    _, status = os.waitpid(_fork(module, source, tests, limit_s), 0)
    if _result(os.waitstatus_to_exitcode(status)) != SURVIVED:
        raise RuntimeError(f"{module}: the tests fail when the unchanged source is put in as a mutant would be")
    waiting, running = list(reversed(mutants)), dict[int, tuple[Mutant, float]]()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[_fork(module, mutant.applied(source), tests, limit_s)] = mutant, time.monotonic() + _WALL_S
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            mutant, _ = running.pop(pid)
            _kill_group(pid)
            yield Outcome(mutant, _result(os.waitstatus_to_exitcode(status)))
            continue
        for late in [pid for pid, (_, deadline) in running.items() if time.monotonic() > deadline]:
            _kill_group(late)
        time.sleep(0.005)


def _result(code: int) -> str:
    if code == 0:
        return SURVIVED
    return TIMED_OUT if code in (-signal.SIGXCPU, -signal.SIGKILL) else KILLED


def _fork(module: str, source: bytes, tests: Sequence[str], limit_s: int) -> int:
    child = os.fork()
    if child:
        return child
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
    # A change may make a program ask for all there is.
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    name = "siak_backup." + module.removesuffix(".py").replace("/", ".")
    sys.meta_path.insert(0, _Changed(name, PACKAGE / module, source))
    os._exit(_run(tests, quiet=True))


def _run(tests: Sequence[str], *, quiet: bool) -> int:
    """Run the tests in this process, which is a child, as if nothing of the repository had been imported before."""
    for name in [name for name, module in sys.modules.items() if getattr(module, "__file__", None)]:
        if not _is_foreign(sys.modules[name]):
            del sys.modules[name]
    os.chdir(ROOT)
    if quiet:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    try:
        return int(pytest.main([*_PYTEST, *tests]))
    except BaseException:  # noqa: BLE001 - whatever a change does to a program, the child must end here
        return 1
    finally:
        sys.stdout.flush()


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed source."""

    def __init__(self, name: str, path: Path, source: bytes) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)  # noqa: S102 - that is what a mutant is


def _is_foreign(module: ModuleType) -> bool:
    """Whether a module can be imported beforehand: it is none of this repository."""
    file = getattr(module, "__file__", None)
    return file is not None and ("site-packages" in file or not file.startswith(f"{ROOT}/"))


def _children_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
