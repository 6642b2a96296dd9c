# SPDX-License-Identifier: GPL-3.0-or-later
"""STRMTABLE_T: the XML at the head of every table stream that says whose rows follow and of which columns.

Element names and order are those found in dumps of 11.2, 12.2 and 23; FDO (the origin's number and date formats) is
the same in all of them, whatever the platform.
"""

from __future__ import annotations

import struct
from functools import partial
from html import escape as escape_html
from typing import TYPE_CHECKING

from rehearsal.contract import OraType

if TYPE_CHECKING:
    from rehearsal.contract import Column

    from .model import DatabaseFacts, Table

_FDO = (
    "0000006001240F050B0C030C0C0504050D0609070805050505050F05050505050A050505050504050607080823472347081123081141B047"
    "0083036907D00300000000000000000000000000000000000000000000000000000000000000000000000000"
)
_LENGTHS = {
    OraType.NUMBER: 22,
    OraType.BINARY_INTEGER: 22,
    OraType.DATE: 7,
    OraType.BINARY_FLOAT: 4,
    OraType.BINARY_DOUBLE: 8,
    OraType.TIMESTAMP: 11,
    OraType.TIMESTAMP_LTZ: 11,
    OraType.TIMESTAMP_TZ: 13,
    OraType.CLOB: 4000,
    OraType.BLOB: 4000,
    OraType.LONG: 0,
    OraType.LONG_RAW: 0,
}
_escape = partial(escape_html, quote=False)
"""Escape text of an element. (`xml.sax.saxutils` would do the same, and import an HTTP client.)"""
_TEXT = frozenset({OraType.VARCHAR2, OraType.CHAR, OraType.LONG, OraType.CLOB})
_PROPERTY_HEAP, _PROPERTY_LOB = 0x20000000, 0x40800
_UNCONSTRAINED_SCALE = -127


def stream_xml(table: Table, facts: DatabaseFacts) -> bytes:
    """Return the XML of `table`, behind the two bytes of its character set's number."""
    columns = "".join(_column(number, column, table, facts) for number, column in enumerate(table.columns, 1))
    has_lob = any(column.type in {OraType.CLOB, OraType.BLOB} for column in table.columns)
    text = (
        '<?xml version="1.0"?><ROWSET><ROW>\n  <STRMTABLE_T><VERS_MAJOR>1</VERS_MAJOR><VERS_MINOR>2 </VERS_MINOR>'
        f"<VERS_DPAPI>3</VERS_DPAPI><ENDIANNESS>2</ENDIANNESS><CHARSET>{_escape(facts.charset)}</CHARSET>"
        f"<NCHARSET>AL16UTF16</NCHARSET><DBTIMEZONE>+00:00</DBTIMEZONE><FDO>{_FDO}</FDO>"
        f"<OBJ_NUM>{table.object_id}</OBJ_NUM><OWNER_NAME>{_escape(table.owner)}</OWNER_NAME>"
        f"<NAME>{_escape(table.name)}</NAME><PROPERTY>{_PROPERTY_HEAP | (_PROPERTY_LOB if has_lob else 0)}</PROPERTY>"
        f"<PROPERTY2>0</PROPERTY2><COL_LIST>{columns}</COL_LIST></STRMTABLE_T></ROW></ROWSET>"
    )
    return struct.pack(">H", facts.charset_id) + text.encode()


def _column(number: int, column: Column, table: Table, facts: DatabaseFacts) -> str:
    is_text = column.type in _TEXT
    length = _LENGTHS.get(column.type, column.size)
    precision = f"<PRECISION_NUM>{column.precision}</PRECISION_NUM>" if column.precision else ""
    scale = "" if column.scale == _UNCONSTRAINED_SCALE else f"<SCALE>{column.scale}</SCALE>"
    is_number = column.type in {OraType.NUMBER, OraType.BINARY_INTEGER}
    lob = "<LOB_PROPERTY>2</LOB_PROPERTY>" if column.type in {OraType.CLOB, OraType.BLOB} else ""
    return (
        f"<COL_LIST_ITEM><OBJ_NUM>{table.object_id}</OBJ_NUM><COL_NUM>{number}</COL_NUM>"
        f"<INTCOL_NUM>{number}</INTCOL_NUM><SEGCOL_NUM>{number}</SEGCOL_NUM><COL_SORTKEY>{number}</COL_SORTKEY>"
        f"<BASE_INTCOL_NUM>{number}</BASE_INTCOL_NUM><BASE_COL_TYPE>0</BASE_COL_TYPE><PROPERTY>0</PROPERTY>"
        f"<PROPERTY2>0</PROPERTY2><NAME>{_escape(column.name)}</NAME><TYPE_NUM>{int(column.type)}</TYPE_NUM>"
        f"<LENGTH>{length}</LENGTH>{precision + scale if is_number else ''}"
        f"<NOT_NULL>{0 if column.nullable else 1}</NOT_NULL>"
        f"<CHARSETID>{facts.charset_id if is_text else 0}</CHARSETID><CHARSETFORM>{int(is_text)}</CHARSETFORM>"
        f"<CHARLENGTH>{column.size if column.type in {OraType.VARCHAR2, OraType.CHAR} else 0}</CHARLENGTH>{lob}"
        "</COL_LIST_ITEM>"
    )
