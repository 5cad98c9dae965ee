from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..const.suppliers import CHINA_PRESETS, ENDPOINTS
from ..lib.topup.normalized import OrderRequest, State
from ..models.wx_recharge_adapter_china import DIALECTS
from .common import RechargeCase


@tagged('post_install', '-at_install')
class TestAdapter(RechargeCase):
    """One model per kind of supplier, found by its code."""

    def test_every_code_has_its_model(self):
        kinds = self.env['wx.recharge.supplier']._adapter_models()
        self.assertLessEqual({'reloadly', 'manual'}, set(kinds))
        for code, kind in kinds.items():
            with self.subTest(code=code):
                self.assertEqual(kind._name, f'wx.recharge.adapter.{code}')
                self.assertEqual(kind._inherit, ['wx.recharge.adapter'])

    def test_every_kind_builds_an_adapter_with_the_verbs_of_the_interface(self):
        for code in self.env['wx.recharge.supplier']._adapter_models():
            supplier = self._create_supplier(name=code, adapter=code)
            adapter = supplier._build_adapter()
            for verb in ('fetch_balance', 'fetch_catalogue', 'submit', 'query', 'parse_callback'):
                with self.subTest(code=code, verb=verb):
                    self.assertTrue(callable(getattr(adapter, verb)))

    def test_every_wired_kind_has_the_sandbox_and_production(self):
        for code, kind in self.env['wx.recharge.supplier']._adapter_models().items():
            if kind._bases:
                with self.subTest(code=code):
                    self.assertLessEqual({'production', 'simulator'}, set(kind._endpoints()))

    def test_endpoints_are_those_people_choose_from(self):
        known = {key for key, _label in ENDPOINTS}
        for code, kind in self.env['wx.recharge.supplier']._adapter_models().items():
            with self.subTest(code=code):
                self.assertLessEqual(set(kind._endpoints()), known)

    def test_choosing_a_kind_proposes_a_server_that_it_has(self):
        supplier = self.env['wx.recharge.supplier'].new(
            {'adapter': 'ding', 'endpoint': 'supplier_sandbox'}
        )
        supplier._onchange_adapter()
        self.assertEqual(supplier.endpoint, 'simulator')
        supplier.adapter = 'reloadly'
        supplier._onchange_adapter()
        self.assertEqual(supplier.endpoint, 'simulator')

    def test_every_dialect_people_choose_is_known(self):
        known = {key for key, _label in CHINA_PRESETS}
        self.assertEqual(known - set(DIALECTS), {'custom'})
        self.assertLessEqual(set(DIALECTS), known)

    def test_wire_fields_are_fields_of_the_supplier(self):
        suppliers = self.env['wx.recharge.supplier']
        self.assertLessEqual(suppliers._wire_fields(), set(suppliers._fields))

    def test_building_calls_nobody(self):
        self.supplier._build_adapter()
        self.assertFalse(self.outside.calls)

    # === BY HAND === #

    def test_desk_accepts_and_never_tells_an_end_by_itself(self):
        desk = self._create_supplier(name='Desk', adapter='manual')._build_adapter()
        order = OrderRequest(our_ref='A' * 24, sku='by hand', e164='+6581234567', country='SG')
        self.assertEqual(desk.submit(order).state, State.ACCEPTED)
        self.assertEqual(desk.query('A' * 24).state, State.PROCESSING)
        self.assertFalse(self.outside.calls)

    def test_desk_is_not_asked_for_numbers_and_balances(self):
        desk = self._create_supplier(name='Desk', adapter='manual', sequence=1)
        self._create_product(self.package, supplier_id=desk.id, sku='by hand')
        suppliers = self.env['wx.recharge.supplier']
        self.assertEqual(suppliers._for_lookup(self.country, self.env.company), self.supplier)
        self.assertNotIn('manual', suppliers._wired_codes())
        self.assertFalse(desk.is_wired)

    def test_unknown_server_is_refused_at_entry(self):
        kind = type(self.env['wx.recharge.adapter.reloadly'])
        self.patch(kind, '_bases', {'production': 'https://topups.reloadly.com'})
        with self.assertRaisesRegex(ValidationError, 'no such server'):
            self.supplier.endpoint = 'supplier_sandbox'
