# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the media. Each runs in a process of its own, for a device that hangs must not hang the night."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..calendar import size
from ..errors import SiakError
from ..media import history
from ..media.ask import ask
from ..media.digest import cpu_hashes_fast
from ..media.filesystem import FAT_MOST_BYTES
from ..media.identify import identify
from ..media.rotation import turn_advice
from ..media.staging import reclaimable_bytes
from .report import Check, check, passed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..media.medium import Medium
    from ..media.slot import Slot
    from .request import Request


@dataclass(frozen=True)
class Seen:
    """What stands in a slot: a medium, on which file system (`st_dev`), or nothing that can be used."""

    slot: Slot
    medium: Medium | None = None
    device: int = -1


def look_at_media(request: Request) -> tuple[list[Check], list[Seen]]:
    """Identify every medium. One that may follow later never speaks against beginning."""
    checks, seen = [], []
    for number, slot in enumerate(request.slots, 1):
        found: list[Seen] = []
        checks.append(_check(_name("medium", number), slot, partial(_identify, slot, found)))
        seen += found or [Seen(slot)]
    return checks, seen


def look_for_room(request: Request, seen: list[Seen], needed_bytes: Mapping[int, int]) -> list[Check]:
    """Prove that every medium that is here has the room its file system needs, broken copies swept as step 5 does."""
    return [
        _check(
            _name("medium_room", number),
            one.slot,
            partial(_room, request, one.slot, one.medium, needed_bytes[one.device]),
        )
        for number, one in enumerate(seen, 1)
        if one.medium is not None
    ]


def look_at_turns(request: Request, seen: list[Seen]) -> list[Check]:
    """Tell whose turn it is, in every slot where several media take turns."""
    past = partial(history.read, request.server_dir / history.HISTORY_NAME)
    return [
        check(_name("media_turn", number), partial(_turn, past, one))
        for number, one in enumerate(seen, 1)
        if len(one.slot.labels) > 1
    ]


def look_at_cpu(cpuinfo: str) -> Check:
    """Tell whether the processor hashes fast; it never speaks against beginning."""
    if cpu_hashes_fast(cpuinfo):
        return passed("cpu", "prosesor punya instruksi SHA")
    return passed(
        "cpu", "prosesor tanpa instruksi SHA, membaca ulang media lambat: siak_media_digest blake3 mempercepatnya"
    )


def _identify(slot: Slot, found: list[Seen]) -> str:
    medium, device = ask(slot, lambda: (identify(slot), slot.path.stat().st_dev))
    found.append(Seen(slot, medium, device))
    told = [f"media {medium.label} siap di {slot.path}, {medium.file_system.name}", *medium.warnings()]
    if medium.file_system.most_file_bytes == FAT_MOST_BYTES:
        told.append("FAT32 tidak memuat berkas 4 GiB, export_piece_size harus di bawahnya")
    return "; ".join(told)


def _room(request: Request, slot: Slot, medium: Medium, needed_bytes: int) -> str:
    def look() -> int:
        return medium.demand_room(
            needed_bytes + slot.min_free_bytes, reclaimable_bytes=reclaimable_bytes(medium, request.server)
        )

    return f"media {medium.label} muat, perlu {size(needed_bytes)} dan tersisa {size(ask(slot, look))}"


def _turn(past: Callable[[], history.History], seen: Seen) -> str:
    label = seen.medium.label if seen.medium else ""
    return "; ".join(turn_advice(past(), labels=seen.slot.labels, present_label=label, night=""))


def _check(name: str, slot: Slot, look: Callable[[], str]) -> Check:
    if not slot.may_follow:
        return check(name, look)
    try:
        return passed(name, look())
    except SiakError as error:
        return passed(name, f"kopian ke {slot.name} menyusul: {error}")


def _name(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
