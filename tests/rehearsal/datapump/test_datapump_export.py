# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole export: what the client is told and what lies in the directory."""

from __future__ import annotations

import re

import pytest

from rehearsal.contract import OracleError
from rehearsal.datapump import JobState


def test_an_export_completes_and_takes_its_job_away(client, folder):
    handle = client.define()
    assert [(row.job_name, row.state) for row in client.pump.jobs()] == [("MALAM", JobState.DEFINING)]
    assert client.run(handle) is JobState.COMPLETED
    assert client.last.job_status.percent_done == 100
    assert client.last.job_status.error_count == 0
    assert client.last.job_description.term_reason == 1
    assert client.pump.jobs() == ()
    with pytest.raises(OracleError, match="ORA-31623"):
        client.poll(handle)
    assert client.errors == []
    log = (folder / "malam.log").read_text().splitlines()
    assert [line.log_text for line in client.wip] == log
    assert re.fullmatch(r'Job "SIAK"."MALAM" successfully completed at .* elapsed 0 00:00:0\d', log[-1])
