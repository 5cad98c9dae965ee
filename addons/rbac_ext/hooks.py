from .permission import SEAL


def post_init_hook(env):
    """Have a password that Odoo installs replaced at the first sign-in, except with demo data."""
    env['res.users']._rbac_flag_default_passwords()


def uninstall_hook(env):
    """Delete the rules made from data scopes: their domains call what goes with this addon."""
    rules = env['ir.rule'].with_context(active_test=False, rbac_scopes=SEAL)
    rules.search([('rbac_generated', '=', True)]).unlink()
