# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of the catalogue through `ansible-playbook backup.yml`: one play, a server for each.

What each night leaves is looked at server by server, as the office would: in the journal, the archive, the medium.
`make faults` takes the whole catalogue; with every other test it is the sample.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from night import Night
from rehearsal_server import RehearsalServer, rehearsal_server

from tests.oracle_faults.catalogue import FAULTS, Fault
from tests.oracle_faults.sample import chosen
from tests.unit.archive.nights import published
from tests.unit.media.desk import register

pytestmark = pytest.mark.play

RESIDENTS = 60
#: Of one night of the whole catalogue on two busy cores.
_NIGHT_LIMIT_S = 1500
_ROLES = {"backup_preflight": "prepare", "oracle_export": "export", "oracle_collect": "collect"}


@dataclass(frozen=True)
class Office:
    """A server that one thing is broken on."""

    name: str
    fault: Fault
    server: RehearsalServer

    def variables(self) -> dict[str, Any]:
        """Return its inventory variables with the fault's, the options of modules as those of their roles."""
        database = self.server[self.name]
        connection = database.connection
        changed: dict[str, Any] = {}
        for module, options in self.fault.changed.items():
            for option, value in options.items():
                if option == "connection":
                    connection = value if "dsn" in value else connection | value
                else:
                    changed[f"{_ROLES[module]}_{option}"] = value
        return {"siak_connection": connection, "siak_directory": database.directory} | changed


@dataclass
class Province(Night):
    """Many servers and one control node."""

    offices: tuple[Office, ...] = ()
    published: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def hold(self, *, broken: bool) -> subprocess.CompletedProcess[str]:
        """Run one night of all servers."""
        connections = {office.name: office.server[office.name] for office in self.offices}
        hosts = {
            office.name: office.variables()
            if broken
            else {"siak_connection": connections[office.name].connection, "siak_directory": "SIAK_BACKUP_DIR"}
            for office in self.offices
        }
        inventory = self.var / "hosts.json"
        inventory.write_text(json.dumps({"siak": {"hosts": hosts, "vars": self.shared()}}))
        return subprocess.run(
            self.command("-i", str(inventory)),
            cwd=Path(__file__).resolve().parents[2],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_NIGHT_LIMIT_S,
            check=False,
        )

    def shared(self) -> dict[str, Any]:
        """Return the variables of the group `siak`."""
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "siak_schemas": ["SIAKOFF"],
            "siak_key_tables": ["SIAKOFF.BIODATA_WNI", "SIAKOFF.DATA_KELUARGA"],
            "siak_archive_dir": str(self.archive),
            "siak_media": [{"dir": str(self.medium), "labels": ["DISK-01"], "mount_required": False}],
            "siak_folder_pattern": "ddmmmyyyy",
            "export_piece_size": "40K",
            "export_time_limit_s": 60,
        }

    def remember(self) -> None:
        """Take down what lies in the archive and on the medium."""
        self.published = {office.name: self.files_of(office.name) for office in self.offices}

    def files_of(self, server: str) -> dict[str, bytes]:
        """Return every file of every folder that bears a final name."""
        return published(archive=self.folders(server), medium=self.folders(server, self.medium))

    def new_folders(self, server: str) -> tuple[int, int]:
        """Return how many folders came since `remember`, in the archive and on the medium."""
        before = {name.rpartition("/")[0] for name in self.published[server]}
        now = {name.rpartition("/")[0] for name in self.files_of(server)}
        added = sorted(now - before)
        return sum(name.startswith("archive/") for name in added), sum(name.startswith("medium/") for name in added)


@contextmanager
def province(var: Path, faults: list[Fault]) -> Iterator[Province]:
    """Start a rehearsal server for each set of options, with a database for each fault."""
    for name in ("archive", "medium"):
        (var / name).mkdir(parents=True)
    register(var / "medium")
    numbers = itertools.count(1)
    offices: list[Office] = []
    with ExitStack() as stack:
        for options in sorted({fault.server for fault in faults}):
            named = {f"kantor{next(numbers):03}": fault for fault in faults if fault.server == options}
            state = var / f"state{len(offices)}"
            server = stack.enter_context(rehearsal_server(state, *options, **dict.fromkeys(named, RESIDENTS)))
            offices += [Office(name, fault, server) for name, fault in named.items()]
        yield Province(var, offices=tuple(offices))


def misses(province: Province, office: Office, run: str) -> Iterator[str]:
    """Tell what a server's night came to that its fault does not explain."""
    fault = office.fault
    steps = province.steps(office.name, run=run)
    failed = [number for number, line in steps.items() if line["status"] != "ok"]
    if failed != ([fault.step] if fault.step else []):
        yield f"steps {failed} failed: {[steps[number]['reason'] for number in failed]}"
    elif fault.step:
        reason = steps[fault.step]["reason"]
        yield from (f"{word} is not in: {reason}" for word in fault.words if word not in reason)
    elif missing := set(fault.refused_options) - set(_refused(steps[2]["facts"])):
        yield f"options were to be refused: {missing}"
    yield from _changes(province, office.name, new=0 if fault.step else 1)


def _refused(facts: Mapping[str, Any]) -> Iterator[str]:
    for option in facts["options_refused"]:
        yield option.partition(" ")[0]


def _changes(province: Province, server: str, *, new: int) -> Iterator[str]:
    now = province.files_of(server)
    yield from (f"lost: {name}" for name, data in province.published[server].items() if now.get(name) != data)
    if (came := province.new_folders(server)) != (new, new):
        yield f"new folders in archive and on medium: {came}, not {new}"


@pytest.mark.timeout(3 * _NIGHT_LIMIT_S)
def test_every_fault_in_one_play(tmp_path: Path) -> None:
    with province(tmp_path / "var", list(chosen(FAULTS))) as night:
        first = night.hold(broken=False)
        assert first.returncode == 0, first.stdout[-4000:] + first.stderr
        night.remember()

        for office in night.offices:
            if office.fault.armed:
                office.server.arm(office.name, **office.fault.armed)
        broken = night.hold(broken=True)
        run = night.runs()[-1]
        found = [f"{office.fault.name}: {miss}" for office in night.offices for miss in misses(night, office, run)]
        assert not found, "\n".join(found)
        assert broken.returncode == 2, broken.stdout[-4000:] + broken.stderr

        for office in night.offices:
            office.server.clear(office.name)
        night.remember()
        after = night.hold(broken=False)
        assert after.returncode == 0, after.stdout[-4000:] + after.stderr
        found = [
            f"{office.fault.name}: {miss}" for office in night.offices for miss in _changes(night, office.name, new=1)
        ]
        assert not found, "\n".join(found)
        at_once = {office.name: office.server.jobs(office.name)[1] for office in night.offices}
        assert set(at_once.values()) == {1}, at_once
    assert night.verify_journal().returncode == 0
