from odoo.exceptions import UserError
from odoo.tests import tagged

from .role_common import RoleCase

FULL, READ, NONE = 'rwcu', 'r', ''
LETTERS = {'read': 'r', 'write': 'w', 'create': 'c', 'unlink': 'u'}
# What each kind of person may do, by the access lines of roles and permissions.
EXPECTED = {
    'rbac.permission': {'auditor': READ, 'manager': 'rw', 'granter': NONE, 'taker': NONE},
    'res.users.role': {'auditor': READ, 'manager': FULL, 'granter': READ, 'taker': READ},
    'res.users.role.line': {'auditor': READ, 'manager': NONE, 'granter': FULL, 'taker': NONE},
    'rbac.department': {'auditor': READ, 'manager': READ, 'granter': READ, 'accounts': FULL},
    'rbac.scope': {'auditor': READ, 'manager': FULL, 'granter': NONE, 'taker': NONE},
    'rbac.scope.target': {'auditor': READ, 'manager': FULL, 'granter': NONE, 'taker': NONE},
    'rbac.conflict': {'auditor': READ, 'manager': FULL, 'granter': NONE, 'taker': NONE},
    'rbac.emergency': {'auditor': READ, 'manager': NONE, 'granter': READ, 'taker': READ},
    'rbac.check': {'auditor': READ, 'manager': NONE, 'granter': READ, 'taker': NONE},
    'rbac.check.finding': {'auditor': READ, 'manager': NONE, 'granter': READ, 'taker': NONE},
    'rbac.emergency.take': {'auditor': NONE, 'manager': NONE, 'taker': FULL},
    'rbac.explorer.question': {'auditor': FULL, 'manager': FULL, 'granter': NONE, 'taker': NONE},
    'rbac.pack.export': {'auditor': NONE, 'manager': FULL, 'granter': NONE, 'taker': NONE},
    'rbac.pack.import': {'auditor': NONE, 'manager': FULL, 'granter': NONE, 'taker': NONE},
}


@tagged('post_install', '-at_install')
class TestRoleAccess(RoleCase):
    def test_each_person_may_what_the_access_lines_say(self):
        accounts = self.env.ref('rbac_ext.perm_rbac_user_manage')
        people = {
            'auditor': self._create_user(
                'p_auditor', self._create_role('R', groups=self.env.ref('rbac_ext.group_auditor'))
            ),
            'manager': self._create_user('p_manager', self._create_role('M', self.manage)),
            'granter': self._create_user('p_granter', self._create_role('G', self.grant)),
            'taker': self._create_user('p_taker', self._create_role('T', self.take)),
            'accounts': self._create_user('p_accounts', self._create_role('A', accounts)),
        }
        for model, expected in EXPECTED.items():
            for name, letters in expected.items():
                records = self.env[model].with_user(people[name])
                really = ''.join(letter for op, letter in LETTERS.items() if records.has_access(op))
                with self.subTest(model=model, person=name):
                    self.assertEqual(really, letters)

    def test_departments_of_other_companies_are_hidden(self):
        other = self.env['res.company'].create({'name': 'Other'})
        everywhere, there = self.env['rbac.department'].create(
            [{'name': 'Everywhere'}, {'name': 'There', 'company_id': other.id}]
        )
        user = self._create_user('somebody', self.builtin['support'])
        found = self.env['rbac.department'].with_user(user).search([])
        self.assertIn(everywhere, found)
        self.assertNotIn(there, found)

    def test_a_department_is_no_part_of_itself(self):
        above = self.env['rbac.department'].create({'name': 'Above'})
        below = self.env['rbac.department'].create({'name': 'Below', 'parent_id': above.id})
        self.assertEqual(below.complete_name, 'Above / Below')
        with self.assertRaises(UserError):
            above.parent_id = below
