#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP steps 1 to 4 on a server whose own script makes the backup. action_plugins/ does the work; this documents it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_script
short_description: Run the site's own backup script on its server, and bring the dump here
description:
  - Runs backup.bat or backup.sh (exp or expdp) where it lies, over any Ansible connection, with no Python on the
    server. Meant for C(delegate_to) the host that stands for the server's operating system.
  - The script is started detached and goes on when the line drops; the next run finds it, and follows it to its end or
    stops it. A limit ends its whole process group, on the server itself.
  - Success is the exit code, the log it left and the files it made together; a dump older than the start is not
    tonight's. The dump comes by SFTP or from O(script.share_dir), hashed, and is judged like any other.
  - Works in an action plugin, on the control node.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Looks, which leaves nothing behind, and tells what the other operations would do.
  diff_mode:
    support: none
    description: Nothing that could be shown as before and after.
options:
  operation:
    description:
      - V(look) checks what must hold on the server, for M(backup_preflight). It fails for impossible options only.
      - V(run) runs the script and proves that its export succeeded.
      - V(fetch) brings dump and log into the run's staging folder and judges them.
      - V(file) moves them, on the server, into a dated folder of O(script.folder), replacing nothing. What cannot be
        done there is told and does not fail, for the archive has the night by then.
      - V(install) puts O(content) where O(script.path) says, if nothing is there. Another script is never replaced.
    type: str
    choices: [look, run, fetch, file, install]
    required: true
  run:
    description: The run, as the agenda callback hands it over in SIAK_RUN; C(id) names it.
    type: dict
    required: true
  server:
    description: Name of the server, as the folders and the agenda call it.
    type: str
    required: true
  script:
    description: The script and its server. Paths are the server's own and absolute.
    type: dict
    required: true
    suboptions:
      host:
        description: The inventory host that stands for the server's operating system, outside the group C(siak).
        type: str
        required: true
      shell:
        description: What runs commands there, V(posix) for Linux or V(cmd) for Windows.
        type: str
        choices: [posix, cmd]
        default: posix
      path:
        description: The script.
        type: str
        required: true
      arguments:
        description: Its arguments. No passwords; they would be seen in the server's list of processes.
        type: list
        elements: str
        default: []
      folder:
        description: The server's backup folder, in which the script leaves dump and log, and its current folder.
        type: str
        required: true
      dump:
        description: Patterns of the dump files' names.
        type: list
        elements: str
        default: ["*.dmp", "*.DMP"]
      log:
        description: Patterns of the log's name. Of the new files that match, exactly one may be an export's log.
        type: list
        elements: str
        default: ["*.log", "*.LOG"]
      charset:
        description: Character set of NLS_LANG, for exp the one in which the dump's texts are written.
        type: str
        default: AL32UTF8
      time_limit_s:
        description: Seconds after which the script and all that it started are stopped and the step fails.
        type: int
        default: 21600
      ok_codes:
        description: Exit codes that may stand beside a log that proves success.
        type: list
        elements: int
        default: [0]
      work_dir:
        description: Folder on the server in which jobs keep their state. C(.siak-backup) in O(script.folder) if empty.
        type: str
      share_dir:
        description: Folder of the control node under which O(script.folder) is mounted. Then nothing large comes over
          the connection, which WinRM and PSRP could only do through memory.
        type: path
      dated_folder:
        description: Whether the dated folder is made on the server, too.
        type: bool
        default: true
  abandoned_jobs:
    description: Jobs of dead runs, as M(backup_preflight) found them; followed to their end in place of a new one, or
      stopped. For O(operation=run).
    type: list
    elements: str
    default: []
  poll_interval_s:
    description: Seconds between two looks at the script. For O(operation=run).
    type: int
    default: 5
  reconnect_within_s:
    description: Seconds for which a lost line is tried again while the script runs on. Not for O(operation=look).
    type: int
    default: 600
  archive_dir:
    description: Folder on the control node that keeps every night. For all but O(operation=run).
    type: path
  lint:
    description: Whether the script is brought here for a moment and read for known traps, for M(siak_doctor). For
      O(operation=look).
    type: bool
    default: false
  export:
    description: What O(operation=run) returned. For O(operation=fetch).
    type: dict
  collected:
    description: What O(operation=fetch) returned. For O(operation=file).
    type: dict
  backup:
    description: What M(backup_folder) returned. For O(operation=file).
    type: dict
  folder_pattern:
    description: Name of the dated folder, of C(dd), C(mm) or C(mmm) (the Indonesian month), and C(yyyy).
    type: str
    default: ddmmmyyyy
  zone:
    description: Time zone of the office; it decides the folder's date.
    type: str
    choices: [WIB, WITA, WIT]
    default: WIB
  content:
    description: The script's text. For O(operation=install).
    type: str
  progress_path:
    description: File that is kept up to date with the progress.
    type: path
"""

EXAMPLES = r"""
- name: Jalankan skrip backup di server
  oracle_script:
    operation: run
    run: "{{ siak_run }}"
    server: sukamara
    script:
      host: sukamara-os
      path: /home/oracle/backup.sh
      folder: /u01/backup
    abandoned_jobs: "{{ prepare_result.abandoned_jobs }}"
  delegate_to: sukamara-os
  register: export_result
