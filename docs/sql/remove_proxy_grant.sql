-- SPDX-License-Identifier: GPL-3.0-or-later
-- Takes back what proxy_grant.sql gave; the proxy account itself stays.
DEFINE schema_owner = 'SIAKOFF'
DEFINE proxy_account = 'SIAK_BACKUP'

ALTER USER &schema_owner REVOKE CONNECT THROUGH &proxy_account;
