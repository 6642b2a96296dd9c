# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in a directory object of the server: UTL_FILE and BFILE."""

from __future__ import annotations

BFILE = "SELECT BFILENAME(:directory, :filename) FROM dual"

FILE_ATTRIBUTES = """\
DECLARE
  present     BOOLEAN;
  file_length NUMBER;
  block_size  BINARY_INTEGER;
BEGIN
  UTL_FILE.FGETATTR(
    location => :directory, filename => :filename,
    fexists => present, file_length => file_length, block_size => block_size);
  IF present THEN
    :present := 1;
    :size_bytes := file_length;
  ELSE
    :present := 0;
    :size_bytes := 0;
  END IF;
END;"""

REMOVE_FILE = """\
BEGIN
  UTL_FILE.FREMOVE(location => :directory, filename => :filename);
END;"""

# Proves WRITE, READ and the removal of files by doing them, with one line.
PROBE_DIRECTORY = """\
DECLARE
  probe UTL_FILE.FILE_TYPE;
  line  VARCHAR2(100);
BEGIN
  probe := UTL_FILE.FOPEN(location => :directory, filename => :filename, open_mode => 'w');
  UTL_FILE.PUT_LINE(probe, 'siak-backup');
  UTL_FILE.FCLOSE(probe);
  probe := UTL_FILE.FOPEN(location => :directory, filename => :filename, open_mode => 'r');
  UTL_FILE.GET_LINE(probe, line);
  UTL_FILE.FCLOSE(probe);
  UTL_FILE.FREMOVE(location => :directory, filename => :filename);
END;"""
