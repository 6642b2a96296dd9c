-- SPDX-License-Identifier: GPL-3.0-or-later
-- Takes back what backup_account_own.sql gave, but for what SIAK itself may
-- need of its owner: CREATE SESSION, CREATE TABLE and the packages, which
-- PUBLIC has in most databases. Files in the directory stay.
DEFINE schema_owner = 'SIAKOFF'

REVOKE SELECT ON sys.v_$database FROM &schema_owner;
DROP DIRECTORY siak_backup_dir;