"""

RETURN = r"""
look:
  description: What was found, as M(backup_preflight) and M(siak_doctor) want it.
  returned: when O(operation=look)
  type: dict
  contains:
    host:
      description: As O(script.host).
      returned: success
      type: str
      sample: sukamara-os
    shell:
      description: As O(script.shell).
      returned: success
      type: str
      sample: posix
    path:
      description: As O(script.path).
      returned: success
      type: str
      sample: /home/oracle/backup.sh
    folder:
      description: As O(script.folder).
      returned: success
      type: str
      sample: /u01/backup
    export_programs:
      description: Programs that export and run there now, as far as they can be seen.
      returned: success
      type: list
      elements: str
      sample: [expdp]
    reading:
      description: With O(lint), the traps in the script's text, or C(error), why it could not be read; else empty. None
        of its text.
      returned: success
      type: dict
      sample: {"traps": [{"rule": "no_log", "line": 7, "found": "expdp tanpa logfile=",
                          "remedy": "tambahkan logfile="}], "error": {}}
    checks:
      description: Every check with its outcome.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "script", "ok": true, "message": "skrip /home/oracle/backup.sh ada", "error": {}}]
    dump_bytes:
      description: Bytes of the dumps in the folder.
      returned: success
      type: int
      sample: 18874368
    free_bytes:
      description: Bytes free there; null if unknown.
      returned: success
      type: int
      sample: 734003200
    clock_skew_s:
      description: Seconds by which the server's clock is ahead of the control node's; null if unknown.
      returned: success
      type: int
      sample: -2
export:
  description: The proven export, in the form of M(oracle_export), as M(backup_folder) wants it.
  returned: when O(operation=run)
  type: dict
  contains:
    job:
      description: The script's name.
      returned: success
      type: str
      sample: backup.sh
    scn:
      description: Always 0, for nobody knows at which SCN a script's export read.
      returned: success
      type: int
      sample: 0
    mode:
      description: Always V(SCRIPT).
      returned: success
      type: str
      sample: SCRIPT
    schemas:
      description: Always empty; the manifest's tables tell them.
      returned: success
      type: list
      elements: str
      sample: []
    host:
      description: The host it ran on.
      returned: success
      type: str
      sample: sukamara-os
    folder:
      description: The server's backup folder.
      returned: success
      type: str
      sample: /u01/backup
    pieces:
      description: New dump files, with their bytes and times on the server.
      returned: success
      type: list
      elements: dict
      sample: [{"name": "master.dmp", "size_bytes": 18874368, "changed_at": 1736415600}]
    log:
      description: Name of the export's log.
      returned: success
      type: str
      sample: master.log
    log_bytes:
      description: Its bytes.
      returned: success
      type: int
      sample: 2911
    log_changed_at:
      description: Its last change by the server's clock, seconds since 1970.
      returned: success
      type: int
      sample: 1736415600
    state:
      description: V(ENDED), or V(PLANNED) in check mode.
      returned: success
      type: str
      sample: ENDED
    exit_code:
      description: The script's exit code, which proves nothing alone.
      returned: success
      type: int
      sample: 0
    tool:
      description: What wrote the log, V(datapump) or V(exp).
      returned: success
      type: str
      sample: datapump
    error_count:
      description: Always 0, for any other number fails.
      returned: success
      type: int
      sample: 0
    started_at:
      description: When it was started, or taken up, UTC.
      returned: success
      type: str
      sample: "2025-01-09T09:30:05+00:00"
    ended_at:
      description: When its success was proven, UTC.
      returned: success
      type: str
      sample: "2025-01-09T09:41:17+00:00"
    duration_s:
      description: Seconds between the two.
      returned: success
      type: float
      sample: 672.4
    adopted_run:
      description: The run that began it, where it was not this one; else empty.
      returned: success
      type: str
      sample: ""
    cleared_runs:
      description: Runs whose jobs were stopped, or followed to their end in vain.
      returned: success
      type: list
      elements: str
      sample: []
    longest_silence_s:
      description: Longest time in which its files did not grow.
      returned: success
      type: float
      sample: 12.0
    reconnects:
      description: How often the line had to be taken up again.
      returned: success
      type: int
      sample: 0
    table_count:
      description: Tables in the log.
      returned: success
      type: int
      sample: 14
    row_count:
      description: Rows in the log.
      returned: success
      type: int
      sample: 189034
collected:
  description: The proven dump in the staging folder, in the form of M(oracle_collect), as M(backup_folder) wants it.
  returned: when O(operation=fetch)
  type: dict
  sample: {"staging_dir": "/srv/siak-backup/archive/sukamara/.masuk-20250109T093000Z-a1b2c3", "counts": [],
           "server_digests": 2, "database": {"version": "19.0.0.0.0", "name": ""}}
filed:
  description: The server's own dated folder; an empty C(path) means that there is none, for C(reason).
  returned: when O(operation=file)
  type: dict
  sample: {"path": "/u01/backup/09jan2025", "files": ["master.dmp", "master.log"], "reason": ""}
agenda:
  description: The facts the agenda keeps of this step.
  returned: always but for O(operation=look) and O(operation=install)
  type: dict
  sample: {"method": "script", "host": "sukamara-os", "exit_code": 0, "pieces": 1, "size_bytes": 18874368}
error:
  description: The failure in parts; C(code) is stable.
  returned: failure
  type: dict
  sample: {"code": "SIAK-210", "what": "skrip tidak membuat dump baru", "where": "", "remedy": ""}
"""
