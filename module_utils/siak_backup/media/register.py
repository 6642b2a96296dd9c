# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a disk a medium of the office: writes its marker, once, and nothing else."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ..archive.names import plain_name
from ..errors import MediumError, WrongMediumError
from .ask import ask
from .identify import demand_uuid, inspect, marker_of
from .marker import FLASHDISK, MARKER_NAME, Marker, write_marker
from .medium import meaning

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .filesystem import FileSystem
    from .slot import Slot


@dataclass(frozen=True)
class Facts:
    """What the office says of a medium; `kind` is one of `marker.KINDS`."""

    label: str
    serial: str
    purpose: str
    kind: str
    group: str


@dataclass(frozen=True)
class Plan:
    """The marker a medium has, or will get; `before` is the text of the one that is there, empty if there is none."""

    slot: Slot
    marker: Marker
    file_system: FileSystem
    before: str
    advice: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether a marker has to be written."""
        return not self.before

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result."""
        return {
            "changed": self.changed,
            "medium": asdict(self.marker) | {"file_system": self.file_system.name},
            "advice": list(self.advice),
            "agenda": {"label": self.marker.label, "id": self.marker.id},
            "diff": {
                "before": self.before,
                "after": self.marker.to_json(),
                "before_header": MARKER_NAME,
                "after_header": MARKER_NAME,
            },
        }


def plan(slot: Slot, facts: Facts, *, clock: Callable[[], datetime]) -> Plan:
    """Look at the medium and decide; changes nothing. `clock` returns the time in UTC.

    Raises:
        ConfigError: the label is not a plain name.
        WrongMediumError: the medium is registered already, with other facts, or its marker cannot be read.
        MediumError: the medium is not there, cannot be used, or does not answer.
    """
    plain_name(facts.label, what="label media")
    file_system, there = ask(slot, lambda: _look(slot))
    if slot.mount_required:
        demand_uuid(file_system, f"media {facts.label}, {slot.path}")
    wanted = Marker(
        id=secrets.token_hex(16),
        **asdict(facts),
        fs_uuid=file_system.uuid,
        registered_at=clock().isoformat(timespec="seconds"),
    )
    advice = []
    if file_system.is_removable and facts.kind != FLASHDISK:
        advice.append(f"sistem menyebut media {facts.label} flash disk, daftarkan dengan kind=flashdisk")
    if there is None:
        return Plan(slot, wanted, file_system, "", tuple(advice))
    if replace(wanted, id=there.id, registered_at=there.registered_at) != there:
        raise WrongMediumError(
            f"media ini sudah terdaftar sebagai {there.label} dengan keterangan lain",
            where=f"media {facts.label}, {slot.path}",
            remedy=f"pakai keterangan yang sama, atau hapus {MARKER_NAME} bila media memang beralih guna",
        )
    return Plan(slot, there, file_system, there.to_json(), tuple(advice))


def apply(plan: Plan) -> Plan:
    """Write the marker if it has to be written. Raises MediumError, WrongMediumError."""
    if plan.changed:
        ask(plan.slot, lambda: _write(plan))
    return plan


def _look(slot: Slot) -> tuple[FileSystem, Marker | None]:
    where = f"media {slot.name}, {slot.path}"
    file_system = inspect(slot.path, where=where, mount_required=slot.mount_required)
    return file_system, marker_of(slot.path, where)


def _write(plan: Plan) -> None:
    where = f"media {plan.marker.label}, {plan.slot.path}"
    try:
        write_marker(plan.slot.path, plan.marker)
    except FileExistsError as error:
        raise WrongMediumError(
            "penanda tidak dapat ditulis, media baru saja didaftarkan oleh yang lain",
            where=where,
            remedy="jalankan sekali lagi untuk melihat siapa media ini",
        ) from error
    except OSError as error:
        what, remedy = meaning(error)
        raise MediumError(f"penanda tidak dapat ditulis, {what}", where=where, remedy=remedy) from error
