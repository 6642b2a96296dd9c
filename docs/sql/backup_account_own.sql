-- SPDX-License-Identifier: GPL-3.0-or-later
-- For a backup that logs on as the owner of SIAK's tables and exports that
-- schema alone (export_mode schema with the owner as the only one in
-- siak_schemas): no role, nothing of other schemas. The owner exists already;
-- this adds what a backup needs. Its password is then SIAK's own and must be
-- kept accordingly: an account of its own (backup_account.sql) is safer.
-- Run in SQL*Plus as a DBA, in the database or PDB that holds SIAK:
--   sqlplus / as sysdba @backup_account_own.sql
-- Change the lines below first; the folder must exist on the SERVER and belong
-- to the operating system's oracle user.
WHENEVER SQLERROR EXIT FAILURE
DEFINE schema_owner = 'SIAKOFF'
DEFINE backup_path = '/u01/siak_backup'

-- To log on, and to hold Data Pump's master table while a job runs, for which
-- the quota that the owner has in its default tablespace must leave 10 MB.
GRANT CREATE SESSION TO &schema_owner;
GRANT CREATE TABLE TO &schema_owner;

-- To see that the database is open, and its SCN.
GRANT SELECT ON sys.v_$database TO &schema_owner;

-- PUBLIC has these unless somebody hardened the database.
GRANT EXECUTE ON sys.dbms_datapump TO &schema_owner;
GRANT EXECUTE ON sys.utl_file TO &schema_owner;
GRANT EXECUTE ON sys.dbms_lob TO &schema_owner;

-- Where the dump is written, and from where it is read over SQL*Net.
CREATE OR REPLACE DIRECTORY siak_backup_dir AS '&backup_path';
GRANT READ, WRITE ON DIRECTORY siak_backup_dir TO &schema_owner;
