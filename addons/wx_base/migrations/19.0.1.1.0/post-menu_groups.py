"""Menus of the shop follow from permissions: take the groups of the built-in roles off them.

Loading a menu that names no groups any more leaves those it has.
"""

from odoo.tools import SQL

STAFF = ('group_auditor', 'group_support', 'group_operator', 'group_finance', 'group_system')
FOLDERS = ('menu_root', 'menu_configuration')


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        SQL(
            """
            DELETE FROM ir_ui_menu_group_rel
             WHERE gid IN (
                    SELECT res_id FROM ir_model_data
                     WHERE module = 'rbac_ext' AND model = 'res.groups' AND name IN %s
                   )
               AND menu_id IN (
                    SELECT res_id FROM ir_model_data
                     WHERE model = 'ir.ui.menu'
                       AND (module IN ('wx_base', 'wx_payment', 'wx_recharge')
                            OR (module = 'rbac_ext' AND name IN %s))
                   )
            """,
            STAFF,
            FOLDERS,
        )
    )
