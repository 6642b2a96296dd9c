# SPDX-License-Identifier: GPL-3.0-or-later
"""A run killed at each step: no false success, and the next night works."""

from __future__ import annotations

import os
import signal
import time

import pytest
from night import Night

pytestmark = pytest.mark.play

ONE = "--limit=sukamara"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6])
def test_killed_at_step(night: Night, step: int, number: signal.Signals) -> None:
    # Slow enough that the export is still running in the server when its run dies.
    with night.server("--export-rate=100000"):
        run = night.start(ONE)
        night.wait_for(lambda: step in night.steps("sukamara", "step_begin"), run)
        time.sleep(0.3 if step == 2 else 0.05)
        if number is signal.SIGKILL:
            os.killpg(run.pid, signal.SIGKILL)
        else:
            run.send_signal(number)
        run.communicate(timeout=30)
        assert run.returncode != 0
        night.settle()

        ended = {n for n, line in night.steps("sukamara").items() if line["status"] == "ok"}
        # What the journal calls done is there, and what was cut off it does not call done.
        assert (4 in ended) <= bool(night.folders("sukamara"))
        assert (5 in ended) <= bool(night.folders("sukamara", night.medium))
        assert not {n for n in ended if n > step}
        if step < 6:
            assert step not in ended
        for folder in night.folders("sukamara"):
            night.assert_whole(folder)
        for folder in night.folders("sukamara", night.medium):
            night.assert_whole(folder)
        if 4 not in ended and step < 4:
            assert night.folders("sukamara") == []
        published = {folder: (folder / "SHA256SUMS").read_bytes() for folder in night.folders("sukamara")}

        again = night.run(ONE)
        assert again.returncode == 0, again.stdout + again.stderr
    last = night.runs()[-1]
    assert {line["status"] for line in night.steps("sukamara", run=last).values()} == {"ok"}
    assert len(night.folders("sukamara")) == len(published) + 1
    assert all((folder / "SHA256SUMS").read_bytes() == sums for folder, sums in published.items())
    assert [p.name for p in (night.archive / "sukamara").iterdir() if p.name.startswith(".masuk-")] == []
    assert [p.name for p in (night.medium / "sukamara").iterdir() if p.name.startswith(".part-")] == []
    first = night.runs()[0]
    closing = [
        line for line in night.lines() if line["run"] == first and line["event"] in ("run_end", "run_interrupted")
    ]
    assert len(closing) == 1
    assert closing[0].get("status") != "ok"
    assert night.verify_journal().returncode == 0
