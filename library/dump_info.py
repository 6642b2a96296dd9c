#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts and verdict of Oracle dumps that lie here, without Oracle."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dump_info
short_description: Tell what an Oracle dump holds and whether it is whole
description:
  - Reads Data Pump sets, classic exports and the logs of both, and judges each from its bytes, without Oracle.
  - Without O(expect), fails only for what cannot be read or where no dump is found; what is truncated, damaged or
    unknown is told in RV(verdict). With O(expect), fails unless everything is complete and every rule is met.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Only reads, in check mode as else.
  diff_mode:
    support: none
    description: Nothing that could be shown as before and after.
options:
  path:
    description:
      - Dumps and logs, or folders of them. All files of a Data Pump set belong together and are judged together.
      - Of a folder, those files are taken that begin as a dump does or have a name ending in C(.dmp) or C(.log); its
        own folders are left out.
    type: list
    elements: path
    required: true
  walk_bytes:
    description:
      - Bytes of table rows to walk at most in a Data Pump set, the smallest tables first; the evidence C(walk) says how
        many were. Headers and master table are always read. Without it, all rows are walked.
    type: int
  expect:
    description:
      - What every dump must hold. Logs only have to be of an export that ended well.
      - Names are written as Oracle keeps them, in most cases in capitals. Partitions of a table are added up.
    type: dict
    suboptions:
      schemas:
        description: Schemas of which a table must be in the dump.
        type: list
        elements: str
        default: []
      tables:
        description: Tables as C(SCHEMA.TABLE) that must be in the dump.
        type: list
        elements: str
        default: []
      min_rows:
        description: The least number of rows by table, as C(SCHEMA.TABLE).
        type: dict
        default: {}
      growth:
        description: By how much the dump's bytes and rows may have changed since an earlier night.
        type: dict
        suboptions:
          last_manifest:
            description: The C(manifest.json) of that night, as M(backup_folder) published it.
            type: path
            required: true
          min_percent:
            description: The least change in percent; below 0 if the dump may shrink.
            type: float
            required: true
          max_percent:
            description: The largest change in percent.
            type: float
            required: true
      made_after:
        description:
          - ISO 8601 time with the offset of the server's zone, V(2025-01-09T16:35:00+07:00). A Data Pump dump whose
            header tells an earlier time is stale; a classic export, whose time cannot be read, is unknown.
        type: str
"""

EXAMPLES = r"""
- name: Nilai satu dump
  dump_info:
    path: /srv/siak-backup/archive/sukamara/09jan2025/master.dmp

- name: Nilai satu folder dan bandingkan dengan malam sebelumnya
  dump_info:
    path: /srv/siak-backup/archive/sukamara/09jan2025
    expect:
      schemas: [SIAKOFF]
      tables: [SIAKOFF.BIODATA_WNI, SIAKOFF.DATA_KELUARGA]
      min_rows:
        SIAKOFF.BIODATA_WNI: 50000
      growth:
        last_manifest: /srv/siak-backup/archive/sukamara/08jan2025/manifest.json
        min_percent: -1
        max_percent: 5
      made_after: "2025-01-09T16:30:00+07:00"
"""

RETURN = r"""
verdict:
  description: The worst of all verdicts, V(unknown) if a file cannot be read.
  returned: success
  type: str
  sample: complete
dumps:
  description: Each Data Pump set, classic export and log, with the facts of its header beside what is described here.
  returned: success
  type: list
  elements: dict
  contains:
    paths:
      description: Its files.
      returned: success
      type: list
      elements: str
      sample: [/srv/siak-backup/archive/sukamara/09jan2025/master.dmp]
    size_bytes:
      description: Bytes of all its files.
      returned: success
      type: int
      sample: 18874368
    kind:
      description: V(datapump), V(exp) or V(log); empty for what is none of them or cannot be read.
      returned: success
      type: str
      sample: datapump
    verdict:
      description: C(complete), C(truncated), C(damaged), C(aborted), C(empty), C(stale) or C(unknown).
      returned: success
      type: str
      sample: complete
    evidence:
      description: Every check, with what was seen and what was expected.
      returned: success
      type: list
      elements: dict
      sample: [{"check": "size", "subject": "master.dmp", "seen": "18874368 byte", "expected": "18874368 byte",
                "ok": true}]
    tables:
      description: Rows of every table or partition; null where they cannot be counted.
      returned: success
      type: list
      elements: dict
      sample: [{"schema": "SIAKOFF", "name": "DATA_KELUARGA", "partition": "", "rows": 20123}]
