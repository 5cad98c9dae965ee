import inspect
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..permission import guarded_methods, open_overrides
from .role_common import RoleCase

GATE_LOG = 'odoo.addons.rbac_ext.models.rbac_gate'
ALLOWED = object()


@tagged('post_install', '-at_install')
class TestPermission(RoleCase):
    def test_app_and_area_come_from_the_code(self):
        permission = self._create_permission('shop.order.refund')
        self.assertEqual((permission.app, permission.area), ('shop', 'shop.order'))
        self.assertEqual(permission.app_name, 'Shop')

    def test_a_code_is_words_joined_by_dots(self):
        for code in ('Shop.order', 'shop', 'shop..order', 'shop.order ', '1.2'):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self.env['rbac.permission'].create({'code': code, 'name': code})

    def test_a_code_never_changes(self):
        with self.assertRaises(UserError):
            self.take.code = 'rbac.other'

    def test_a_new_permission_is_given_to_the_roles_it_names_and_to_system(self):
        permission = self.env['rbac.permission'].create(
            {
                'code': 'shop.order.refund',
                'name': 'Refund',
                'role_ids': [Command.link(self.builtin['finance'].id)],
            }
        )
        carried = {name for name, role in self.builtin.items() if permission in role.permission_ids}
        self.assertEqual(carried, {'finance', 'system'})
        self.assertEqual(permission.role_ids, self.builtin['finance'] | self.builtin['system'])

    def test_an_upgrade_leaves_alone_what_people_decided(self):
        self.builtin['finance'].permission_ids = [Command.unlink(self.take.id)]
        self.take.approval = 'always'
        self.take._load_records_write(
            {
                'name': 'New Name',
                'approval': 'never',
                'role_ids': [Command.link(self.builtin['finance'].id)],
            }
        )
        self.assertEqual(self.take.name, 'New Name')
        self.assertEqual(self.take.approval, 'always')
        self.assertNotIn(self.take, self.builtin['finance'].permission_ids)

    def test_a_deleted_permission_takes_its_group_along(self):
        permission = self._create_permission('shop.order.refund')
        group = permission.group_id
        permission.unlink()
        self.assertFalse(group.exists())

    def test_a_guard_without_a_permission_lets_nobody_pass(self):
        with self.assertRaises(UserError):
            self.env.ref('base.user_admin')._has_permission('no.such.thing')

    def test_amounts_of_limits_have_64_bits(self):
        self.take.write({'approval': 'above', 'approval_limit': 9_000_000_000_00})
        self.env.flush_all()
        self.take.invalidate_recordset()
        self.assertEqual(self.take.approval_limit, 9_000_000_000_00)


