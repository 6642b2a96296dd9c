# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in a process that can be left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Pipe
from pathlib import Path

import pytest
from siak_backup.errors import MediumError, StalledMediumError
from siak_backup.media import apart
from siak_backup.media.apart import Apart, call

from tests.unit.media.desk import Beside

HUNG = StalledMediumError("media tidak merespons", where="media X", remedy="periksa kabel")


@pytest.fixture(params=["apart", "beside"])
def _both_ways(request, monkeypatch):
    if request.param == "beside":
        monkeypatch.setattr("siak_backup.media.apart.Apart", Beside)


def fail(error):
    raise error


@pytest.mark.usefixtures("_both_ways")
def test_what_is_returned_and_raised_comes_back():
    assert call(lambda: (1, "dua"), limit_s=5, hung=HUNG) == (1, "dua")
    with pytest.raises(MediumError, match=r"SIAK-500 penuh \(media Y\): ganti"):
        call(lambda: fail(MediumError("penuh", where="media Y", remedy="ganti")), limit_s=5, hung=HUNG)
    with pytest.raises(OSError, match="No such file"):
        call(lambda: Path("/no/such").read_text(), limit_s=5, hung=HUNG)


def test_a_child_that_hangs_is_left_behind():
    began = time.monotonic()
    with pytest.raises(StalledMediumError):
        call(lambda: time.sleep(3), limit_s=0.2, hung=HUNG)
    assert time.monotonic() - began < 5


def test_a_child_that_dies_or_errs():
    with pytest.raises(StalledMediumError):
        call(lambda: os.kill(os.getpid(), signal.SIGKILL), limit_s=5, hung=HUNG)
    child = Apart.start(lambda _: {}["tidak ada"])
    last = child.pipe.recv()
    assert "kesalahan program, KeyError('tidak ada')" in str(last.error)
    assert "test_apart.py" in str(last.error)
    child.end()


def test_a_stopped_child_is_ended_or_left(monkeypatch):
    child = Apart.start(lambda _: time.sleep(60))
    os.kill(child.pid, signal.SIGSTOP)
    assert child.end()
    monkeypatch.setattr(apart, "_GRACE_S", 0.1)
    child = Apart.start(lambda _: time.sleep(60))
    real = os.kill
    monkeypatch.setattr(os, "kill", lambda *_: None)
    assert not child.end()
    real(child.pid, signal.SIGKILL)
    os.waitpid(child.pid, 0)


def test_a_hung_child_does_not_keep_its_parents_streams_open():
    script = (
        "import time\nfrom siak_backup.media.apart import Apart\n"
        "child = Apart.start(lambda _: time.sleep(30))\nprint(child.pid, flush=True)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(apart.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=10, check=True
    )
    os.kill(int(done.stdout), signal.SIGKILL)


def unpicklable(_):
    return lambda: None


def test_what_cannot_be_said_is_an_error_and_the_child_ends_there():
    before = os.getpid()
    child = Apart.start(unpicklable)
    assert os.getpid() == before, "the child came back into its parent's code"
    assert "kesalahan program" in str(child.pipe.recv().error)
    assert child.end()


ACTS = {
    "returns": (lambda _: 7, "7"),
    "refuses": (lambda _: fail(MediumError("penuh", where="media Y", remedy="ganti")), "SIAK-500 penuh"),
    "errs": (lambda _: fail(OSError(5, "Input/output error")), "Input/output error"),
    "is_wrong": (lambda _: {}["x"], "kesalahan program, KeyError"),
    "ends": (lambda _: sys.exit(3), "kesalahan program, SystemExit"),
    "is_unpicklable": (unpicklable, "kesalahan program"),
}

#: The child's side alone, in a process that ends as any does, so that it is measured as covered.
CHILD = """
import os, sys
from multiprocessing.connection import Connection
from siak_backup.media import apart
from tests.unit.media.test_apart import ACTS
os._exit = sys.exit
apart._live(ACTS[sys.argv[1]][0], Connection(os.open(os.devnull, os.O_RDWR)), Connection(int(sys.argv[2])))
"""


@pytest.mark.parametrize("name", ACTS)
def test_the_childs_last_word(name):
    ours, theirs = Pipe(duplex=True)
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-c", CHILD, name, str(theirs.fileno())],
        env=os.environ | {"PYTHONPATH": f"{root}:{root / 'module_utils'}"},
        pass_fds=[theirs.fileno()],
        timeout=60,
        check=True,
    )
    theirs.close()
    last = ours.recv()
    assert ACTS[name][1] in str(last.value if name == "returns" else last.error)


def test_a_child_that_nobody_listens_to_ends():
    child = Apart.start(lambda pipe: pipe.poll(5))
    child.pipe.close()
    os.waitpid(child.pid, 0)
    assert child.is_gone()
    assert child.end()
