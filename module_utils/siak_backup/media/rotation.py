# SPDX-License-Identifier: GPL-3.0-or-later
"""Several disks in turn: which is due, and when a copy last left the building.

Turns go by the order of the history, not by its times. Where times must be
believed, the doubt goes to the warning: a clock that was wrong, then or now,
may bring one too early, never hide one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..calendar import long_date
from .history import History, NightCopied

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

#: A copy may end a little after the moment that its caller took for now.
_SKEW = timedelta(hours=1)


def due_label(history: History, labels: Sequence[str]) -> str:
    """Return the first of the labels without a copy, or else the one whose last copy is the oldest."""
    turns = _turns(history)
    return min(labels, key=lambda label: turns.get(label, -1))


def advice(
    history: History,
    *,
    labels: Sequence[str],
    present_label: str,
    night: str,
    now: datetime,
    offsite_days: int,
    present_labels: Collection[str],
) -> tuple[str, ...]:
    """Return what to tell the office about its disks, in Indonesian: whose turn it is, then what is wrong.

    Args:
        history: as it was before this pass copied anything.
        labels: of the disks that take turns in one slot, in their order.
        present_label: of the disk that stands there now, empty for none.
        night: the dated folder this is about. That this disk has it already
            makes it no second turn, so the answer is the same in a second run.
        now: aware, in the office's zone, in which dates are told.
        offsite_days: how old the newest copy outside may be; 0 for no warning.
        present_labels: of all disks plugged in now, in whichever slot.
    """
    return (
        *turn_advice(history, labels=labels, present_label=present_label, night=night),
        *offsite_warnings(history, now=now, offsite_days=offsite_days, present_labels=present_labels),
    )


def turn_advice(history: History, *, labels: Sequence[str], present_label: str, night: str) -> tuple[str, ...]:
    """Return one sentence on whose turn it is, or none where one disk has all turns; arguments as of `advice`."""
    if len(labels) < 2:
        return ()
    before = History(
        tuple(copy for copy in history.copies if (copy.night, copy.label) != (night, present_label)),
    )
    due = due_label(before, labels)
    if present_label not in labels:
        return (f"giliran media {due}",)
    turns = _turns(before)
    if turns.get(present_label, -1) > turns.get(due, -1):
        return (f"media {present_label} dipakai lagi, giliran {due}",)
    return (f"giliran berikutnya media {due_label(before, [label for label in labels if label != present_label])}",)


def offsite_warnings(
    history: History, *, now: datetime, offsite_days: int, present_labels: Collection[str]
) -> tuple[str, ...]:
    """Return warnings on copies outside the building: those on disks not plugged in now; arguments as of `advice`.

    A copy dated after now proves nothing of its age: it is not counted, and
    the clock is named. No copy counts as younger than what was recorded after it.
    """
    if offsite_days <= 0:
        return ()
    outside: list[tuple[datetime, str]] = []
    from_the_future: tuple[datetime, str] | None = None
    bound: datetime | None = None
    for event in reversed(history.events):
        bound = min(bound or event.moment, event.moment)
        if bound > now + _SKEW:
            from_the_future = (event.moment, event.label)
        elif isinstance(event, NightCopied) and event.label not in present_labels:
            outside.append((bound, event.label))
    warnings = []
    if from_the_future:
        moment, label = from_the_future
        warnings.append(
            f"jam node kendali salah, dulu atau sekarang: salinan ke media {label} tercatat "
            f"{_date_time(moment, now)}, padahal sekarang {_date_time(now, now)}"
        )
    if not outside:
        warnings.append("belum ada salinan di luar gedung, simpan satu media di tempat lain")
    else:
        moment, label = outside[0]
        age = now - moment
        if age > timedelta(days=offsite_days):
            warnings.append(
                f"salinan terbaru di luar gedung sudah lebih dari {age.days} hari (batas {offsite_days} hari): "
                f"media {label}, {_date(moment, now)}"
            )
    return tuple(warnings)


def _turns(history: History) -> dict[str, int]:
    """Return for each label the number of its last copy."""
    return {copy.label: number for number, copy in enumerate(history.copies)}


def _date(moment: datetime, now: datetime) -> str:
    return long_date(moment.astimezone(now.tzinfo).date())


def _date_time(moment: datetime, now: datetime) -> str:
    return f"{_date(moment, now)} {moment.astimezone(now.tzinfo):%H.%M}"
