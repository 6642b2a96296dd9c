# SPDX-License-Identifier: GPL-3.0-or-later
"""Single-row functions of SQL and PL/SQL, over Python values. NULL is None, and so is an empty string."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from rehearsal.contract import Column, OracleError
from rehearsal.engine.datatypes import (
    BFILE,
    CLOB,
    DATE,
    NUMBER,
    RAW,
    TEXT,
    TIMESTAMP,
    TIMESTAMP_TZ,
    PlValue,
    number,
)

from .formats import format_datetime
from .scalars import (
    add_days,
    add_whole_seconds,
    chr_,
    coalesce,
    days_between,
    decode,
    divide,
    extreme,
    hex_to_raw,
    instr,
    mod,
    month_end,
    months_added,
    nvl,
    nvl2,
    pad,
    round_,
    substr,
    sys_context,
    text,
    to_char,
    to_date,
    to_number,
    to_timestamp,
    trunc,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .environment import Environment


FIRST_ARGUMENT = None
"""Result type of a function that returns what it was given."""


@dataclass(frozen=True)
class Builtin:
    """A function: how many arguments it takes, the type it gives, what it does.

    `result` None stands for the type of the first argument that has one.
    """

    least: int
    most: int
    result: Column | None
    run: Callable[..., PlValue]
    strict: bool = True
    """NULL in, NULL out, without asking `run`."""


BUILTINS: dict[str, Builtin] = {
    "NVL": Builtin(2, 2, FIRST_ARGUMENT, nvl, strict=False),
    "NVL2": Builtin(3, 3, FIRST_ARGUMENT, nvl2, strict=False),
    "COALESCE": Builtin(2, 99, FIRST_ARGUMENT, coalesce, strict=False),
    "NULLIF": Builtin(2, 2, FIRST_ARGUMENT, lambda _e, a, b: None if a == b else a, strict=False),
    "DECODE": Builtin(3, 255, TEXT, decode, strict=False),
    "TO_CHAR": Builtin(1, 3, TEXT, to_char),
    "TO_CLOB": Builtin(1, 1, CLOB, to_char),
    "TO_DATE": Builtin(1, 3, DATE, to_date),
    "TO_TIMESTAMP": Builtin(1, 3, TIMESTAMP, to_timestamp),
    "TO_TIMESTAMP_TZ": Builtin(1, 3, TIMESTAMP_TZ, to_timestamp),
    "TO_NUMBER": Builtin(1, 3, NUMBER, to_number),
    "UPPER": Builtin(1, 1, TEXT, lambda _e, v: text(v).upper()),
    "LOWER": Builtin(1, 1, TEXT, lambda _e, v: text(v).lower()),
    "INITCAP": Builtin(1, 1, TEXT, lambda _e, v: text(v).title()),
    "SUBSTR": Builtin(2, 3, TEXT, substr),
    "INSTR": Builtin(2, 4, NUMBER, instr),
    "LENGTH": Builtin(1, 1, NUMBER, lambda _e, v: len(text(v))),
    "LENGTHB": Builtin(1, 1, NUMBER, lambda _e, v: len(text(v).encode())),
    "TRIM": Builtin(1, 1, TEXT, lambda _e, v: text(v).strip(" ")),
    "LTRIM": Builtin(1, 2, TEXT, lambda _e, v, s=" ": text(v).lstrip(text(s))),
    "RTRIM": Builtin(1, 2, TEXT, lambda _e, v, s=" ": text(v).rstrip(text(s))),
    "LPAD": Builtin(2, 3, TEXT, lambda _e, v, n, s=" ": pad(v, n, s, left=True)),
    "RPAD": Builtin(2, 3, TEXT, lambda _e, v, n, s=" ": pad(v, n, s, left=False)),
    "REPLACE": Builtin(
        2, 3, TEXT, lambda _e, v, a, b=None: v if a is None else text(v).replace(text(a), text(b or "")), strict=False
    ),
    "TRANSLATE": Builtin(
        3,
        3,
        TEXT,
        lambda _e, v, a, b: text(v).translate({ord(x): (b[i] if i < len(b) else None) for i, x in enumerate(a)}),
    ),
    "CHR": Builtin(1, 1, TEXT, chr_),
    "ASCII": Builtin(1, 1, NUMBER, lambda _e, v: ord(text(v)[0])),
    "CONCAT": Builtin(
        2,
        2,
        TEXT,
        lambda _e, a, b: (text(a) if a is not None else "") + (text(b) if b is not None else ""),
        strict=False,
    ),
    "ABS": Builtin(1, 1, NUMBER, lambda _e, v: abs(number(v))),
    "SIGN": Builtin(1, 1, NUMBER, lambda _e, v: (number(v) > 0) - (number(v) < 0)),
    "CEIL": Builtin(1, 1, NUMBER, lambda _e, v: math.ceil(number(v))),
    "FLOOR": Builtin(1, 1, NUMBER, lambda _e, v: int(Decimal(number(v)).to_integral_value(ROUND_FLOOR))),
    "SQRT": Builtin(1, 1, NUMBER, lambda _e, v: number(math.sqrt(number(v)))),
    "POWER": Builtin(2, 2, NUMBER, lambda _e, a, b: number(Decimal(number(a)) ** Decimal(number(b)))),
    "MOD": Builtin(2, 2, NUMBER, mod),
    "ROUND": Builtin(1, 2, FIRST_ARGUMENT, round_),
    "TRUNC": Builtin(1, 2, FIRST_ARGUMENT, trunc),
    "BITAND": Builtin(2, 2, NUMBER, lambda _e, a, b: int(number(a)) & int(number(b))),
    "GREATEST": Builtin(1, 99, FIRST_ARGUMENT, extreme(max)),
    "LEAST": Builtin(1, 99, FIRST_ARGUMENT, extreme(min)),
    "RAWTOHEX": Builtin(
        1, 1, TEXT, lambda _e, v: v.hex().upper() if isinstance(v, bytes) else text(v).encode().hex().upper()
    ),
    "HEXTORAW": Builtin(1, 1, RAW, hex_to_raw),
    "ADD_MONTHS": Builtin(2, 2, DATE, months_added),
    "LAST_DAY": Builtin(1, 1, DATE, lambda _e, v: month_end(v)),
    "SYS_CONTEXT": Builtin(2, 3, TEXT, sys_context),
    "SYS_GUID": Builtin(0, 0, RAW, lambda env: env.new_guid()),
    "USER": Builtin(0, 0, TEXT, lambda env: env.user),
    "SYSDATE": Builtin(0, 0, DATE, lambda env: env.now().replace(microsecond=0, tzinfo=None)),
    "CURRENT_DATE": Builtin(0, 0, DATE, lambda env: env.session_time().replace(microsecond=0, tzinfo=None)),
    "SYSTIMESTAMP": Builtin(0, 0, TIMESTAMP_TZ, lambda env: env.now()),
    "CURRENT_TIMESTAMP": Builtin(0, 0, TIMESTAMP_TZ, lambda env: env.session_time()),
    "LOCALTIMESTAMP": Builtin(0, 0, TIMESTAMP, lambda env: env.session_time().replace(tzinfo=None)),
    "SESSIONTIMEZONE": Builtin(0, 0, TEXT, lambda env: format_datetime(env.session_time(), "TZH:TZM")),
    "DBTIMEZONE": Builtin(0, 0, TEXT, lambda _env: "+00:00"),
    "TIMESTAMP_TO_SCN": Builtin(
        1, 1, NUMBER, lambda env, v: env.scn_at(v if v.tzinfo else v.replace(tzinfo=env.now().tzinfo))
    ),
    "SCN_TO_TIMESTAMP": Builtin(1, 1, TIMESTAMP, lambda env, v: env.time_of(int(number(v))).replace(tzinfo=None)),
    "DIVIDE": Builtin(2, 2, NUMBER, divide),
    "DAYS_BETWEEN": Builtin(2, 2, NUMBER, days_between),
    "ADD_DAYS": Builtin(2, 2, DATE, add_days),
    "ADD_WHOLE_SECONDS": Builtin(2, 2, DATE, add_whole_seconds),
    "BFILENAME": Builtin(2, 2, BFILE, lambda env, d, f: env.bfile(text(d or ""), text(f or "")), strict=False),
}

WITHOUT_PARENTHESES = {
    "USER", "SYSDATE", "CURRENT_DATE", "SYSTIMESTAMP", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP",
    "SESSIONTIMEZONE", "DBTIMEZONE",
}  # fmt: skip


def call_builtin(env: Environment, name: str, values: list[PlValue]) -> PlValue:
    """Run a built-in; the count of arguments was checked when the statement was compiled.

    Raises the function's own errors, and ORA-01722, 01426 or 00932 for values it cannot work on.
    """
    builtin = BUILTINS[name]
    if builtin.strict and any(value is None for value in values):
        return None
    try:
        result = builtin.run(env, *values)
    except ValueError:
        raise OracleError(1722, "invalid number") from None
    except ArithmeticError:
        raise OracleError(1426, "numeric overflow") from None
    except (TypeError, AttributeError) as error:
        raise OracleError(932, "inconsistent datatypes") from error
    return None if result == "" else result
