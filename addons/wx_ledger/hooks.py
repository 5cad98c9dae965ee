from odoo.tools import SQL


def uninstall_hook(env):
    """Drop what no model owns: queues, the counter of reversals and the functions.

    The tables of the models follow by Odoo's own uninstallation.
    """
    for table in ('wx_ledger_delta', 'wx_ledger_unsealed', 'wx_ledger_reversed'):
        env.cr.execute(SQL('DROP TABLE IF EXISTS %s CASCADE', SQL.identifier(table)))
    env.cr.execute(
        r"SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'wx\_ledger\_%'"
        ' AND pronamespace = current_schema::regnamespace'
    )
    for (signature,) in env.cr.fetchall():
        env.cr.execute(SQL('DROP ROUTINE IF EXISTS %s CASCADE', SQL(signature)))
