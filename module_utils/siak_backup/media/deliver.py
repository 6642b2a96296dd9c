# SPDX-License-Identifier: GPL-3.0-or-later
"""SOP step 5 as a whole: tonight's folder to every slot, then what earlier nights still owe, all of it on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ..archive.folder import DatedFolder, nights_of, read_folder
from ..errors import SiakError
from . import history
from .ask import ask
from .carrier import Ready, look
from .copy import Outcome, Settings, copy_night
from .history import HISTORY_NAME, History, NightCopied, PieceProven
from .identify import identify
from .rotation import offsite_warnings, turn_advice
from .staging import Order, same_night, server_dir_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from ..archive.manifest import StoredEntry
    from .copy import OnProgress
    from .destination import Destination
    from .slot import Slot


@dataclass(frozen=True)
class Request:
    """What is to be delivered.

    Args:
        server: its name in the archive and on the media.
        server_dir: its folder in the archive, which also keeps the history of its copies.
        slots: where the copies go.
        settings: how they are made.
        offsite_days: age in days from which the newest copy outside the building is too old; 0 says nothing.
        clock: returns the time in UTC.
    """

    server: str
    server_dir: Path
    slots: tuple[Slot, ...]
    settings: Settings = field(default_factory=Settings)
    offsite_days: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def history_path(self) -> Path:
        """The file of the history."""
        return self.server_dir / HISTORY_NAME


@dataclass(frozen=True)
class Delivery:
    """One night and what became of each of its copies; `files` and `size_bytes` count what one copy holds."""

    night: str
    outcomes: tuple[Outcome, ...]
    files: int
    size_bytes: int

    @property
    def failures(self) -> tuple[SiakError, ...]:
        """Why a copy that the night must have is missing."""
        return tuple(one.error for one in self.outcomes if one.error is not None and not one.slot.may_follow)


def plan(request: Request, night: str, source: DatedFolder | None, planned_bytes: int) -> tuple[Ready | SiakError, ...]:
    """Look at every slot and tell what would be done, or why not; changes nothing.

    Without a source, which is only planned, `planned_bytes` is its size.
    """
    past = history.read(request.history_path)
    looks: list[Ready | SiakError] = []
    for order in _orders(request, night, source, past, planned_bytes):
        try:
            looks.append(ask(order.slot, partial(look, order)))
        except SiakError as error:
            looks.append(error)
    return tuple(looks)


def deliver(
    request: Request,
    source: DatedFolder,
    slots: Sequence[Slot],
    *,
    progress: OnProgress,
    monotonic: Callable[[], float],
) -> Delivery:
    """Copy one night to some of the request's slots, and put each proven file and copy on record.

    Raises:
        VanishedError: the source is gone or is not what its sums say.
        ArchiveError: the source, or the history, cannot be read or written.
        ConfigError: a setting is impossible.
    """
    past = history.read(request.history_path)
    night = source.path.name
    orders = _orders(replace(request, slots=tuple(slots)), night, source, past, 0)

    def on_proven(destination: Destination, stored: StoredEntry, method: str) -> None:
        if destination.ready is not None:
            piece = PieceProven(
                **_place(request, destination.ready, night),
                name=stored.name,
                sha256=source.sums[stored.name],
                stored_name=stored.stored_name,
                stored_bytes=stored.size_bytes,
                stored_sha256=stored.sha256,
                read_back=method,
            )
            history.append(request.history_path, piece)

    outcomes = copy_night(source, orders, request.settings, on_proven=on_proven, progress=progress, monotonic=monotonic)
    labels = [one.label for one in outcomes if one.is_proven]
    for outcome in outcomes:
        if outcome.is_proven and not (outcome.was_there and _is_known(past, outcome, night)):
            copied = NightCopied(
                at=_at(request),
                medium=outcome.medium_id,
                label=outcome.label,
                group=outcome.group,
                night=night,
                folder=outcome.folder,
                read_back=outcome.method,
            )
            history.append(request.history_path, copied)
    advised = tuple(_advised(past, outcome, night, labels) for outcome in outcomes)
    files = source.files()
    return Delivery(night, advised, len(files), sum(file["size_bytes"] for file in files))


def owed(request: Request, tonight: Delivery, most: int) -> tuple[tuple[str, tuple[Slot, ...]], ...]:
    """Return the earlier nights that slots never got, newest first, with the slots whose medium is here.

    At most `most` of them. Raises ArchiveError.
    """
    here = [outcome.slot for outcome in tonight.outcomes if outcome.is_proven]
    past = history.read(request.history_path)
    copied = {slot: set(past.nights_copied_to(slot.labels)) for slot in here}
    lacking = [
        (night, tuple(slot for slot in here if night not in copied[slot]))
        for night in nights_of(request.server_dir)
        if night != tonight.night
    ]
    return tuple((night, slots) for night, slots in lacking if slots)[:most]


def lacking(request: Request) -> tuple[dict[Slot, SiakError], tuple[tuple[str, tuple[Slot, ...]], ...]]:
    """Look at every medium for nights of the archive that it does not hold, its files unread.

    Returns why a slot's medium cannot be looked at, and the nights, newest first, with the slots that lack them.
    """
    past = history.read(request.history_path)
    sources = [read_folder(request.server_dir / night) for night in nights_of(request.server_dir)]
    absent: dict[Slot, SiakError] = {}
    held: dict[Slot, set[str]] = {}
    for slot in request.slots:
        orders = [
            order
            for source in sources
            for order in _orders(replace(request, slots=(slot,)), source.path.name, source, past, 0)
        ]
        try:
            held[slot] = ask(slot, partial(_held, slot, orders))
        except SiakError as error:
            absent[slot] = error
    nights = (source.path.name for source in sources)
    missing = ((night, tuple(slot for slot in held if night not in held[slot])) for night in nights)
    return absent, tuple((night, slots) for night, slots in missing if slots)


def _held(slot: Slot, orders: Iterable[Order]) -> set[str]:
    medium = identify(slot)
    held = set()
    for order in orders:
        server_dir = server_dir_of(medium, order.server)
        with medium.errors():
            names = [path.name for path in server_dir.iterdir()] if server_dir.is_dir() else []
        if any(
            same_night(server_dir / name, order)
            for name in names
            if name == order.night or name.startswith(f"{order.night}_")
        ):
            held.add(order.night)
    return held


def _orders(request: Request, night: str, source: DatedFolder | None, past: History, planned_bytes: int) -> list[Order]:
    """Return the order for each slot."""
    proven = tuple(
        event for event in past.events if isinstance(event, PieceProven) and event.night == night and source is not None
    )
    return [
        Order(
            slot=slot,
            server=request.server,
            night=night,
            manifest=source.manifest if source else None,
            sums=source.sums if source else {},
            sizes_bytes=source.sizes_bytes if source else {night: planned_bytes},
            nights=nights_of(request.server_dir),
            proven=proven,
        )
        for slot in request.slots
    ]


def _is_known(past: History, outcome: Outcome, night: str) -> bool:
    return any(copy.medium == outcome.medium_id for copy in past.copies_of(night))


def _place(request: Request, ready: Ready, night: str) -> dict[str, str]:
    return {
        "at": _at(request),
        "medium": ready.marker.id,
        "label": ready.label,
        "group": ready.marker.group,
        "night": night,
        "folder": ready.survey.folder,
    }


def _at(request: Request) -> str:
    return request.clock().isoformat(timespec="seconds")


def _advised(past: History, outcome: Outcome, night: str, present: Sequence[str]) -> Outcome:
    """Add whose turn it is, which is told even where no medium stands."""
    label = outcome.label if outcome.label in present else ""
    turn = turn_advice(past, labels=outcome.slot.labels, present_label=label, night=night)
    return replace(outcome, warnings=(*outcome.warnings, *turn))


def offsite(request: Request, past: History, outcomes: Iterable[Outcome], zone: tzinfo) -> tuple[str, ...]:
    """Return what is to be said of copies outside the building, dates in `zone`; `past` is from before the delivery."""
    return offsite_warnings(
        past,
        now=request.clock().astimezone(zone),
        offsite_days=request.offsite_days,
        present_labels=[outcome.label for outcome in outcomes if outcome.is_proven],
    )
