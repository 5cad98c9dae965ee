from odoo.tests import HttpCase, tagged

from .role_common import RoleCase


@tagged('post_install', '-at_install')
class TestRoleMatrixTour(RoleCase, HttpCase):
    def test_the_matrix_is_searched_saved_compared_and_copied(self):
        role = self._create_role('Tour Role')
        self._create_role('Tour Other')
        self._create_user('tour_user', role, name='Tour User')
        manager = self._create_role('Tour Manager', self.manage)
        self._create_user('tour_manager', manager, password='tour_manager')
        self.start_tour('/odoo/role-matrix', 'rbac_ext_matrix', login='tour_manager')
        self.env.invalidate_all()
        self.assertEqual(role.permission_ids, self.take)
        copy = self.env['res.users.role'].search([('name', '=', 'Tour Copy')])
        self.assertEqual(copy.permission_ids, self.take)
        self.assertFalse(copy.line_ids)

    def test_the_units_of_the_web_client(self):
        self.browser_js(
            '/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=/@rbac_ext/',
            '',
            '',
            login='admin',
            timeout=300,
            success_signal='[HOOT] Test suite succeeded',
        )
