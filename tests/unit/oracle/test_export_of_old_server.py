# SPDX-License-Identifier: GPL-3.0-or-later
"""An old server that exports slowly: options it does not know, and lines that drop while its job goes on."""

from __future__ import annotations

import pytest
from exporting import Progress, export, wait_gone
from rehearsal_server import rehearsal_server
from siak_backup.errors import ConnectError, ExportTimeLimitError
from siak_backup.oracle.datapump.job import own_jobs


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory):
    """Instead of the session's server: 11.2, writing some 60 KB/s."""
    folder = tmp_path_factory.mktemp("old") / "state"
    with rehearsal_server(folder, "--oracle-version=11.2.0.4.0", "--export-rate=60000", sukamara=60) as server:
        yield server


def test_unknown_options_are_left_out_and_recorded(link, plan_of):
    result = export(link, plan_of(parallel=2)).as_dict()
    refused = {option["name"]: option["oracle_code"] for option in result["options_refused"]}
    assert refused.items() >= {"METRICS": "ORA-39001", "LOGTIME": "ORA-39001"}.items()
    assert result["state"] == "COMPLETED"


class Cutting(Progress):
    """Closes the line after every second poll of a running job."""

    def __init__(self, link):
        super().__init__()
        self.link = link

    def __call__(self, phase, done_bytes=0, total_bytes=None, percent=None):
        super().__call__(phase, done_bytes, total_bytes, percent)
        polls = sum(told[0] == "ekspor" for told in self.told)
        if phase == "ekspor" and polls % 2:
            self.link.session.close()


def test_the_job_goes_on_while_lines_drop(link, plan_of):
    progress = Cutting(link)
    result = export(link, plan_of(), progress=progress)
    assert link.reconnects >= 2
    assert "ekspor: menyambung ulang" in progress.phases
    assert result.state in ("COMPLETED", "UNSEEN")
    assert result.reconnects == link.reconnects


def test_the_limit_holds_while_lines_drop(rehearsal, link, plan_of, database):
    plan = plan_of(time_limit_s=4)
    hanging = rehearsal.faults(database.service, hang_at_percent=20, hang_announced=False)
    with hanging, pytest.raises(ExportTimeLimitError):
        export(link, plan, progress=Cutting(link))
    assert link.reconnects >= 2
    assert own_jobs(link.session) == []
    assert not [name for name in database.files() if name.startswith(plan.job)]


@pytest.mark.parametrize("drop_after_bytes", range(2_000, 6_500, 750))
def test_wherever_lines_drop_no_job_is_left_and_no_success_invented(
    rehearsal, link, plan_of, database, drop_after_bytes
):
    plan = plan_of()
    with rehearsal.faults(database.service, drop_after_bytes=drop_after_bytes):
        try:
            link.reconnect()
            result = export(link, plan)
        except ConnectError:
            result = None
    session = link.reconnect()
    assert wait_gone(session, plan.job)
    if result is not None:
        assert set(database.files()) >= {name for name, _ in result.pieces}