unmet:
  description: What of O(expect) is not met, each with one Indonesian sentence.
  returned: success
  type: list
  elements: dict
  sample: [{"rule": "schemas", "subject": "SIAKOFF", "message": "skema SIAKOFF tidak ada di master.dmp"}]
agenda:
  description: The facts an agenda keeps; no list that grows with the database.
  returned: always
  type: dict
  sample: {"verdict": "complete", "dumps": 1, "tables": 14, "rows": 189034, "unmet": 0}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-301", "what": "file tidak dapat dibaca", "where": "master.dmp", "remedy": "periksa hak akses"}
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.archive.folder import read_manifest
from ansible.module_utils.siak_backup.dump.expect import GrowthBand, Rules
from ansible.module_utils.siak_backup.dump.files import JudgedDump, find_dumps, judge_dumps
from ansible.module_utils.siak_backup.dump.verdict import conclude
from ansible.module_utils.siak_backup.errors import DumpError, SiakError, UnreadableError

ARGUMENT_SPEC: dict[str, Any] = {
    "path": {"type": "list", "elements": "path", "required": True},
    "walk_bytes": {"type": "int"},
    "expect": {
        "type": "dict",
        "options": {
            "schemas": {"type": "list", "elements": "str", "default": []},
            "tables": {"type": "list", "elements": "str", "default": []},
            "min_rows": {"type": "dict", "default": {}},
            "growth": {
                "type": "dict",
                "options": {
                    "last_manifest": {"type": "path", "required": True},
                    "min_percent": {"type": "float", "required": True},
                    "max_percent": {"type": "float", "required": True},
                },
            },
            "made_after": {"type": "str"},
        },
    },
}


def rules_of(expect: dict[str, Any] | None) -> Rules | None:
    """Return what is expected, the earlier night's manifest having been read. Raises ConfigError, ArchiveError."""
    if expect is None:
        return None
    growth = expect["growth"]
    band = GrowthBand.since(read_manifest(Path(growth["last_manifest"])), growth) if growth else None
    return Rules.from_params(expect, band)


def look(params: dict[str, Any], rules: Rules | None) -> list[JudgedDump]:
    """Judge what lies there. Raises DumpError if nothing does, UnreadableError for a folder that cannot be read."""
    paths = [file for path in params["path"] for file in find_dumps(Path(path))]
    if not paths:
        raise DumpError("tidak ada dump", where=", ".join(params["path"]), remedy="tunjuk file dump atau foldernya")
    made_after = rules.made_after if rules else None
    return judge_dumps(dict.fromkeys(paths), made_after=made_after, walk_bytes=params["walk_bytes"])


def result(dumps: list[JudgedDump], rules: Rules | None) -> dict[str, Any]:
    """Return the module's result."""
    judgements = [dump.judgement for dump in dumps if not isinstance(dump.judgement, UnreadableError)]
    verdict = conclude(one for dump in dumps for one in dump.evidence)
    unmet = [breach.as_dict() for breach in rules.all_breaches(dumps)] if rules else []
    tables = [table for judgement in judgements if judgement.kind != "log" for table in judgement.tables]
    agenda = {
        "verdict": str(verdict),
        "dumps": len(dumps),
        "tables": len(tables),
        "rows": sum(table.rows or 0 for table in tables),
        "unmet": len(unmet),
    }
    return {"verdict": str(verdict), "dumps": [dump.as_dict() for dump in dumps], "unmet": unmet, "agenda": agenda}


def demand_good(dumps: list[JudgedDump], unmet: list[dict[str, str]]) -> None:
    """Raise the error of a file that cannot be read, or DumpError with what is not met."""
    for dump in dumps:
        if isinstance(dump.judgement, UnreadableError):
            raise dump.judgement
    if unmet:
        raise DumpError(
            "; ".join(breach["message"] for breach in unmet),
            where=", ".join(str(path) for dump in dumps for path in dump.paths),
            remedy="jangan pakai dump ini sebelum sebabnya diketahui",
        )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    found: dict[str, Any] = {"agenda": {}}
    try:
        rules = rules_of(module.params["expect"])
        dumps = look(module.params, rules)
        found = result(dumps, rules)
        demand_good(dumps, found["unmet"])
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), **found)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
