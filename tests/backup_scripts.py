# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that role `export` can lay down, rendered as Ansible's template action does."""

from __future__ import annotations

import shlex
from pathlib import Path

import jinja2

TEMPLATES = Path(__file__).resolve().parents[1] / "roles" / "export" / "templates"
VARIABLES = {
    "ansible_managed": "Ansible managed",
    "export_script_tool": "expdp",
    "export_script_login": "/@SIAK_BACKUP",
    "export_script_parfile": "",
    "export_script_directory": "SIAK_DIR",
    "export_script_folder": "D:\\BACKUP SIAK",
    "export_script_schemas": ["SIAKOFF"],
    "export_script_piece_size": "3900M",
    "export_script_consistent": True,
    "export_script_charset": "AL32UTF8",
    "export_script_oracle_home": "",
    "export_script_oracle_sid": "",
    "export_script_tns_admin": "",
}


def render(name: str, **variables: object) -> str:
    """Return the script made from template `name` with `variables` over VARIABLES, lines ended by LF."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no page is made
    )
    environment.filters["quote"] = shlex.quote
    assert variables.keys() <= VARIABLES.keys()
    return environment.get_template(name).render(VARIABLES | variables)
