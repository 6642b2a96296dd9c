# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: INP001 - Ansible loads the file by its path
"""The option `media`, as every module that looks at media documents it."""

from __future__ import annotations


class ModuleDocFragment:
    """Documents `SLOT_SPEC` of siak_backup.media.slot."""

    DOCUMENTATION = r"""
options:
  media:
    description: Where the copies go, each place with the media that may stand there.
    type: list
    elements: dict
    required: true
    suboptions:
      dir:
        description: Mount point of the medium.
        type: path
        required: true
      labels:
        description: Labels under which M(media_register) registered the media that may stand here. Several take turns.
        type: list
        elements: str
        required: true
      policy:
        description: What happens when the medium is not there. With V(wajib) the night fails; with V(menyusul) that is
          recorded, the night goes on, and a later run makes up for it.
        type: str
        choices: [wajib, menyusul]
        default: wajib
      mount_required:
        description: Whether O(media[].dir) must be a mount point of a known file system. V(false) lets a folder play
          the medium, in a rehearsal.
        type: bool
        default: true
      encrypt:
        description: Whether the dump is encrypted with age on this medium. V(auto) means on media that can be carried
          away, once there is a public key.
        type: str
        choices: [auto, always, never]
        default: auto
      compress:
        description: Whether files that shrink by a tenth or more are compressed with zstd.
        type: bool
        default: false
      min_free_bytes:
        description: Bytes that must stay free.
        type: int
        default: 16777216
"""
