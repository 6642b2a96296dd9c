# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: INP001 - Ansible loads the file by its path
"""What is exported, as every module that must know it documents it."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents `SCOPE_SPEC` of siak_backup.oracle.scope."""

    DOCUMENTATION = r"""
options:
  mode:
    description: Data Pump job mode.
    type: str
    choices: [schema, full, table]
    default: schema
  schemas:
    description: Schemas to export; for mode V(schema).
    type: list
    elements: str
    default: []
  tables:
    description: Tables to export as C(OWNER.TABLE), all of one owner; for mode V(table).
    type: list
    elements: str
    default: []
  include:
    description:
      - What alone is exported, as expdp's INCLUDE has it. An object path such as C(TABLE), or one with a predicate on
        names such as C(TABLE:"IN ('BIODATA_WNI', 'DATA_KELUARGA')"), with C(IN), C(NOT IN), C(=), C(!=), C(LIKE) or
        C(NOT LIKE).
      - Not together with O(exclude).
    type: list
    elements: str
    default: []
  exclude:
    description: What is not exported, as expdp's EXCLUDE has it, such as C(STATISTICS) or C(TABLE:"LIKE 'TMP_%'"). A
      backup without some tables says so wherever its verdict stands.
    type: list
    elements: str
    default: []
"""
