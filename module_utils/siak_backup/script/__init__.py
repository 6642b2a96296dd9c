# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's own script (`siak_export_method: script`): started, watched, judged and filed where it lies.

Nothing of ours but a shell's own commands runs on the server. docs/adr/0024 says how.
"""
