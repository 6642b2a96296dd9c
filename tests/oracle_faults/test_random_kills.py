# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook killed with SIGKILL at moments of chance in steps 1 to 5, and the night after each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.oracle_faults.killed_plays import (
    RESIDENTS,
    SERVER,
    SERVER_OPTIONS,
    STEPS,
    Blow,
    KilledPlays,
    asked_count,
    asked_seed,
    blows,
)
from tests.play.night import Night

pytestmark = [pytest.mark.play, pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]

BLOWS = blows(asked_seed(), asked_count())


class Stands:
    """The control node that the last blow left in order, or a new one."""

    def __init__(self, tmp_path_factory: pytest.TempPathFactory, closing: ExitStack) -> None:
        self._paths = tmp_path_factory
        self._closing = closing
        self._free: list[KilledPlays] = []

    def take(self) -> KilledPlays:
        """Return a control node with a good night behind it. One that is not given back is used no more."""
        if self._free:
            return self._free.pop()
        night = Night(self._paths.mktemp("killed") / "var", databases=(f"{SERVER}={RESIDENTS}",))
        self._closing.enter_context(night.server(*SERVER_OPTIONS))
        return KilledPlays(night).begin()

    def give_back(self, plays: KilledPlays) -> None:
        """Let the next blow have it."""
        self._free.append(plays)


@pytest.fixture(scope="session")
def stands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stands]:
    with ExitStack() as closing:
        yield Stands(tmp_path_factory, closing)


@pytest.mark.parametrize("blow", BLOWS, ids=lambda blow: f"{blow.share:.3f}")
def test_killed_at_random(stands: Stands, blow: Blow, record_property):
    plays = stands.take()
    hit = plays.kill_one(blow)
    record_property("step", hit.step)
    record_property("killed", "every process" if blow.whole else "ansible-playbook alone")
    fate = plays.night_after(hit)
    record_property("job", fate)
    assert hit.step in (*STEPS, max(STEPS) + 1)
    stands.give_back(plays)
