# SPDX-License-Identifier: GPL-3.0-or-later
"""DBMS_DATAPUMP: the PL/SQL face of `rehearsal.datapump`, and the KU$_ types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.datapump import StatusMask
from rehearsal.engine.datatypes import PlValue
from rehearsal.engine.lobs import TemporaryClob
from rehearsal.engine.plsql.catalog import package, subprogram
from rehearsal.engine.plsql.types import (
    DATE_TYPE,
    NUMBER_TYPE,
    RAW_TYPE,
    TEXT_TYPE,
    CollectionType,
    PlType,
    RecordType,
)
from rehearsal.engine.plsql.values import Collection, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.datapump import JobState, Status
    from rehearsal.engine.state import SessionState


def _object(name: str, /, **fields: PlType) -> RecordType:
    return RecordType(name, tuple((field.upper(), kind) for field, kind in fields.items()), is_object=True)


_N, _T = NUMBER_TYPE, TEXT_TYPE
_LOG_LINE = _object("KU$_LOGLINE", loglinenumber=_N, errornumber=_N, logtext=_T)
_LOG_ENTRY = CollectionType("KU$_LOGENTRY", _LOG_LINE)
_DUMP_FILE = _object("KU$_DUMPFILE", file_name=_T, file_type=_N, file_size=_N, file_bytes_written=_N)
_DUMP_FILE_SET = CollectionType("KU$_DUMPFILESET", _DUMP_FILE)
_WORKER_STATUS = _object(
    "KU$_WORKERSTATUS",
    worker_number=_N, process_name=_T, state=_T, schema=_T, name=_T, object_type=_T, partition=_T, completed_objects=_N,
    total_objects=_N, completed_rows=_N, completed_bytes=_N, percent_done=_N, degree=_N, instance_id=_N,
)  # fmt: skip
_WORKER_STATUS_LIST = CollectionType("KU$_WORKERSTATUSLIST", _WORKER_STATUS)
_JOB_STATUS = _object(
    "KU$_JOBSTATUS",
    job_name=_T, operation=_T, job_mode=_T, bytes_processed=_N, total_bytes=_N, percent_done=_N, degree=_N,
    error_count=_N, state=_T, phase=_N, restart_count=_N, worker_status_list=_WORKER_STATUS_LIST, files=_DUMP_FILE_SET,
)  # fmt: skip
_PARAMETER = _object(
    "KU$_PARAMVALUE", param_name=_T, param_op=_T, param_type=_T, param_length=_N, param_value_n=_N, param_value_t=_T
)
_PARAMETERS = CollectionType("KU$_PARAMVALUES", _PARAMETER)
_JOB_DESC = _object(
    "KU$_JOBDESC",
    job_name=_T, guid=RAW_TYPE, operation=_T, job_mode=_T, remote_link=_T, owner=_T, platform=_T, exp_platform=_T,
    global_name=_T, exp_global_name=_T, instance=_T, db_version=_T, exp_db_version=_T, scn=_N, creator_privs=_T,
    start_time=DATE_TYPE, exp_start_time=DATE_TYPE, term_reason=_N, max_degree=_N, log_file=_T, sql_file=_T,
    params=_PARAMETERS,
)  # fmt: skip
_STATUS = _object(
    "KU$_STATUS",
    mask=_N, wip=_LOG_ENTRY, job_description=_JOB_DESC, job_status=_JOB_STATUS, error=_LOG_ENTRY,
)  # fmt: skip
_DUMPFILE_ITEM = _object("KU$_DUMPFILE_ITEM", item_code=_N, value=_T)
_DUMPFILE_INFO = CollectionType("KU$_DUMPFILE_INFO", _DUMPFILE_ITEM)
_VERSIONED: dict[str, PlType] = {
    "KU$_LOGLINE": _LOG_LINE,
    "KU$_LOGENTRY": _LOG_ENTRY,
    "KU$_DUMPFILE": _DUMP_FILE,
    "KU$_DUMPFILESET": _DUMP_FILE_SET,
    "KU$_WORKERSTATUS": _WORKER_STATUS,
    "KU$_WORKERSTATUSLIST": _WORKER_STATUS_LIST,
    "KU$_JOBSTATUS": _JOB_STATUS,
    "KU$_PARAMVALUE": _PARAMETER,
    "KU$_PARAMVALUES": _PARAMETERS,
    "KU$_JOBDESC": _JOB_DESC,
    "KU$_STATUS": _STATUS,
}
GLOBAL_TYPES: dict[str, PlType] = {
    "KU$_DUMPFILE_ITEM": _DUMPFILE_ITEM,
    "KU$_DUMPFILE_INFO": _DUMPFILE_INFO,
    **_VERSIONED,
    **{f"{name}{suffix}": kind for name, kind in _VERSIONED.items() for suffix in ("1010", "1020", "1120")},
}
"""Types of SYS with public synonyms; a versioned name stands for the same type, which is the newest one here."""

_CONSTANTS = {
    "KU$_STATUS_WIP": 1, "KU$_STATUS_JOB_DESC": 2, "KU$_STATUS_JOB_STATUS": 4, "KU$_STATUS_JOB_ERROR": 8,
    "KU$_FILE_TYPE_DUMP_FILE": 1, "KU$_FILE_TYPE_BAD_FILE": 2, "KU$_FILE_TYPE_LOG_FILE": 3, "KU$_FILE_TYPE_SQL_FILE": 4,
    "KU$_FILE_TYPE_URIDUMP_FILE": 5, "KU$_DUMPFILE_TYPE_DISK": 0, "KU$_DUMPFILE_TYPE_PIPE": 1,
    "KU$_DUMPFILE_TYPE_TAPE": 2, "KU$_DUMPFILE_TYPE_TEMPLATE": 3, "KU$_DUMPFILE_TYPE_URIDISK": 4,
    "KU$_JOB_VIEW_ALL": 0, "KU$_JOB_VIEW_TTS_TABLESPACES": 1, "KU$_JOB_VIEW_ENCCOL_TABLES": 2,
    "KU$_JOB_COMPLETE": 1, "KU$_JOB_COMPLETE_ERRORS": 2, "KU$_JOB_STOPPED": 3, "KU$_JOB_ABORTED": 4,
    "KU$_STATUS_VERSION": 3, "KU$_COMPRESS_NONE": 1, "KU$_COMPRESS_METADATA": 2,
    "KU$_DATAOPT_SKIP_CONST_ERR": 1, "KU$_DATAOPT_XMLTYPE_CLOB": 2, "KU$_DATAOPT_NOTYPE_EVOL": 4,
    "KU$_DATAOPT_DISABL_APPEND_HINT": 8,
}  # fmt: skip
_EXCEPTIONS = {
    "INVALID_ARGVAL": 39001, "INVALID_OPERATION": 39002, "INVALID_STATE": 39004, "INCONSISTENT_ARGS": 39005,
    "INTERNAL_ERROR": 39006, "PRIVILEGE_ERROR": 31631, "INVALID_HANDLE": 31623, "JOB_EXISTS": 31634,
    "NO_SUCH_JOB": 31626, "SUCCESS_WITH_INFO": 31627, "NO_DUMPFILE_INFO": 39211,
}  # fmt: skip


def _plain(value: PlValue, kind: PlType) -> PlValue:
    """Turn a dataclass of `rehearsal.datapump` into a PL/SQL value; attributes go by name without underscores."""
    if value is None:
        return None
    if isinstance(kind, CollectionType):
        return Collection.of(kind, [_plain(item, kind.element) for item in value])
    if isinstance(kind, RecordType):
        have = {name.replace("_", "").upper(): item for name, item in vars(value).items()}
        fields = {name: _plain(have.get(name.replace("_", "")), inner) for name, inner in kind.fields}
        return Record(kind, fields)
    if isinstance(value, str):
        return str(value) or None
    return int(value) if isinstance(value, int) else value


def _parameter(parameter: PlValue) -> Record:
    text = parameter.param_value
    fields = {
        "PARAM_NAME": parameter.param_name,
        "PARAM_OP": parameter.param_op,
        "PARAM_TYPE": parameter.param_type,
        "PARAM_LENGTH": len(text),
        "PARAM_VALUE_N": int(text) if parameter.param_type == "NUMBER" and text.lstrip("-").isdigit() else None,
        "PARAM_VALUE_T": text,
    }
    return Record(_PARAMETER, fields)


def _status(status: PlValue) -> Record:
    record: Record = _plain(status, _STATUS)
    description = status.job_description
    if description is not None:
        inner = record.fields["JOB_DESCRIPTION"].fields
        inner["PARAMS"] = Collection.of(_PARAMETERS, [_parameter(parameter) for parameter in description.params])
        start = description.start_time
        inner["START_TIME"] = start and start.replace(microsecond=0, tzinfo=None)
    return record


def _get_status(state: SessionState, handle: PlValue, mask: PlValue, timeout: PlValue) -> tuple[JobState, Status]:
    seconds = None if timeout is None else int(timeout)
    with state.instance.masters_remembered():
        return state.instance.datapump.get_status(state.caller(), _handle(handle), mask=_mask(mask), timeout=seconds)


def _mask(mask: PlValue) -> int:
    return int(StatusMask(0)) if mask is None else int(mask)


def _handle(handle: PlValue) -> int:
    return 0 if handle is None else int(handle)


def _get_status_function(state: SessionState, handle: PlValue, mask: PlValue, timeout: PlValue = None) -> Record:
    return _status(_get_status(state, handle, mask, timeout)[1])


def _get_status_procedure(
    state: SessionState, handle: PlValue, mask: PlValue, timeout: PlValue = None
) -> dict[str, PlValue]:
    job_state, status = _get_status(state, handle, mask, timeout)
    return {"job_state": str(job_state), "status": _status(status)}


def _wait_for_job(state: SessionState, handle: PlValue) -> dict[str, PlValue]:
    with state.instance.masters_remembered():
        return {"job_state": str(state.instance.datapump.wait_for_job(state.caller(), _handle(handle)))}


def _get_dumpfile_info(state: SessionState, filename: str | None, directory: str | None) -> dict[str, PlValue]:
    items, filetype = state.instance.datapump.get_dumpfile_info(state.caller(), filename=filename, directory=directory)
    return {"info_table": _plain(items, _DUMPFILE_INFO), "filetype": filetype}


def _argument(value: PlValue, *, whole: bool) -> PlValue:
    if isinstance(value, TemporaryClob):
        return value.text()
    return int(value) if whole and value is not None else value


def _pump(method: str, whole: Sequence[str] = ()) -> PlValue:
    """Return code that calls a method of `DataPump` by the package's own parameter names.

    CLOB values become text; those named in `whole` become integers (None stays None).
    """

    def run(state: SessionState, **given: PlValue) -> PlValue:
        arguments = {name: _argument(value, whole=name in whole) for name, value in given.items()}
        positional = [_handle(arguments.pop("handle"))] if "handle" in arguments else []
        with state.instance.masters_remembered():
            return getattr(state.instance.datapump, method)(state.caller(), *positional, **arguments)

    return run


_ADD_FILE = (
    "PROCEDURE add_file(handle IN NUMBER, filename IN VARCHAR2, directory IN VARCHAR2 DEFAULT NULL, "
    "filesize IN VARCHAR2 DEFAULT NULL, filetype IN NUMBER DEFAULT 1, reusefile IN NUMBER DEFAULT NULL)"
)
_METADATA_FILTER = (
    "PROCEDURE metadata_filter(handle IN NUMBER, name IN VARCHAR2, value IN {}, object_path IN VARCHAR2 DEFAULT NULL, "
    "object_type IN VARCHAR2 DEFAULT NULL)"
)
_DATA_FILTER = (
    "PROCEDURE data_filter(handle IN NUMBER, name IN VARCHAR2, value IN {}, table_name IN VARCHAR2 DEFAULT NULL, "
    "schema_name IN VARCHAR2 DEFAULT NULL)"
)
_TRANSFORM = (
    "PROCEDURE metadata_transform(handle IN NUMBER, name IN VARCHAR2, value IN {}, "
    "object_type IN VARCHAR2 DEFAULT NULL)"
)
DBMS_DATAPUMP = package(
    "DBMS_DATAPUMP",
    subprogram(
        "FUNCTION open(operation IN VARCHAR2, job_mode IN VARCHAR2, remote_link IN VARCHAR2 DEFAULT NULL, "
        "job_name IN VARCHAR2 DEFAULT NULL, version IN VARCHAR2 DEFAULT 'COMPATIBLE', compression IN NUMBER DEFAULT 2) "
        "RETURN NUMBER",
        _pump("open", ("compression",)),
    ),
    subprogram(_ADD_FILE, _pump("add_file", ("filetype", "reusefile"))),
    subprogram(
        "FUNCTION attach(job_name IN VARCHAR2 DEFAULT NULL, job_owner IN VARCHAR2 DEFAULT NULL) RETURN NUMBER",
        _pump("attach"),
    ),
    *(subprogram(_METADATA_FILTER.format(kind), _pump("metadata_filter")) for kind in ("VARCHAR2", "CLOB")),
    *(subprogram(_DATA_FILTER.format(kind), _pump("data_filter")) for kind in ("NUMBER", "VARCHAR2", "CLOB")),
    subprogram(
        "PROCEDURE metadata_remap(handle IN NUMBER, name IN VARCHAR2, old_value IN VARCHAR2, value IN VARCHAR2, "
        "object_type IN VARCHAR2 DEFAULT NULL)",
        _pump("metadata_remap"),
    ),
    *(subprogram(_TRANSFORM.format(kind), _pump("metadata_transform")) for kind in ("VARCHAR2", "NUMBER")),
    *(
        subprogram(
            f"PROCEDURE set_parameter(handle IN NUMBER, name IN VARCHAR2, value IN {kind})", _pump("set_parameter")
        )
        for kind in ("VARCHAR2", "NUMBER")
    ),
    subprogram("PROCEDURE set_parallel(handle IN NUMBER, degree IN NUMBER)", _pump("set_parallel", ("degree",))),
    subprogram(
        "PROCEDURE log_entry(handle IN NUMBER, message IN VARCHAR2, log_file_only IN NUMBER DEFAULT 0)",
        _pump("log_entry", ("log_file_only",)),
    ),
    subprogram(
        "PROCEDURE start_job(handle IN NUMBER, skip_current IN NUMBER DEFAULT 0, abort_step IN NUMBER DEFAULT 0, "
        "cluster_ok IN NUMBER DEFAULT 1, service_name IN VARCHAR2 DEFAULT NULL)",
        _pump("start_job", ("skip_current", "abort_step", "cluster_ok")),
    ),
    subprogram(
        "PROCEDURE get_status(handle IN NUMBER, mask IN INTEGER, timeout IN NUMBER DEFAULT NULL, "
        "job_state OUT VARCHAR2, status OUT ku$_status)",
        _get_status_procedure,
        GLOBAL_TYPES,
    ),
    subprogram(
        "FUNCTION get_status(handle IN NUMBER, mask IN INTEGER, timeout IN NUMBER DEFAULT NULL) RETURN ku$_status",
        _get_status_function,
        GLOBAL_TYPES,
    ),
    subprogram(
        "PROCEDURE stop_job(handle IN NUMBER, immediate IN NUMBER DEFAULT 0, keep_master IN NUMBER DEFAULT NULL, "
        "delay IN NUMBER DEFAULT 60)",
        _pump("stop_job", ("immediate", "keep_master", "delay")),
    ),
    subprogram("PROCEDURE wait_for_job(handle IN NUMBER, job_state OUT VARCHAR2)", _wait_for_job),
    subprogram("PROCEDURE detach(handle IN NUMBER)", _pump("detach")),
    subprogram(
        "PROCEDURE get_dumpfile_info(filename IN VARCHAR2, directory IN VARCHAR2, info_table OUT ku$_dumpfile_info, "
        "filetype OUT NUMBER)",
        _get_dumpfile_info,
        GLOBAL_TYPES,
    ),
    constants={name: (NUMBER_TYPE, value) for name, value in _CONSTANTS.items()},
    exceptions=_EXCEPTIONS,
    types={name: kind for name, kind in GLOBAL_TYPES.items() if name in _VERSIONED},
)
