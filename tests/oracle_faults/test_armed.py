# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault of the catalogue: a night with it, and the night after it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle_faults.catalogue import FAULTS, Fault
from tests.oracle_faults.nights import TOMORROW, armed
from tests.oracle_faults.sample import chosen

pytestmark = pytest.mark.faults


def merged(fault: Fault, connection: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fault's options of modules; a connection of its own keeps what it does not change."""
    changed = {name: dict(options) for name, options in fault.changed.items()}
    for options in changed.values():
        if "connection" in options:
            own = options["connection"]
            base = {} if "dsn" in own else connection
            options["connection"] = base | own
    return changed


@pytest.mark.parametrize("fault", chosen(FAULTS), ids=lambda fault: f"{fault.group}: {fault.name}")
def test_fault(stands, tmp_path, record_property, fault):
    stand = stands(*fault.server)
    office = stand.office(tmp_path / "office")
    record_property("group", fault.group)
    record_property("fault", fault.name)
    record_property("expected", fault.expected)
    with armed(stand.server, "sukamara", fault.armed):
        verdict = office.night(**merged(fault, office.database.connection))
        tries = office.failed_logins()
    record_property("got", verdict.text)
    assert verdict.step == fault.step, verdict
    assert all(word in verdict.message for word in fault.words), verdict.message
    assert tries == fault.logins
    office.assert_untouched()
    office.assert_nothing_new() if fault.step else office.assert_new_night()
    if fault.refused_options:
        refused = {option["name"] for option in verdict.results["oracle_export"]["export"]["options_refused"]}
        assert refused >= set(fault.refused_options), refused
    record_property("lost", "nothing")

    office.remember()
    again = office.night(TOMORROW)
    record_property("next", again.text)
    assert again.step == 0, again
    office.assert_untouched()
    office.assert_new_night()
    office.assert_idle()
    assert stand.server.jobs("sukamara")[1] == 1, "two exports ran at once"
