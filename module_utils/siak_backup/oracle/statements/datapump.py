# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of DBMS_DATAPUMP, by name, as its specification of 11.2 has them."""

from __future__ import annotations

OPEN = """\
BEGIN
  :handle := DBMS_DATAPUMP.OPEN(
    operation => 'EXPORT', job_mode => :job_mode, job_name => :job_name, version => :version);
END;"""

ADD_LOG_FILE = """\
BEGIN
  DBMS_DATAPUMP.ADD_FILE(
    handle => :handle, filename => :filename, directory => :directory,
    filetype => DBMS_DATAPUMP.KU$_FILE_TYPE_LOG_FILE);
END;"""

# Without REUSEFILE an existing dump file is an error, never overwritten.
ADD_DUMP_FILES = """\
BEGIN
  DBMS_DATAPUMP.ADD_FILE(
    handle => :handle, filename => :filename, directory => :directory, filesize => :piece_size,
    filetype => DBMS_DATAPUMP.KU$_FILE_TYPE_DUMP_FILE);
END;"""

# The value is an SQL predicate of checked identifiers, e.g. IN ('SIAKOFF').
FILTER_SCHEMAS = """\
BEGIN
  DBMS_DATAPUMP.METADATA_FILTER(handle => :handle, name => 'SCHEMA_EXPR', value => :predicate);
END;"""

# Names of objects of one path, e.g. TABLE and NOT IN ('LOG_TMP').
FILTER_NAMES = """\
BEGIN
  DBMS_DATAPUMP.METADATA_FILTER(
    handle => :handle, name => 'NAME_EXPR', value => :predicate, object_path => :object_path);
END;"""

# Two filters of one name would both have to hold: all paths come in one predicate, e.g. IN ('STATISTICS','GRANT').
INCLUDE_PATHS = """\
BEGIN
  DBMS_DATAPUMP.METADATA_FILTER(handle => :handle, name => 'INCLUDE_PATH_EXPR', value => :predicate);
END;"""

EXCLUDE_PATHS = """\
BEGIN
  DBMS_DATAPUMP.METADATA_FILTER(handle => :handle, name => 'EXCLUDE_PATH_EXPR', value => :predicate);
END;"""

# NUMBER and VARCHAR2 are overloads of one procedure: the bind's type chooses.
SET_NUMBER = """\
DECLARE
  amount NUMBER := :amount;
BEGIN
  DBMS_DATAPUMP.SET_PARAMETER(handle => :handle, name => :name, value => amount);
END;"""

SET_TEXT = """\
DECLARE
  text VARCHAR2(2000) := :text;
BEGIN
  DBMS_DATAPUMP.SET_PARAMETER(handle => :handle, name => :name, value => text);
END;"""

SET_PARALLEL = """\
BEGIN
  DBMS_DATAPUMP.SET_PARALLEL(handle => :handle, degree => :degree);
END;"""

LOG_ENTRY = """\
BEGIN
  DBMS_DATAPUMP.LOG_ENTRY(handle => :handle, message => :message);
END;"""

# CLUSTER=NO of expdp: workers on other nodes of a RAC would write their pieces there. From 11.2 on.
START_JOB_HERE = """\
BEGIN
  DBMS_DATAPUMP.START_JOB(handle => :handle, cluster_ok => 0);
END;"""

START_JOB = """\
BEGIN
  DBMS_DATAPUMP.START_JOB(handle => :handle);
END;"""

# The record flattened to scalars and text, because its type differs between
# releases. A line of text is error number, blank, message; only as many lines
# as fit are kept, the log has them all.
GET_STATUS = """\
DECLARE
  job_state VARCHAR2(30);
  status    KU$_STATUS;
  job       KU$_JOBSTATUS;
  entries   KU$_LOGENTRY;
  messages  VARCHAR2(32767);
  problems  VARCHAR2(32767);
  position  BINARY_INTEGER;
BEGIN
  DBMS_DATAPUMP.GET_STATUS(
    handle => :handle, mask => :mask, timeout => :timeout, job_state => job_state, status => status);
  IF BITAND(status.mask, DBMS_DATAPUMP.KU$_STATUS_WIP) != 0 THEN
    entries := status.wip;
    IF entries IS NOT NULL THEN
      position := entries.FIRST;
      WHILE position IS NOT NULL LOOP
        IF LENGTH(messages) IS NULL OR LENGTH(messages) < 5000 THEN
          messages := messages || entries(position).errornumber || ' ' || entries(position).logtext || CHR(10);
        END IF;
        position := entries.NEXT(position);
      END LOOP;
    END IF;
  END IF;
  IF BITAND(status.mask, DBMS_DATAPUMP.KU$_STATUS_JOB_ERROR) != 0 THEN
    entries := status.error;
    IF entries IS NOT NULL THEN
      position := entries.FIRST;
      WHILE position IS NOT NULL LOOP
        IF LENGTH(problems) IS NULL OR LENGTH(problems) < 5000 THEN
          problems := problems || entries(position).errornumber || ' ' || entries(position).logtext || CHR(10);
        END IF;
        position := entries.NEXT(position);
      END LOOP;
    END IF;
  END IF;
  IF BITAND(status.mask, DBMS_DATAPUMP.KU$_STATUS_JOB_STATUS) != 0 THEN
    job := status.job_status;
    :bytes_processed := job.bytes_processed;
    :total_bytes := job.total_bytes;
    :percent_done := job.percent_done;
    :error_count := job.error_count;
  END IF;
  :job_state := job_state;
  :messages := SUBSTR(messages, 1, 8000);
  :problems := SUBSTR(problems, 1, 8000);
END;"""

ATTACH = """\
BEGIN
  :handle := DBMS_DATAPUMP.ATTACH(job_name => :job_name);
END;"""

# At once, without keeping the master table: nobody will restart the job.
STOP_JOB = """\
BEGIN
  DBMS_DATAPUMP.STOP_JOB(handle => :handle, immediate => 1, keep_master => 0, delay => 0);
END;"""

DETACH = """\
BEGIN
  DBMS_DATAPUMP.DETACH(handle => :handle);
END;"""
