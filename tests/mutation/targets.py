# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict and classifier code: what decides that a backup is good, or what an error is.

The same list is held to full branch coverage (`make unit`). Each module has the smallest set of tests that is to notice
every change of it; they are quick and, but for the jobs of Data Pump, need no server.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A module of the package, below `siak_backup/`, what it decides, and the tests that hold it, below tests/unit."""

    module: str
    decides: str
    tests: tuple[str, ...]


TARGETS = (
    Target("dump/verdict.py", "the worst of what the checks mean", ("dump/test_dump_verdict.py",)),
    Target("dump/status.py", "the verdicts there are", ("dump/test_dump_verdict.py",)),
    Target(
        "dump/judge.py",
        "which checks a set of dump files must pass",
        (
            "dump/test_dump_witnesses.py",
            "dump/test_dump_sets.py::test_a_master_table_in_two_files",
            "dump/test_dump_sets.py::test_the_evidence_says_how_much_was_walked",
            "dump/test_dump_judge.py",
        ),
    ),
    Target("dump/piece.py", "what a dump file proves of itself and in its set", ("dump/test_dump_piece.py",)),
    Target("dump/expect.py", "what a dump must hold beyond being whole", ("dump/test_dump_expect.py",)),
    Target(
        "dump/log.py", "whether a log tells of a good export", ("dump/test_dump_log_lines.py", "dump/test_dump_log.py")
    ),
    Target(
        "oracle/driver_errors.py",
        "what an Oracle or driver code means",
        ("oracle/test_driver_codes.py", "oracle/test_driver_errors.py"),
    ),
    Target("oracle/counts.py", "whether database and export hold the same rows", ("oracle/test_counts.py",)),
    Target("oracle/swing.py", "whether tonight is too far from the last proven night", ("oracle/test_swing.py",)),
    Target("script/outcome.py", "how a site's own script ended", ("script/test_script_outcome.py",)),
    Target("agenda/judge.py", "whether a step was sesuai", ("agenda/test_judge.py",)),
    Target("agenda/proof.py", "whether a night's record is proven", ("agenda/test_step_six_proof.py",)),
    Target("oracle/datapump/proof.py", "whether a job that ended succeeded", ("oracle/test_proof_rules.py",)),
    Target("oracle/datapump/watch.py", "whether a job has ended, and how", ("oracle/test_watch_rules.py",)),
    Target("oracle/datapump/job.py", "what state and codes of a job mean", ("oracle/test_job_rules.py",)),
    Target("oracle/datapump/stall.py", "whether a job gets on, and what it waits for", ("oracle/test_stall_rules.py",)),
    Target("oracle/datapump/takeover.py", "whether a dead run's job is finished", ("oracle/test_takeover_rules.py",)),
    Target("oracle/datapump/abandoned.py", "which jobs are in the way, and gone", ("oracle/test_abandoned_rules.py",)),
    Target("oracle/datapump/define.py", "which refusals only mean an option less", ("oracle/test_define_rules.py",)),
    Target("oracle/names.py", "whose job a name is", ("oracle/test_names.py",)),
    Target("errors.py", "which code an error has for good", ("test_errors.py",)),
    Target(
        "notify/night.py",
        "how a night ended that people are told of",
        ("notify/test_told_night.py", "notify/test_notify_message.py"),
    ),
    Target(
        "monitor/check.py",
        "whether a backup is fresh",
        ("monitor/test_freshness_bounds.py", "monitor/test_monitor_check.py"),
    ),
)

if __name__ == "__main__":
    print(",".join(f"module_utils/siak_backup/{target.module}" for target in TARGETS))  # noqa: T201 - for the Makefile
