"""Scenes of `ledger_scenes` on a ledger from which a safeguard was taken out; run inside Odoo."""

from unittest.mock import patch

import ledger_scenes


def locks_in_the_order_of_the_lines(env):
    _plant(
        env,
        'wx_ledger_lock_accounts',
        r'ORDER BY id FOR NO KEY UPDATE(?! NOWAIT)',
        'ORDER BY array_position(p_accounts, id) FOR NO KEY UPDATE',
    )
    return ledger_scenes.opposite_directions(env)


def keys_without_on_conflict(env):
    _plant(env, 'wx_ledger_%', r'ON CONFLICT \(company_id, key\) DO NOTHING', '')
    return ledger_scenes.one_key_without_locks(env)


def accounts_without_on_conflict(env):
    from odoo.sql_db import Cursor
    from odoo.tools import SQL

    execute = Cursor.execute

    def execute_without(cursor, query, *arguments, **options):
        if isinstance(query, SQL) and 'INSERT INTO wx_ledger_account' in query.code:
            code = query.code.replace('ON CONFLICT DO NOTHING', '')
            assert code != query.code
            query = SQL(code, *query.params)
        return execute(cursor, query, *arguments, **options)

    with patch.object(Cursor, 'execute', execute_without):
        return ledger_scenes.accounts_opened_at_once(env)


def _plant(env, functions, pattern, replacement):
    from odoo.addons.wx_ledger.tests.sabotage import plant

    plant(env.cr, functions, pattern, replacement)
    env.cr.commit()