@tagged('post_install', '-at_install')
class TestPermissionMatrix(RoleCase):
    """Every guarded method of every addon that is installed, as every built-in role."""

    def test_every_guard_names_a_declared_permission(self):
        codes = set(self.env['rbac.permission'].search([]).mapped('code'))
        methods = guarded_methods(self.env.registry)
        self.assertTrue(methods)
        self.assertFalse({key: code for key, code in methods.items() if code not in codes})

    def test_no_override_opens_a_guarded_method(self):
        self.assertEqual(open_overrides(self.env.registry), [])

    def test_every_method_answers_every_role_as_the_catalogue_says(self):
        users = {name: self._create_user(f'as_{name}', role) for name, role in self.builtin.items()}
        self.env.invalidate_all()
        wrong = []
        with (
            patch.object(self.env.registry['rbac.gate'], '_perform', lambda *args: ALLOWED),
            mute_logger(GATE_LOG),
        ):
            for name, user in users.items():
                # Asked of the role's own list, not of the gate.
                carried = set(self.builtin[name].permission_ids.mapped('code'))
                for (model, method), code in guarded_methods(self.env.registry).items():
                    for su in (False, True):
                        allowed = self._call(self.env(user=user, su=su)[model], method)
                        if allowed != (code in carried):
                            wrong.append((name, model, method, code, allowed))
        self.assertEqual(wrong, [])

    def _call(self, records, name):
        """Call a method with arguments of no meaning; the gate decides before it reads them."""
        method = getattr(records, name)
        parameters = list(inspect.signature(method).parameters.values())
        args = [
            [{}] if parameter.name == 'vals_list' else {}
            for parameter in parameters
            if parameter.default is parameter.empty
            and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        try:
            return method(*args) is ALLOWED
        except AccessError:
            return False

    def test_buttons_and_methods_name_the_same_permission(self):
        methods = guarded_methods(self.env.registry)
        wrong = []
        for view in self.env['ir.ui.view'].search([('model', '!=', False)]):
            if view.model not in self.env:
                continue
            for button, model in self._buttons(view):
                code = methods.get((model, button.get('name')))
                said = button.get('permission')
                if code != said and (code or button.get('type') == 'object'):
                    wrong.append((view.xml_id, model, button.get('name'), said, code))
        self.assertEqual(wrong, [], 'shown but refused, or hidden but allowed')

    def _buttons(self, view):
        """Yield `(button, model)` of the view's own source, lists within forms included."""
        if view.inherit_id and not view.arch:
            return
        root = etree.fromstring(view.arch)
        for button in root.iter('button', 'a'):
            if button.get('type') != 'object':
                continue
            model = self._model_of(button, view.model)
            if model:
                yield button, model

    def _model_of(self, node, model):
        names = [
            above.get('name') for above in reversed(list(node.iterancestors('field', 'xpath')))
        ]
        for name in names:
            field = self.env[model]._fields.get(name) if model in self.env else None
            model = field.comodel_name if field is not None and field.relational else model
        return model if model in self.env else None


@tagged('post_install', '-at_install')
class TestPermissionView(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partner = cls.env.ref('base.group_partner_manager')
        with_it = cls._create_role('With', cls.take, groups=cls.staff_group | partner)
        without = cls._create_role('Without', groups=cls.staff_group | partner)
        cls.allowed = cls._create_user('allowed', with_it)
        cls.refused = cls._create_user('refused', without)

    def _create_view(self, arch, model='res.partner', **values):
        return self.env['ir.ui.view'].create(
            {'name': 'permission.test', 'model': model, 'arch': arch, **values}
        )

    def _shown(self, view, user, view_type):
        partner = self.env['res.partner'].with_user(user)
        return etree.fromstring(partner.get_view(view.id, view_type)['arch'])

    def _assert_hidden(self, view, view_type, path):
        for user, count in ((self.allowed, 1), (self.refused, 0), (self.allowed, 1)):
            arch = self._shown(view, user, view_type)
            self.assertEqual(len(arch.findall(path)), count, etree.tostring(arch))
            self.assertFalse(arch.xpath('//*[@permission]'))

    def test_it_hides_nodes_of_every_type_of_view(self):
        mark = 'permission="rbac.emergency.take"'
        name, ref = '<field name="name"/>', f'<field name="ref" {mark}/>'
        color = f'<field name="color" type="measure" {mark}/>'
        button = f'<header><button name="action_archive" type="object" {mark}/></header>'
        card = f'<templates><t t-name="card">{name}{ref}</t></templates>'
        for view_type, content, path in (
            ('form', f'{name}{ref}', './/field[@name="ref"]'),
            ('list', f'{name}{ref}', './/field[@name="ref"]'),
            ('list', f'{button}{name}', './/button'),
            ('search', f'{name}<filter name="x" domain="[]" {mark}/>', './/filter'),
            ('kanban', card, './/field[@name="ref"]'),
            ('graph', f'{name}{color}', './/field[@name="color"]'),
            ('pivot', f'<field name="name" type="row"/>{color}', './/field[@name="color"]'),
        ):
            arch = f'<{view_type}>{content}</{view_type}>'
            with self.subTest(view_type=view_type, path=path):
                self._assert_hidden(self._create_view(arch), view_type, path)

    def test_it_hides_nodes_that_inherited_views_add_or_mark(self):
        base = self._create_view('<form><field name="name"/><field name="function"/></form>')
        self._create_view(
            """<data>
                <field name="name" position="after">
                    <field name="ref" permission="rbac.emergency.take"/>
                </field>
                <field name="function" position="attributes">
                    <attribute name="permission">rbac.emergency.take</attribute>
                </field>
            </data>""",
            inherit_id=base.id,
        )
        for name in ('ref', 'function'):
            self._assert_hidden(base, 'form', f'.//field[@name="{name}"]')

    def test_it_hides_nodes_of_primary_views_and_inner_lists(self):
        base = self._create_view('<form><field name="name"/></form>')
        primary = self._create_view(
            """<field name="name" position="after">
                <field name="child_ids"><list>
                    <field name="name"/><field name="ref" permission="rbac.emergency.take"/>
                </list></field>
            </field>""",
            inherit_id=base.id,
            mode='primary',
        )
        self._assert_hidden(primary, 'form', './/field[@name="ref"]')

    def test_it_hides_nodes_of_templates(self):
        template = self.env['ir.ui.view'].create(
            {
                'name': 'permission.template',
                'type': 'qweb',
                'key': 'rbac_ext.permission_template',
                'arch': '<t t-name="x"><b permission="rbac.emergency.take">secret</b></t>',
            }
        )
        for user, shown in ((self.allowed, True), (self.refused, False)):
            html = str(self.env(user=user)['ir.qweb']._render(template.id))
            self.assertEqual('secret' in html, shown)

    def test_a_right_taken_away_hides_at_once(self):
        view = self._create_view(
            '<form><field name="name"/><field name="ref" permission="rbac.emergency.take"/></form>'
        )
        self.assertEqual(len(self._shown(view, self.allowed, 'form').findall('.//field')), 2)
        self.allowed.role_line_ids.role_id.permission_ids = [Command.clear()]
        self.assertEqual(len(self._shown(view, self.allowed, 'form').findall('.//field')), 1)

    def test_an_unknown_code_is_an_error_that_names_view_and_code(self):
        with (
            self.assertRaisesRegex(ValidationError, r'permission\.test.*shop\.nothing'),
            mute_logger('odoo.addons.base.models.ir_ui_view'),
        ):
            self._create_view('<form><field name="name" permission="shop.nothing"/></form>')

    def test_groups_on_the_same_node_are_an_error(self):
        with (
            self.assertRaisesRegex(ValidationError, 'permission.test'),
            mute_logger('odoo.addons.base.models.ir_ui_view'),
        ):
            self._create_view(
                '<form><field name="name" groups="base.group_user"'
                ' permission="rbac.emergency.take"/></form>'
            )

    def test_menus_follow_from_permissions(self):
        menu = self.env.ref('rbac_ext.rbac_emergency_take_menu')
        self.assertEqual(menu.group_ids, self.take.group_id)
        for user, shown in ((self.allowed, True), (self.refused, False)):
            visible = self.env['ir.ui.menu'].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, shown)
