from odoo.http import Controller
from odoo.tests import tagged

from ..api import Schema, api_route
from ..const import API_BASE
from .common import WxHttpCase

KEY = {'Idempotency-Key': 'one-key-0001'}


class Parcel(Schema):
    note: str
    lines: list[dict[str, str]] = []


class Search(Schema):
    word: str = ''


@tagged('post_install', '-at_install')
class TestInput(WxHttpCase):
    """What no handler gets to see, and what is no address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.served = []

        class ParcelApi(Controller):
            @api_route(
                f'{API_BASE}/test/parcels/<string:number>',
                methods=['POST'],
                query=Search,
                body=Parcel,
                idempotent=True,
            )
            def send_parcel(self, call, number):
                """Remember what was asked for."""
                cls.served.append((number, call.body.note))
                return {}

        served_by = Controller.children_classes['wx_base']
        cls.addClassCleanup(cls.registry.clear_cache, 'routing')
        cls.addClassCleanup(served_by.remove, ParcelApi)
        cls.registry.clear_cache('routing')

    def setUp(self):
        super().setUp()
        self.served.clear()

    def _send(self, path, **body):
        status, envelope = self.api('POST', path, user=self.user_a, headers=KEY, body=body)
        return status, envelope['code'], (envelope['data'] or {}).get('fields', {})

    def _assert_nothing_written(self):
        self.assertEqual(self.served, [])
        keys = self.env['wx.idempotency.key']
        self.assertFalse(keys.search([('wx_user_id', '=', self.user_a.id)]))

    def test_a_nul_in_a_parameter_is_refused_by_the_name_of_the_parameter(self):
        nul = 'a\x00b'
        for field, path, body in (
            ('note', '/test/parcels/1', {'note': nul}),
            ('lines', '/test/parcels/1', {'note': 'x', 'lines': [{}, {'what': nul}]}),
            ('lines', '/test/parcels/1', {'note': 'x', 'lines': [{nul: 'x'}]}),
            ('word', '/test/parcels/1?word=%00', {'note': 'x'}),
        ):
            with self.subTest(path=path, body=body):
                status, code, fields = self._send(path, **body)
                self.assertEqual((status, code, set(fields)), (400, 1, {field}))
        self._assert_nothing_written()

    def test_a_nul_in_the_path_names_nothing(self):
        for path in ('/test/parcels/%00', '/test/parcels/1%00', '/no%00thing'):
            with self.subTest(path=path):
                self.assertEqual(self._send(path, note='x')[:2], (404, 4))
        self._assert_nothing_written()

    def test_a_body_of_any_depth_is_answered(self):
        deep = b'{"note": ' + b'[' * 3000 + b'"\\u0000"' + b']' * 3000 + b'}'
        status, envelope = self.api(
            'POST', '/test/parcels/1', user=self.user_a, headers=KEY, raw=deep
        )
        self.assertEqual((status, envelope['code']), (400, 1))
        self._assert_nothing_written()

    def test_the_same_call_without_nul_is_served_once(self):
        for _again in range(2):
            self.assertEqual(self._send('/test/parcels/1?word=x', note='x')[:2], (200, 0))
        self.assertEqual(self.served, [('1', 'x')])

    def test_an_unknown_address_is_unknown_whatever_comes_with_it(self):
        for method, path, raw in (
            ('POST', '/no/such/address', b'{"package_id": 1}'),
            ('POST', '/no/such/address', b'no json'),
            ('POST', '/no/such/address', b'{"note": "\\u0000"}'),
            ('PUT', '/no/such/address', b'[]'),
            ('POST', '/profile', b'{"nickname": "x"}'),
            ('GET', '/no/such/address?debug=1&debug=2', None),
        ):
            with self.subTest(method=method, path=path, raw=raw):
                status, envelope = self.api(method, path, raw=raw)
                self.assertEqual((status, envelope['code']), (404, 4))
