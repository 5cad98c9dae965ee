from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, tagged

from .. import graph
from ..models.rbac_explorer import OPERATIONS
from .role_common import RoleCase

MODELS = (
    'res.partner',
    'res.users',
    'res.users.role',
    'rbac.permission',
    'rbac.emergency',
    'rbac.check',
    'rbac.department',
    'ir.rule',
    'res.groups',
)


@tagged('post_install', '-at_install')
class TestExplorer(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = fields.Datetime.now()
        cls.explorer = cls.env['rbac.explorer']
        cls.role = cls._create_role('Clerk', cls.take)
        cls.above = cls._create_role('Above', cls.grant, groups=cls.role.group_id)
        other = cls.env['res.company'].create({'name': 'Other'})
        cls.people = {
            name: cls._create_user(f'x_{name}', role) for name, role in cls.builtin.items()
        }
        cls.people['hand'] = cls._create_user('x_hand')
        cls.people['above'] = cls._create_user('x_above', cls.above)
        for name, limits in {
            'expired': {'ends_at': now - timedelta(hours=1)},
            'running': {'ends_at': now + timedelta(hours=1)},
            'future': {'date_from': fields.Date.today() + timedelta(days=5)},
            'company': {'company_ids': [Command.set(other.ids)]},
        }.items():
            user = cls._create_user(f'x_{name}', cls.builtin['support'])
            user.company_ids = [Command.link(other.id)]
            cls._give(user, cls.role, **limits)
            cls.people[name] = user
        cls.env.flush_all()
        cls.env.invalidate_all()

    def test_answers_about_permissions_equal_the_decisions_of_the_server(self):
        permissions = self.env['rbac.permission'].search([])
        for name, user in self.people.items():
            server = self.env(user=user, su=False).user
            for permission in permissions:
                with self.subTest(user=name, code=permission.code):
                    answer = self.explorer._why_permission(user, permission)
                    self.assertEqual(answer['allowed'], server._has_permission(permission.code))

    def test_answers_about_models_equal_the_decisions_of_the_server(self):
        for name, user in self.people.items():
            for model in MODELS:
                for operation, _label in OPERATIONS:
                    with self.subTest(user=name, model=model, operation=operation):
                        answer = self.explorer._why_access(user, model, operation)
                        self.assertEqual(
                            answer['allowed'],
                            self.env[model].with_user(user).has_access(operation),
                        )

    def test_answers_about_records_equal_the_decisions_of_the_server(self):
        other = self.env['res.company'].search([('name', '=', 'Other')])
        departments = self.env['rbac.department'].create(
            [{'name': 'Here'}, {'name': 'There', 'company_id': other.id}]
        )
        emergency = self.env['rbac.emergency'].create(
            {
                'user_id': self.people['finance'].id,
                'reason': 'x',
                'started_at': fields.Datetime.now(),
                'ends_at': fields.Datetime.now() + timedelta(hours=1),
            }
        )
        users = [self.people['hand'], self.people['company'], self.env.ref('base.user_admin')]
        for name, user in self.people.items():
            for record in (*departments, emergency, *users):
                for operation in ('read', 'write', 'unlink'):
                    with self.subTest(user=name, record=record, operation=operation):
                        answer = self.explorer._why_access(user, record._name, operation, record)
                        self.assertEqual(
                            answer['allowed'], record.with_user(user).has_access(operation)
                        )

    def test_who_may_equals_the_decisions_of_the_server(self):
        users = self.env['res.users'].search([])
        for permission in self.env['rbac.permission'].search([]):
            with self.subTest(code=permission.code):
                self.assertEqual(
                    set(self.explorer._who_permission(permission)),
                    {
                        user
                        for user in users
                        if self.env(user=user, su=False).user._has_permission(permission.code)
                    },
                )
        for model in MODELS:
            with self.subTest(model=model):
                self.assertEqual(
                    set(self.explorer._who_access(model, 'write')),
                    {user for user in users if self.env[model].with_user(user).has_access('write')},
                )

    def test_the_path_goes_from_the_line_to_the_permission(self):
        user = self.people['above']
        path = self.explorer._why_permission(user, self.take)['paths'][0]
        self.assertEqual(path['line'].id, user.role_line_ids.id)
        self.assertEqual(
            path['groups'], [self.above.group_id.id, self.role.group_id.id, self.take.group_id.id]
        )

    def test_a_path_that_does_not_count_now_is_shown_as_such(self):
        answer = self.explorer._why_permission(self.people['expired'], self.take)
        self.assertFalse(answer['allowed'])
        self.assertEqual([path['counts'] for path in answer['paths']], [False])

    # What would change if …

    def _snapshot(self):
        self.env.invalidate_all()
        names = self.explorer._group_names()
        return {
            user.id: {
                names[group]
                for group in self.env(user=user, su=False).user._get_group_ids()
                if group in names
            }
            for user in self.env['res.users'].search([])
        }

    def _assert_foretold(self, foretold, do):
        """Compare what was foretold with what a change really does."""
        before = self._snapshot()
        do()
        after = self._snapshot()
        really = {
            user: (sorted(after[user] - before[user]), sorted(before[user] - after[user]))
            for user in before
            if after[user] != before[user]
        }
        self.assertEqual(
            {row['id']: (row['gains'], row['loses']) for row in foretold['users']}, really
        )
        self.assertTrue(really)

    def test_what_a_change_of_permissions_would_do(self):
        changes = [
            [self.role.id, self.take.id, False],
            [self.role.id, self.manage.id, True],
            [self.builtin['support'].id, self.take.id, True],
        ]
        foretold = self.env['rbac.matrix'].preview(changes)
        self._assert_foretold(foretold, lambda: self.env['rbac.matrix'].apply(changes))

    def test_what_a_new_role_would_do(self):
        for name in ('support', 'hand'):
            with self.subTest(user=name):
                user = self.people[name]
                before = graph.load(self.env)
                after = before.clone()
                after.add_line(graph.Line(-1, user.id, self.role.id))
                foretold = self.explorer._difference(before, after)
                self._assert_foretold(foretold, lambda user=user: self._give(user, self.role))

    def test_what_the_loss_of_a_role_would_do(self):
        for name in ('running', 'above', 'system'):
            with self.subTest(user=name):
                line = self.people[name].role_line_ids.filtered(
                    lambda line: line.role_id != self.builtin['support']
                )
                before = graph.load(self.env)
                after = before.clone()
                after.remove_line(line.id)
                foretold = self.explorer._difference(before, after)
                self._assert_foretold(foretold, line.unlink)

    def test_asking_changes_nothing(self):
        before = self._snapshot()
        self.env['rbac.matrix'].preview([[self.role.id, self.take.id, False]])
        self.assertEqual(self._snapshot(), before)

    def test_new_conflicts_are_foretold(self):
        self.env['rbac.conflict'].create(
            {
                'name': 'Not both',
                'kind': 'permission',
                'permission_a_id': self.take.id,
                'permission_b_id': self.grant.id,
            }
        )
        foretold = self.env['rbac.matrix'].preview([[self.role.id, self.grant.id, True]])
        names = [self.people[name].name for name in ('running', 'future', 'company')]
        self.assertEqual(foretold['conflicts'], [f'Not both: {name}' for name in names])

    # The screen

    def _ask(self, user=None, **values):
        question = self.env['rbac.explorer.question'].with_user(user or self.people['auditor'])
        return str(question.create(values).answer)

    def test_the_screen_answers_all_questions(self):
        user = self.people['expired']
        answer = self._ask(user_id=user.id, permission_id=self.take.id)
        self.assertIn('alert-danger', answer)
        self.assertIn('does not count now', answer)
        answer = self._ask(question='who', permission_id=self.take.id)
        self.assertIn('x_running', answer)
        self.assertNotIn('x_expired', answer)
        answer = self._ask(
            about='model', user_id=user.id, model_id=self.env['ir.model']._get_id('res.partner')
        )
        self.assertIn('alert-success', answer)
        answer = self._ask(
            question='what_if', change='remove', role_id=self.role.id, permission_id=self.take.id
        )
        self.assertIn('rbac.emergency.take', answer)
        self.assertIn('text-muted', self._ask(), 'an open question is no error')

    def test_the_answer_follows_what_is_chosen(self):
        question = self.env['rbac.explorer.question'].with_user(self.people['auditor'])
        form = Form(question)
        form.question = 'what_if'
        form.user_id = self.people['support']
        self.assertIn('text-muted', str(form.answer))
        form.role_id = self.role
        self.assertIn('rbac.emergency.take', str(form.answer))
        form.change = 'take'
        self.assertNotIn('rbac.emergency.take', str(form.answer))
        form.question = 'who'
        form.permission_id = self.take
        self.assertIn('x_running', str(form.answer))
        form.permission_id = self.grant
        self.assertNotIn('x_running', str(form.answer))

    def test_names_are_text_and_no_markup(self):
        self.people['support'].name = '<script>alert(1)</script>'
        answer = self._ask(
            question='who', about='model', model_id=self.env['ir.model']._get_id('res.partner')
        )
        self.assertNotIn('<script>', answer)
