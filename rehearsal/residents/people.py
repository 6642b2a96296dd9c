# SPDX-License-Identifier: GPL-3.0-or-later
"""Families, and the rows they leave in each table. The same arguments give the same rows."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from rehearsal.residents import names, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.contract import Value
    from rehearsal.residents.tables import Table

    Row = tuple[Value, ...]

_T = TypeVar("_T")

AREA: Final = 620899
AS_OF: Final = datetime(2025, 1, 9)  # noqa: DTZ001 - an Oracle DATE has no zone; the SOP took effect that day
_PROP, _KAB, _KEC = 62, 8, 99
_FIRST_VILLAGE = 2001
_MALE, _FEMALE = 1, 2
_HEAD, _WIFE, _CHILD, _RELATIVE = 1, 3, 4, 9
_SINGLE, _MARRIED, _WIDOWED = 1, 2, 4
_PRESENT, _DEAD, _GONE = "0", "2", "3"
_SIZES = (1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 7)
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class _Person:
    nik: int
    name: str
    sex: int
    born: datetime
    age_years: float
    relation: int
    certificate: str | None
    status: str


@dataclass(frozen=True, slots=True)
class _Family:
    card: int
    people: tuple[_Person, ...]
    village: int
    issued: datetime

    @property
    def head(self) -> _Person:
        return self.people[0]

    @property
    def wife(self) -> _Person | None:
        return next((person for person in self.people[1:2] if person.relation == _WIFE), None)


def batches(residents: int, *, seed: int = AREA, as_of: datetime = AS_OF) -> Iterator[tuple[Table, list[Row]]]:
    """Yield the whole registry as (table, rows), in batches, in an order that respects foreign keys.

    BIODATA_WNI receives exactly `residents` rows. A table comes many times, or
    not at all when it stays empty. Memory does not grow with `residents` beyond
    a few counters per day. `as_of` is the registry's today. Raises ValueError
    for a negative number, and for more people than four serial digits allow.
    """
    if residents < 0:
        raise ValueError(f"residents must not be negative: {residents}")
    yield from _setup_rows()
    registry = _Registry(random.Random(seed), as_of)
    left = residents
    while left:
        size = min(left, registry.family_size())
        registry.add_family(size)
        left -= size
        if registry.waiting >= 1000 or not left:
            yield from registry.take()


def _setup_rows() -> Iterator[tuple[Table, list[Row]]]:
    yield tables.SETUP_PROP, [(_PROP, "PROVINSI GLADI")]
    yield tables.SETUP_KAB, [(_PROP, _KAB, "KABUPATEN GLADI")]
    yield tables.SETUP_KEC, [(_PROP, _KAB, _KEC, "KECAMATAN GLADI")]
    yield (
        tables.SETUP_KEL,
        [(_PROP, _KAB, _KEC, _FIRST_VILLAGE + i, village) for i, village in enumerate(names.VILLAGES)],
    )


class _Registry:
    """Hands out families with unique numbers and collects their rows."""

    def __init__(self, rng: random.Random, as_of: datetime) -> None:
        self._random = rng.random
        self._as_of = as_of
        self._niks: Counter[int] = Counter()
        self._cards: Counter[int] = Counter()
        self._certificates: Counter[str] = Counter()
        self._rows: dict[str, list[Row]] = {table.name: [] for table in tables.TABLES}

    @property
    def waiting(self) -> int:
        """Number of people not yet taken."""
        return len(self._rows["BIODATA_WNI"])

    def take(self) -> list[tuple[Table, list[Row]]]:
        """Return the rows collected since the last call."""
        taken = [(table, self._rows[table.name]) for table in tables.TABLES if self._rows[table.name]]
        for table, _ in taken:
            self._rows[table.name] = []
        return taken

    def family_size(self) -> int:
        """Draw the size of the next family, 1 to 7."""
        return self._pick(_SIZES)

    def add_family(self, size: int) -> None:
        """Collect the rows of one family of `size` people."""
        gone = self._random() < 0.01
        issued = self._days_ago(1, 9000)
        people = self._people(size, gone=gone)
        village = _FIRST_VILLAGE + int(self._random() * len(names.VILLAGES))
        family = _Family(self._number(self._cards, issued, 0), people, village, issued)
        self._rows["DATA_KELUARGA"].append(self._family_row(family))
        self._rows["BIODATA_WNI"].extend(self._resident_row(person, family) for person in people)
        for person in people:
            if person.certificate and person.relation == _CHILD and person.age_years < 10:
                self._rows["CAPIL_LAHIR"].append(self._birth_row(person, family))
            if person.status == _DEAD:
                self._rows["CAPIL_MATI"].append(self._death_row(person))
        if gone:
            self._move(family, "PINDAH", "SKPWNI")
        elif self._random() < 0.015:
            self._move(family, "DATANG", "SKDWNI")

    def _people(self, size: int, *, gone: bool) -> tuple[_Person, ...]:
        status = _GONE if gone else _PRESENT
        couple = size > 1 and self._random() < 0.9
        age = 21 + self._random() * 50
        sex = _MALE if couple or self._random() < 0.4 else _FEMALE
        people = [self._person(sex, age, _HEAD, status)]
        if couple:
            age = max(19.0, age - 6 + self._random() * 8)
            people.append(self._person(_FEMALE, age, _WIFE, status))
        while len(people) < size:
            sex = _MALE if self._random() < 0.5 else _FEMALE
            if self._random() < 0.92:
                people.append(self._person(sex, self._random() * min(max(age - 19, 0.1), 30), _CHILD, status))
            else:
                dead = not gone and self._random() < 0.3
                people.append(self._person(sex, 55 + self._random() * 35, _RELATIVE, _DEAD if dead else status))
        return tuple(people)

    def _person(self, sex: int, age_years: float, relation: int, status: str) -> _Person:
        born = self._as_of - timedelta(days=int(age_years * _YEAR_DAYS) + 1)
        nik = self._number(self._niks, born, 40 if sex == _FEMALE else 0)
        given = names.MALE if sex == _MALE else names.FEMALE
        first, second, last = self._pick(given), self._pick(given), self._pick(names.LAST)
        name = f"{first} {last}" if first == second else f"{first} {second} {last}"
        certificate = self._certificate("LU", born) if self._random() < 0.7 else None
        return _Person(nik, name, sex, born, age_years, relation, certificate, status)

    def _family_row(self, family: _Family) -> Row:
        street = f"JL. {self._pick(names.STREETS)} № {1 + int(self._random() * 200)}"
        rt, rw = 1 + int(self._random() * 20), 1 + int(self._random() * 6)
        hamlet = f"DUSUN {self._pick(names.STREETS)}" if self._random() < 0.2 else None
        telephone = f"0000-{int(self._random() * 1e6):06d}" if self._random() < 0.3 else None
        return (
            family.card, family.head.name, street, rt, rw, hamlet, 74000 + family.village % 100, telephone,
            _PROP, _KAB, _KEC, family.village, family.issued, "1",
        )  # fmt: skip

    def _resident_row(self, person: _Person, family: _Family) -> Row:
        wife = family.wife
        couple = wife is not None and person.relation in {_HEAD, _WIFE}
        father, mother = (family.head, wife) if person.relation == _CHILD else (None, None)
        return (
            person.nik,
            person.name,
            person.sex,
            self._pick(names.PLACES),
            person.born,
            person.certificate,
            1 + int(self._random() * 13) if self._random() < 0.5 else None,
            1 + int(self._random() ** 3 * 7),
            _MARRIED if couple else _WIDOWED if person.relation == _RELATIVE else _SINGLE,
            wife.born + timedelta(days=19 * 365) if couple and wife else None,
            person.relation,
            1 if person.age_years < 7 else 2 + int(self._random() * 8),
            1 if person.age_years < 17 else 2 + int(self._random() * 87),
            mother.nik if mother else None,
            mother.name if mother else None,
            father.nik if father else None,
            father.name if father else None,
            family.card,
            _PROP,
            _KAB,
            _KEC,
            family.village,
            max(family.issued, person.born + timedelta(hours=9)),
            person.status,
        )

    def _birth_row(self, child: _Person, family: _Family) -> Row:
        entered = min(self._as_of, child.born + timedelta(days=7 + int(self._random() * 50), hours=10))
        order, weight_kg = 1 + int(self._random() * 4), 2 + int(self._random() * 3)
        mother_nik = family.wife.nik if family.wife else None
        return (
            child.certificate, child.nik, child.name, child.born, order, weight_kg, mother_nik, family.head.nik,
            entered,
        )  # fmt: skip

    def _death_row(self, person: _Person) -> Row:
        died = self._days_ago(30, 1500)
        certificate = self._certificate("KM", died)
        place, cause = self._pick(names.PLACES), self._pick(names.CAUSES)
        return (certificate, person.nik, person.name, died, place, cause, died + timedelta(days=3))

    def _move(self, family: _Family, event: str, kind: str) -> None:
        when = self._days_ago(5, 2000)
        number = f"{kind}/{self._certificate('99', when)}"
        reason, elsewhere = self._pick(names.REASONS), self._pick(names.ELSEWHERE)
        self._rows[f"{event}_HEADER"].append(
            (number, family.card, family.head.name, reason, elsewhere, len(family.people), when)
        )
        self._rows[f"{event}_DETAIL"].extend(
            (number, person.nik, person.name, person.relation) for person in family.people
        )

    def _number(self, issued: Counter[int], day: datetime, shift: int) -> int:
        """Return the next free number: area, DDMMYY (day shifted by 40 for women), four digits."""
        prefix = AREA * 1_000_000 + (day.day + shift) * 10_000 + day.month * 100 + day.year % 100
        issued[prefix] += 1
        if issued[prefix] > 9999:
            raise ValueError(f"more than 9999 numbers on {day:%d-%m-%y}: too many residents for one district")
        return prefix * 10_000 + issued[prefix]

    def _certificate(self, kind: str, day: datetime) -> str:
        prefix = f"{AREA // 100}-{kind}-{day.day:02d}{day.month:02d}{day.year}"
        self._certificates[prefix] += 1
        return f"{prefix}-{self._certificates[prefix]:04d}"

    def _days_ago(self, least: int, most: int) -> datetime:
        return self._as_of + timedelta(days=-least - int(self._random() * (most - least)), hours=9)

    def _pick(self, values: Sequence[_T]) -> _T:
        return values[int(self._random() * len(values))]
