import inspect
from datetime import timedelta
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.rbac_ext import canonical
from odoo.addons.rbac_ext.permission import SEAL, guarded_methods
from odoo.addons.wx_ledger.values import Transfer
from odoo.addons.wx_recharge.tests.common import RechargeCase

ROOT = 'rbac_ext.menu_root'
# What the first permission shows, whichever it is.
EVERYBODY = frozenset({ROOT, 'rbac_ext.menu_staff', 'rbac_ext.rbac_approval_menu'})
LOG_MENUS = frozenset({'rbac_ext.rbac_log_menu', 'rbac_ext.rbac_field_change_menu'})
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
OURS = ('wechat.', 'payment.', 'member.', 'coupon.', 'recharge.', 'ledger.')
LOGS = ('rbac.log.view', 'rbac.log.view_own')
# The ledger's other permissions are for acts on what this one shows.
LEDGER_VIEW = 'ledger.view'


@tagged('post_install', '-at_install')
class TestOnePermission(RechargeCase):
    """Roles that carry little: what they see works, and there is nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.codes = [
            code
            for code in cls.env['rbac.permission'].search([]).mapped('code')
            if code.startswith(OURS)
        ]

    def setUp(self):
        super().setUp()
        self._fill_the_shop()

    def _fill_the_shop(self):
        """Have one row of everything that menus show."""
        templates = self.env['wx.message.template']
        code = templates._selection_code()[0][0]
        template = templates.create(
            {'name': 'Told', 'app_id': self.app.id, 'code': code, 'template_id': 'T'}
        )
        told = {'wx_user_id': self.user_a.id, 'template_id': template.id}
        message = self.env['wx.message'].create(told)
        self.env['wx.message.consent'].create(told)
        self.env['wx.inbox.message']._deliver(self.user_a, 'Told', 'Text', message=message)
        order, attempt = self.paid_order()
        payment = order.payment_order_id
        payment._request_refund(100, 'A part')
        order._ask_refund('not_received')
        self.env['wx.recharge.shipping']._queue_for(order)
        self._fill_the_lists(order)
        self.env['wx.recharge.callback'].create(
            {'supplier_id': self.supplier.id, 'digest': 'd', 'attempt_id': attempt.id}
        )
        channel = payment.attempt_ids.channel_id
        self.env['wx.payment.notification'].create(
            {
                'channel_id': channel.id,
                'company_id': channel.company_id.id,
                'received_at': order.create_date,
                'event_id': 'e',
                'event_type': 'TRANSACTION.SUCCESS',
                'dedup_key': 'k',
                'order_id': payment.id,
                'state': 'refused',
            }
        )
        self.env['wx.payment.channel.call'].create(
            {'channel_id': channel.id, 'ended_at': order.create_date, 'outcome': 'ok'}
        )
        self._fill_the_bills(channel)
        self._fill_the_ledger()
        self._fill_the_memberships()
        self._fill_the_coupons()
        self._fill_the_catalogue()
        self.env.flush_all()

    def _fill_the_lists(self, order):
        entry = self.env['wx.recharge.blacklist'].create({'number': order.phone, 'reason': 'Fraud'})
        self.env['wx.recharge.blacklist.hit'].create(
            {'blacklist_id': entry.id, 'wx_user_id': self.user_a.id, 'phone': order.phone}
        )
        self.env['wx.recharge.prefix'].create({'prefix': '81', 'operator_id': self.operator.id})
        self.env['wx.recharge.saved.number']._save(self.user_a, order.phone)

    def _fill_the_bills(self, channel):
        day = fields.Date.today()
        bills = self.env['wx.payment.bill']._plan(channel, day, day)
        self.env.cr.execute(
            """INSERT INTO wx_payment_bill_line
                      (bill_id, line_no, kind, number, moment, amount_fen, fee_fen)
               VALUES (%(bill)s, 1, 'payment', 'x', now(), 1, 0);
               INSERT INTO wx_payment_bill_movement
                      (bill_id, line_no, kind, number, moment, in_fen, out_fen, balance_fen)
               VALUES (%(bill)s, 1, 'payment', 'x', now(), 1, 0, 1)""",
            {'bill': bills[:1].id},
        )
        with mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin'):
            bills[:1]._match()
        self.env['wx.payment.bill.run'].create({'channel_id': channel.id, 'month': day})

    def _fill_the_coupons(self):
        template = self.env['wx.coupon.template'].create(
            {'name': 'Five off', 'amount_fen': 500, 'state': 'open'}
        )
        template._give(self.user_a, 'gift', ['one-permission'])
        self.env['wx.coupon.job'].create(
            {'name': 'To one', 'template_id': template.id, 'user_ids': self.user_a.ids}
        )

    def _fill_the_catalogue(self):
        run = self.env['wx.recharge.import']._start(self.supplier)
        self.env['wx.recharge.import.difference'].create(
            {'import_id': run.id, 'supplier_id': self.supplier.id, 'sku': '901:1', 'kind': 'new'}
        )
        level = self.env['wx.member.level'].search([], limit=1)
        rule = self.env['wx.recharge.price.rule'].create({'name': 'All', 'level_id': level.id})
        computation = self.env['wx.recharge.price.run'].search([], limit=1)
        self.env['wx.recharge.price.change'].create(
            {
                'run_id': computation.id,
                'package_id': self.package.id,
                'rule_id': rule.id,
                'old_fen': 2380,
                'new_fen': 2400,
            }
        )

    def _fill_the_ledger(self):
        ledger, accounts = self.env['wx.ledger'], self.env['wx.ledger.account']
        points, money = self.env['wx.ledger.asset'].create(
            [
                {'code': 'ONEP', 'name': 'Points', 'expiring': True, 'convertible': True},
                {'code': 'ONEM', 'name': 'Money', 'kind': 'money', 'convertible': True},
            ]
        )
        purse = accounts._of_owner(points, self.user_a, 'customer')
        line = Transfer(accounts._central(points).id, purse.id, 10, '100003')
        ledger.post([line], key='one-permission')
        ledger.hold(purse.id, 1, key='one-permission', reason='300001')
        self.env['wx.ledger.rate'].create(
            {
                'source_asset_id': points.id,
                'target_asset_id': money.id,
                'source_amount': 1,
                'target_amount': 1,
            }
        )
        self.env['wx.ledger.block']._seal()
        proof = self.env['wx.ledger.proof'].create({})
        self.env['wx.ledger.proof.finding'].create(
            {
                'proof_id': proof.id,
                'check_code': 'serial',
                'problem': 'balance',
                'subject': 'account',
                'subject_id': purse.id,
                'account_id': purse.id,
            }
        )

    def _fill_the_memberships(self):
        level = self.env['wx.member.level'].create({'name': 'Level', 'code': 'one-permission'})
        plan = self.env['wx.member.plan'].create(
            {'name': 'Plan', 'level_id': level.id, 'price_fen': 100}
        )
        self.env['wx.membership.order']._grant(self.user_a, plan, 'A row')

    def _leave_traces(self, user):
        """Have one row of what people see of themselves."""
        partner = user.partner_id.with_user(user)
        self.env['rbac.approval'].with_context(rbac_approval=SEAL).create(
            {
                'requester_id': user.id,
                'code': 'wechat.user.edit',
                'model': partner._name,
                'method': 'write',
                'res_ids': str(partner.ids),
                'arguments': canonical.encode(self.env, (), {}),
                'company_ids': str(user.company_ids.ids),
                'fingerprint': 'f',
                'expires_at': fields.Datetime.now() + timedelta(hours=1),
            }
        )
        log, changes = self.env['rbac.log'], self.env['rbac.field.change'].with_user(user)
        log._append([log._prepare_line(partner, 'wechat.user.edit', 'write', {})])
        changes._insert_values(partner, 'write', {}, {('name', partner.id): 'New'})

    # === WHAT IS SEEN === #

    def _menus(self, user):
        """Return the menus of our app that `user` sees, by external id, from the top down."""
        menus = self.env['ir.ui.menu']
        visible = menus.browse(menus.with_user(user)._visible_menu_ids())
        found, level = menus, self.env.ref(ROOT) & visible
        while level:
            found += level
            level = level.child_id & visible
        return {menu.get_external_id()[menu.id]: menu for menu in found}

    def _open(self, user, action):
        """Open every view of an action as the web client does, and search in every field."""
        if action._name != 'ir.actions.act_window':
            return  # a screen of its own; test_click_all opens it
        records = self.env[action.res_model].with_user(user)
        records = records.with_context(**safe_eval(action.context or '{}', {'uid': user.id}))
        domain = safe_eval(action.domain or '[]')
        kinds = action.view_mode.split(',')
        views = records.get_views([(False, kind) for kind in (*kinds, 'search')])['views']
        self._search(records, etree.fromstring(views['search']['arch']))
        for kind in {'list', 'kanban'} & set(kinds):
            names = {
                node.get('name') for node in etree.fromstring(views[kind]['arch']).iter('field')
            }
            records.web_search_read(domain, {name: self._spec(records, name) for name in names})
        if 'form' in kinds:
            shown = records if records._transient else records.search([], limit=1).ensure_one()
            Form(shown, views['form']['id'])

    def _spec(self, records, name):
        relational = records._fields[name].type == 'many2one'
        return {'fields': {'display_name': {}}} if relational else {}

    def _search(self, records, arch):
        for node in arch.iter('field'):
            default = [(node.get('name'), 'ilike', 'x')]
            text = node.get('filter_domain')
            if records._fields[node.get('name')].type in ('char', 'text', 'many2one') or text:
                typed = {'self': 'x', 'raw_value': '1'}
                records.search_count(safe_eval(text, typed) if text else default)
        for node in arch.iter('filter'):
            records.search_count(safe_eval(node.get('domain') or '[]', {'uid': records.env.uid}))

    def test_whatever_one_permission_shows_can_be_opened(self):
        seen = set()
        for number, code in enumerate([*self.codes, *LOGS]):
            also = [LEDGER_VIEW] if code.startswith('ledger.') else []
            user = self._create_clerk(f'one_{number}', *{code, *also})
            self._leave_traces(user)
            for xmlid, menu in self._menus(user).items():
                if menu.action:
                    seen.add(xmlid)
                    with self.subTest(code=code, menu=xmlid):
                        self._open(user, menu.action)
        ours = {
            xmlid
            for xmlid, menu in self._menus(self.env.ref('base.user_admin')).items()
            if menu.action and xmlid.startswith('wx_')
        }
        self.assertEqual(seen, ours | LOG_MENUS | {'rbac_ext.rbac_approval_menu'})

    def test_staff_of_one_line_of_business_see_its_menus_only(self):
        for number, (app, addon) in enumerate(
            (
                ('wechat.', 'wx_base'),
                ('payment.', 'wx_payment'),
                ('member.', 'wx_member'),
                ('coupon.', 'wx_coupon'),
                ('recharge.', 'wx_recharge'),
            )
        ):
            codes = [code for code in self.codes if code.startswith(app)]
            user = self._create_clerk(f'line_{number}', *codes)
            with self.subTest(app=app):
                expected = {
                    xmlid
                    for xmlid in self._menus(self.env.ref('base.user_admin'))
                    if xmlid.startswith(f'{addon}.')
                }
                # Coupons are nothing to configure: their templates are daily work.
                configuration = {'rbac_ext.menu_configuration'} if app != 'coupon.' else set()
                self.assertEqual(set(self._menus(user)), expected | EVERYBODY | configuration)

    def test_a_role_without_configuration_has_no_menu_of_it(self):
        user = self._create_clerk('viewer', 'recharge.order.view')
        self.assertEqual(
            set(self._menus(user)),
            {
                *EVERYBODY,
                'wx_recharge.menu_recharge',
                'wx_recharge.menu_wx_recharge_attempt',
                'wx_recharge.menu_wx_recharge_attempt_report',
                'wx_recharge.menu_wx_recharge_dashboard',
                'wx_recharge.menu_wx_recharge_desk',
                'wx_recharge.menu_wx_recharge_order',
                'wx_recharge.menu_wx_recharge_order_airtime',
                'wx_recharge.menu_wx_recharge_order_data',
                'wx_recharge.menu_wx_recharge_order_person',
                'wx_recharge.menu_wx_recharge_order_report',
                'wx_recharge.menu_wx_recharge_refund_request',
            },
        )

    def test_nobody_without_a_permission_sees_the_app(self):
        self.assertFalse(self._menus(self._create_clerk('nobody')))

    # === WHAT CAN BE DONE === #

    def test_staff_of_one_line_of_business_reach_no_model_of_another(self):
        # Configuring a line of business means choosing the app that it belongs to.
        also = {
            'payment.': {'wx.app'},
            'member.': set(),
            # Whom coupons are for: customers, those of a level, those who buy a plan.
            'coupon.': {'wx.user', 'wx.member.level', 'wx.member.plan.coupon'},
            # Levels have prices of their own.
            'recharge.': {'wx.member.level'},
        }
        for app, prefix in (
            ('payment.', 'wx.payment.'),
            ('member.', 'wx.member'),
            ('coupon.', 'wx.coupon'),
            ('recharge.', 'wx.recharge.'),
        ):
            codes = [code for code in self.codes if code.startswith(app)]
            user = self._create_clerk(f'models_{app}', *codes)
            env = self.env(user=user, su=False)
            readable = {
                name
                for name, model in env.items()
                if name.startswith('wx.') and not model._abstract and model.has_access('read')
            }
            with self.subTest(app=app):
                self.assertEqual(
                    {name for name in readable if not name.startswith(prefix)}, also[app]
                )

    def test_one_permission_allows_one_act(self):
        methods = guarded_methods(self.env.registry)
        acts = sorted({code for code in methods.values() if code.startswith(OURS)})
        self.assertTrue(acts)
        users = {code: self._create_clerk(f'act_{n}', code) for n, code in enumerate(acts)}
        with patch.object(self.env.registry['rbac.gate'], '_perform', lambda *args: 'done'):
            for code, user in users.items():
                allowed = {
                    guard
                    for (model, name), guard in methods.items()
                    if guard.startswith(OURS) and self._may(user, model, name)
                }
                with self.subTest(code=code):
                    self.assertEqual(allowed, {code})

    def _may(self, user, model, name):
        """Tell whether the gate lets `user` call a method; it decides before it reads arguments."""
        method = getattr(self.env[model].with_user(user), name)
        parameters = inspect.signature(method).parameters.values()
        args = [
            [{}] if parameter.name == 'vals_list' else None
            for parameter in parameters
            if parameter.default is parameter.empty and parameter.kind in POSITIONAL
        ]
        try:
            return method(*args) == 'done'
        except AccessError:
            return False
