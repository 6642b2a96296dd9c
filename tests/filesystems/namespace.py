# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that sees mounts and processes of its own, and takes all of them with it when it ends."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal, NoReturn

import pytest

_CLONE_NEWNS, _CLONE_NEWPID = 0x20000, 0x20000000
_MS_REC_PRIVATE = 0x4000 | 1 << 18
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Outcome:
    """How the act ended: `text` is the reason of a skip or the traceback of a failure; `notes` what it ran on."""

    verdict: Literal["passed", "skipped", "failed"]
    text: str = ""
    notes: tuple[str, ...] = ()


def run_apart(act: Callable[[], None], notes: list[str], limit_s: float) -> Outcome:
    """Run the act in a PID and mount namespace of its own, for at most `limit_s` seconds.

    Whatever becomes of the act or of this process, the kernel ends every process that the act left and undoes its
    mounts (pid_namespaces(7): the end of process 1 is the end of all). Process 1 touches no disk: on a stalled one it
    could not be killed, and then nothing could. What the act appends to `notes` comes back.
    """
    receiving, sending = os.pipe()
    lifeline, holding = os.pipe()
    keeper = _fork()
    if keeper == 0:
        os.close(receiving)
        os.close(holding)
        _keep(act, notes, sending, lifeline)
    os.close(sending)
    os.close(lifeline)
    try:
        return _outcome(receiving, limit_s)
    finally:
        os.close(receiving)
        os.close(holding)
        os.waitpid(keeper, 0)


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest-xdist has threads; the child calls none of them
        return os.fork()


def _outcome(receiving: int, limit_s: float) -> Outcome:
    deadline, said = time.monotonic() + limit_s, b""
    while select.select([receiving], [], [], max(0.0, deadline - time.monotonic()))[0]:
        chunk = os.read(receiving, 65536)
        if not chunk:
            break
        said += chunk
    else:
        return Outcome("failed", f"not done within {limit_s:g} s: given up")
    if not said:
        return Outcome("failed", "the test's process died without a word")
    told = json.loads(said)
    return Outcome(told["verdict"], told["text"], tuple(told["notes"]))


def _keep(act: Callable[[], None], notes: list[str], sending: int, lifeline: int) -> NoReturn:
    """Stand between pytest and the act, and hold the mounts until every process that used them is gone.

    Were a FUSE daemon the last to hold its own mount, it would unmount as it dies and wait for its own answer for ever.
    The lifeline ends when pytest gives up or dies.
    """
    try:
        try:
            _libc("unshare", _CLONE_NEWPID | _CLONE_NEWNS)
            _libc("mount", None, b"/", None, _MS_REC_PRIVATE, None)
        except OSError as error:
            _tell(sending, Outcome("skipped", f"namespaces are not allowed here: {error}"))
            os._exit(0)
        first = os.fork()
        if first == 0:
            _be_first(act, notes, sending)
        os.close(sending)
        os.read(lifeline, 1)
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
    finally:
        os._exit(0)


def _be_first(act: Callable[[], None], notes: list[str], sending: int) -> NoReturn:
    """Reap what the act and its daemons leave, until the act is over."""
    try:
        _libc("prctl", _PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        acting = os.fork()
        if acting == 0:
            _act(act, notes, sending)
        os.close(sending)
        while os.wait()[0] != acting:
            pass
    finally:
        os._exit(0)


def _act(act: Callable[[], None], notes: list[str], sending: int) -> NoReturn:
    outcome = Outcome("passed")
    try:
        subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True, capture_output=True)
        act()
    except pytest.skip.Exception as skipped:
        outcome = Outcome("skipped", str(skipped))
    except BaseException:  # noqa: BLE001 - a forked child must never return into pytest
        outcome = Outcome("failed", traceback.format_exc())
    finally:
        with contextlib.suppress(Exception):
            _tell(sending, replace(outcome, notes=tuple(notes)))
        os._exit(0)


def _tell(sending: int, outcome: Outcome) -> None:
    with os.fdopen(sending, "wb", closefd=False) as stream:
        stream.write(json.dumps(asdict(outcome)).encode())


def _libc(name: str, *arguments: int | bytes | None) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
