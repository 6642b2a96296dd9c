#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell people what a night was."""

from __future__ import annotations

DOCUMENTATION = r"""
module: night_notify
short_description: Tell people what a night was
description:
  - Makes a short Indonesian message of a run as the journal tells it, and sends it by every channel, side by side.
  - A channel that fails is a warning and is told in RV(channels); the module does not fail because of it, and nothing
    here changes what the night was.
  - Each channel gets at most two attempts and O(limit_s) in all. A refusal for good is not repeated.
author: siak-backup
attributes:
  check_mode:
    support: full
    description: Makes the message and sends nothing.
  diff_mode:
    support: none
    description: Nothing that could be shown as before and after.
options:
  run:
    description: Id of the run, or the run as the agenda callback hands it over in SIAK_RUN, of which C(id),
      C(agenda_dir), C(sop_path) and C(check) are read. Without it, this node's newest run that is over.
    type: raw
  agenda_dir:
    description: Folder of the agenda. Not needed where O(run) tells it.
    type: path
  sop_path:
    description: The SOP as data. Not needed where O(run) tells it.
    type: path
  channels:
    description: By which ways people are told.
    type: list
    elements: dict
    required: true
    suboptions:
      type:
        description: V(webhook) posts JSON, V(email) sends by SMTP, V(command) starts a program, V(heartbeat) calls an
          address only when every server's night is proven.
        type: str
        choices: [webhook, email, command, heartbeat]
        required: true
      name:
        description: Its name in results and warnings. Without it, its type and place in the list.
        type: str
      url:
        description: Address of a webhook or heartbeat, best from Ansible Vault, for it mostly holds a token.
        type: str
      url_file:
        description: File whose first line is the address; others on this machine must not be able to read it.
        type: path
      headers_file:
        description: File with further headers, C(Name) C(:) value, one a line.
        type: path
      extra:
        description: Keys that a webhook's receiver wants beside C(text), such as C(chat_id).
        type: dict
        default: {}
      ca_file:
        description: PEM file with the authorities to trust instead of this machine's own.
        type: path
      host:
        description: Mail server.
        type: str
      port:
        description: Its port; 0 is the usual one, 587, 465 or 25 after O(channels[].tls).
        type: int
        default: 0
      tls:
        description: How the mail is protected on its way. V(none) is refused together with a login.
        type: str
        choices: [starttls, tls, none]
        default: starttls
      user:
        description: Account at the mail server; without it there is no login.
        type: str
      password:
        description: Its password, best from Ansible Vault.
        type: str
      password_file:
        description: File whose first line is the password.
        type: path
      sender:
        description: From whom the mail is, C(address) or C(name <address>).
        type: str
      to:
        description: To whom it goes.
        type: list
        elements: str
        default: []
      argv:
        description: A program's absolute path and its arguments. It gets the message on its standard input. Anybody on
          this machine can read arguments, so no secret may be among them.
        type: list
        elements: str
        default: []
  limit_s:
    description: Seconds each channel may take in all, both attempts included.
    type: float
    default: 10
  report_path:
    description: Folder of the papers, to be told with that of the run's day below it. If it is not there, the folder of
      the agenda's entries is told. An address that is no path is told as it is.
    type: str
    default: ""
  expected_servers:
    description: Servers of the inventory. A heartbeat is not sent for a run that left one of them out.
    type: list
    elements: str
    default: []
  rehearsal:
    description: Marks the message as a rehearsal's even where no step came so far as to say so.
    type: bool
    default: false
  again:
    description: Tells channels that have been told of this run before once more.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Kabarkan hasil malam ini
  night_notify:
    run: "{{ siak_run }}"
    channels:
      - type: webhook
        url: "{{ vault_siak_webhook_url }}"
      - type: email
        host: mail.sukamarakab.example
        user: backup
        password_file: /etc/siak-backup/mail.password
        sender: Backup SIAK <backup@sukamarakab.example>
        to: [piak@sukamarakab.example]
      - type: heartbeat
        url_file: /etc/siak-backup/heartbeat.url
"""

RETURN = r"""
message:
  description: What was told; empty in a run of check mode, which is not recorded.
  returned: success
  type: dict
  contains:
    run:
      description: Id of the run.
      returned: success
      type: str
      sample: 20250109T093500Z-3f9a1c
    subject:
      description: The subject of a mail.
      returned: success
      type: str
      sample: "Backup SIAK berhasil: 1 server (Kamis, 9 Januari 2025)"
    text:
      description: The whole text.
      returned: success
      type: str
      sample: "Backup SIAK berhasil: 1 server\n..."
channels:
  description: What became of each channel, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: success
      type: str
      sample: webhook-1
    status:
      description: C(sent), C(failed), or C(skipped) where the message is not for it or it has been told before.
      returned: success
      type: str
      sample: sent
    attempts:
      description: How many attempts were made.
      returned: success
      type: int
      sample: 1
    reason:
      description: Why it failed or was skipped, in Indonesian.
      returned: success
      type: str
      sample: ""
    duration_s:
      description: Seconds it took.
      returned: success
      type: float
      sample: 0.214
agenda:
  description: The facts an agenda would keep.
  returned: success
  type: dict
  sample: {"sent": ["webhook-1"], "failed": []}
error:
  description: The failure in parts; C(code) is stable. Only options, SOP and journal can be wrong.
  returned: failure
  type: dict
  sample: {"code": "SIAK-600", "what": "run tidak ada di jurnal", "where": "/srv/siak-backup/agenda", "remedy": ""}
"""

import time
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.siak_backup.errors import SiakError
from ansible.module_utils.siak_backup.notify.channel import CHANNEL_RULES, CHANNEL_SPEC
from ansible.module_utils.siak_backup.notify.order import Order, Outcome

ARGUMENT_SPEC: dict[str, Any] = {
    "run": {"type": "raw"},
    "agenda_dir": {"type": "path"},
    "sop_path": {"type": "path"},
    "channels": {"type": "list", "elements": "dict", "required": True, "options": CHANNEL_SPEC, **CHANNEL_RULES},
    "limit_s": {"type": "float", "default": 10},
    "report_path": {"type": "str", "default": ""},
    "expected_servers": {"type": "list", "elements": "str", "default": []},
    "rehearsal": {"type": "bool", "default": False},
    "again": {"type": "bool", "default": False},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    outcome = Outcome()
    try:
        order = Order.of(module.params, check=module.check_mode)
        if order is not None:
            planned = order.plan(now=datetime.now(UTC))
            outcome = planned if module.check_mode else order.apply(planned, monotonic=time.monotonic)
    except SiakError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    for warning in outcome.warnings:
        module.warn(warning)
    module.exit_json(**outcome.as_dict())


if __name__ == "__main__":
    main()
