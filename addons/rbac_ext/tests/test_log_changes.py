from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .. import const_log
from .log_common import GuardedCase


@tagged('post_install', '-at_install')
class TestLogChanges(GuardedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._record('res.partner', 'name', 'comment', 'user_id', 'category_id', 'color')
        cls._record('res.partner.category', 'name', 'active')

    @classmethod
    def _record(cls, model, *names):
        found = cls.env['ir.model.fields'].search([('model', '=', model), ('name', 'in', names)])
        return cls.env['rbac.field.rule'].create(
            {
                'model_id': cls.env['ir.model']._get_id(model),
                'field_ids': [Command.set(found.ids)],
            }
        )

    def _changes(self, records, **values):
        domain = [(name, '=', value) for name, value in values.items()]
        return self.env['rbac.field.change'].search(
            [('model', '=', records._name), ('res_id', 'in', records.ids), *domain], order='id'
        )

    def _told(self, records, **values):
        return [
            (line.field, line.old_value, line.new_value)
            for line in self._changes(records, **values)
        ]

    def test_old_and_new_values_are_recorded(self):
        self.partner.with_user(self.anna).write({'name': 'New', 'city': 'X', 'color': 3})
        lines = self._changes(self.partner)
        self.assertEqual(
            set(self._told(self.partner)), {('name', 'Payee', 'New'), ('color', '0', '3')}
        )
        self.assertEqual(lines.mapped('login'), ['anna', 'anna'])
        self.assertEqual(set(lines.mapped('operation')), {'write'})

    def test_a_value_that_stays_leaves_no_line(self):
        self.partner.write({'name': 'Payee', 'user_id': False, 'color': 0})
        self.assertFalse(self._changes(self.partner))

    def test_pending_values_are_the_old_ones(self):
        self.partner.name = 'First'
        self.partner.name = 'Second'
        self.assertEqual(
            self._told(self.partner), [('name', 'Payee', 'First'), ('name', 'First', 'Second')]
        )

    def test_people_read_names_instead_of_ids(self):
        self.partner.user_id = self.anna
        line = self._changes(self.partner)
        self.assertEqual(line.new_value, str(self.anna.id))
        self.assertEqual(line.new_text, f'{self.anna.display_name} ({self.anna.id})')
        self.assertEqual(line.res_name, 'Payee')

    def test_lists_of_records_are_recorded(self):
        tags = self.env['res.partner.category'].create([{'name': 'a'}, {'name': 'b'}])
        self.partner.category_id = tags
        self.partner.category_id = [Command.unlink(tags[0].id)]
        both = ','.join(map(str, sorted(tags.ids)))
        self.assertEqual(
            self._told(self.partner),
            [('category_id', False, both), ('category_id', both, str(tags[1].id))],
        )

    def test_translated_values_are_recorded(self):
        tag = self.env['res.partner.category'].create({'name': 'a'})
        tag.name = 'b'
        self.assertEqual(self._told(tag, operation='write'), [('name', 'a', 'b')])

    def test_booleans_are_recorded(self):
        tag = self.env['res.partner.category'].create({'name': 'a'})
        tag.active = False
        self.assertEqual(self._told(tag, operation='write'), [('active', 'true', 'false')])

    def test_new_and_deleted_records_are_recorded(self):
        partner = self.env['res.partner'].create({'name': 'Short-lived', 'user_id': self.anna.id})
        told = {(name, new) for name, _old, new in self._told(partner, operation='create')}
        self.assertLessEqual({('name', 'Short-lived'), ('user_id', str(self.anna.id))}, told)
        gone = partner.browse(partner.ids)
        partner.unlink()
        told = {(name, old) for name, old, _new in self._told(gone, operation='unlink')}
        self.assertLessEqual({('name', 'Short-lived'), ('user_id', str(self.anna.id))}, told)

    def test_secrets_are_masked(self):
        self._record('ir.mail_server', 'smtp_pass', 'name')
        server = self.env['ir.mail_server'].create(
            {'name': 's', 'smtp_host': 'h', 'smtp_pass': 'p1'}
        )
        server.smtp_pass = 'p2'
        server.smtp_pass = False
        server.unlink()
        self.assertEqual(
            self._told(server, field='smtp_pass'),
            [
                ('smtp_pass', False, const_log.MASK),
                ('smtp_pass', const_log.MASK, const_log.MASK),
                ('smtp_pass', const_log.MASK, False),
            ],
        )

    def _statements(self, function):
        """Return the SQL that `function()` executes, the flush included."""
        self.env.flush_all()
        statements, execute = [], type(self.env.cr).execute

        def spy(cr, query, *args, **kwargs):
            statements.append(str(getattr(query, 'code', query)))
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), 'execute', spy):
            function()
            self.env.flush_all()
        return statements

    def test_one_statement_records_a_thousand_changes(self):
        partners = self.env['res.partner'].create([{'name': f'P{i}'} for i in range(1000)])
        statements = self._statements(lambda: partners.write({'color': 5}))
        self.assertEqual(sum('operation, request_id' in text for text in statements), 1)
        self.assertEqual(len(self._changes(partners, field='color')), 1000)

    def test_a_model_without_a_rule_pays_no_query(self):
        bank = self.env['res.bank'].create({'name': 'Bank'})
        bank.city = 'A'
        before = self.env['rbac.field.change'].search_count([])
        statements = self._statements(lambda: bank.write({'city': 'B'}))
        self.assertFalse([text for text in statements if 'rbac' in text])
        self.assertEqual(self.env['rbac.field.change'].search_count([]), before)

    def test_a_rule_that_is_gone_counts_no_more(self):
        self.rule.active = False
        self.partner.name = 'Unseen'
        self.assertFalse(self._changes(self.partner))

    def test_only_whoever_may_chooses_fields_and_it_is_recorded(self):
        boss = self._create_user('log_boss', self.builtin['system'])
        with self.assertRaises(AccessError):
            self.rule.with_user(self.auditor).active = False
        with self.assertRaises(AccessError):
            self.rule.with_user(self.anna).sudo().active = False
        self.rule.with_user(boss).active = False
        self.assertEqual(
            self._told(self.rule, field='active', operation='write'), [('active', 'true', 'false')]
        )
        line = self.env['rbac.log'].search([('code', '=', 'rbac.log.manage')], limit=1)
        self.assertEqual((line.login, line.method), ('log_boss', 'write'))

    def test_files_and_logs_cannot_be_recorded(self):
        with self.assertRaises(ValidationError):
            self._record('res.users', 'image_1920')
        with self.assertRaises(ValidationError):
            self._record('rbac.log', 'login')

    @mute_logger('odoo.sql_db')
    def test_nobody_changes_or_deletes_a_line(self):
        self.partner.name = 'New'
        line = self._changes(self.partner)
        with self.assertRaises(AccessError):
            line.sudo().write({'new_value': 'other'})
        with self.assertRaises(AccessError):
            line.sudo().unlink()
        for statement in (
            "UPDATE rbac_field_change SET login = 'x'",
            'DELETE FROM rbac_field_change_store',
            'TRUNCATE rbac_field_change_store',
        ):
            with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                with self.env.cr.savepoint():
                    self.env.cr.execute(statement)

    def test_staff_see_their_own_changes_and_auditors_all(self):
        editor = self._create_role('Editor', groups=self.env.ref('base.group_partner_manager'))
        partners = self.env['res.partner'].create([{'name': str(i)} for i in range(3)])
        staff = [
            self._create_user(f'change_{name}', self.builtin[name], editor)
            for name in ('support', 'operator', 'finance')
        ]
        for user, partner in zip(staff, partners, strict=True):
            partner.with_user(user).name = 'Changed'
        changes = self.env['rbac.field.change']
        for user in staff:
            seen = changes.with_user(user).search([])
            self.assertEqual(set(seen.mapped('login')), {user.login})
        for name in ('auditor', 'system'):
            user = self._create_user(f'change_{name}', self.builtin[name])
            seen = changes.with_user(user).search([('res_id', 'in', partners.ids)])
            self.assertLessEqual({user.login for user in staff}, set(seen.mapped('login')))
        employee = new_test_user(self.env, 'change_employee', 'base.group_user')
        with self.assertRaises(AccessError):
            changes.with_user(employee).search([])

    def test_export_gives_readable_values(self):
        self.partner.user_id = self.anna
        exported = (
            self._changes(self.partner)
            .with_user(self.auditor)
            .export_data(['login', 'res_name', 'field', 'new_text'])
        )
        self.assertEqual(
            exported['datas'][0][1:],
            ['Payee', 'user_id', f'{self.anna.display_name} ({self.anna.id})'],
        )
