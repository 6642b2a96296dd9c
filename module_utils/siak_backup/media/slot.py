# SPDX-License-Identifier: GPL-3.0-or-later
"""A place where a medium is plugged in, the media that may stand there, and what is done if none does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..archive.names import plain_name
from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What is done about a medium that is not there: the night fails, or goes on and the copy follows.
WAJIB, MENYUSUL = "wajib", "menyusul"

AUTO, ALWAYS, NEVER = "auto", "always", "never"

#: Suboptions of every module's `media` option, in Ansible's argument_spec form.
SLOT_SPEC: Final[dict[str, dict[str, Any]]] = {
    "dir": {"type": "path", "required": True},
    "labels": {"type": "list", "elements": "str", "required": True},
    "policy": {"type": "str", "choices": [WAJIB, MENYUSUL], "default": WAJIB},
    "mount_required": {"type": "bool", "default": True},
    "encrypt": {"type": "str", "choices": [AUTO, ALWAYS, NEVER], "default": AUTO},
    "compress": {"type": "bool", "default": False},
    "min_free_bytes": {"type": "int", "default": 16 * 1024 * 1024},
}


@dataclass(frozen=True)
class Slot:
    """A mount point and the labels of the media that may stand there; several take turns.

    Args:
        path: the mount point.
        labels: labels in the markers of the media, at least one.
        policy: `wajib` or `menyusul`.
        mount_required: false lets a folder play the disk, in a rehearsal; then no file system is looked at.
        encrypt: `always`, `never`, or `auto`: for a removable medium, once there is a recipient.
        compress: whether files that shrink are compressed.
        min_free_bytes: bytes that must stay free.
    """

    path: Path
    labels: tuple[str, ...]
    policy: str = WAJIB
    mount_required: bool = True
    encrypt: str = AUTO
    compress: bool = False
    min_free_bytes: int = 0

    @property
    def name(self) -> str:
        """What messages call the medium while it is not known which one it is."""
        return " / ".join(self.labels)

    @property
    def may_follow(self) -> bool:
        """Whether the night goes on without this medium, and the copy follows."""
        return self.policy == MENYUSUL

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Slot:
        """Return the slot of one item of `media`, whose defaults Ansible has filled in. Raises ConfigError."""
        labels = tuple(plain_name(label, what="label media") for label in params["labels"])
        if not labels:
            raise ConfigError("media tanpa label", where=params["dir"], remedy="isi labels pada siak_media")
        if len({label.lower() for label in labels}) != len(labels):
            raise ConfigError("label media ganda", where=params["dir"], remedy="tulis tiap label sekali")
        if not Path(params["dir"]).is_absolute():
            raise ConfigError("dir media bukan path lengkap", where=params["dir"], remedy="mulai dengan /")
        if params["min_free_bytes"] < 0:
            raise ConfigError("min_free_bytes negatif", where=params["dir"], remedy="isi 0 atau lebih")
        return cls(
            path=Path(params["dir"]),
            labels=labels,
            **{name: params[name] for name in ("policy", "mount_required", "encrypt", "compress", "min_free_bytes")},
        )


def slots_of(media: Sequence[Mapping[str, Any]]) -> tuple[Slot, ...]:
    """Return the slots of the option `media`. Raises ConfigError if there is none, or a folder or label comes twice."""
    slots = tuple(Slot.from_params(item) for item in media)
    if not slots:
        raise ConfigError("tidak ada media", where="siak_media", remedy="isi paling sedikit satu media")
    if len({slot.path for slot in slots}) != len(slots):
        raise ConfigError("dua media memakai dir yang sama", where="siak_media", remedy="beri tiap media dir sendiri")
    labels = [label.lower() for slot in slots for label in slot.labels]
    if len(set(labels)) != len(labels):
        raise ConfigError("satu label ada di dua media", where="siak_media", remedy="beri tiap label satu tempat")
    return slots
