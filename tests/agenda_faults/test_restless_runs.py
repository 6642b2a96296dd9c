# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-playbook runs that fail, overlap and are killed: the journal says what really happened."""

from __future__ import annotations

import collections
import random
from pathlib import Path

import pytest

from tests.agenda_faults import FULL

pytestmark = [pytest.mark.play, pytest.mark.faults, pytest.mark.slow]

RUNS = 100 if FULL else 5
SEED = 620899


@pytest.mark.timeout(3600 if FULL else 300)
def test_whatever_befalls_a_run_the_journal_is_true(tmp_path: Path, record_property):
    from tests.agenda_faults.restless import restless  # needs the path that conftest.py adds

    night = restless(tmp_path / "var")
    chance = random.Random(SEED)
    counted: collections.Counter[str] = collections.Counter()
    done = 0
    while done < RUNS:
        started = night.scenario(done, chance)
        done += len(started)
        counted.update(run.signalled.name if run.signalled else "no signal" for run in started)
        night.settle()
        if any(told.status == "running" for told in night.told().values()):
            # The next start closes what SIGKILL left open.
            after = night.begin(f"sesudah-{done}", {"a": "ok"}, 0)
            after.output = after.process.communicate(timeout=90)[0]
            assert after.process.returncode == 0, after.output
            started.append(after)
        night.assert_true(started)
    statuses = collections.Counter(told.status for told in night.told().values())
    verdicts = collections.Counter(
        step.status
        for told in night.told().values()
        for server in told.servers.values()
        for step in server.steps.values()
    )
    assert statuses
    record_property("ran_on", f"{done} runs, {dict(counted)}; runs {dict(statuses)}, steps {dict(verdicts)}")
    if FULL:
        assert min(statuses[each] for each in ("ok", "failed", "interrupted")) > 0
        assert verdicts["interrupted"] > 0
