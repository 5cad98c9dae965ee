from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_ledger.values import Transfer

from .common import MemberCase

POINTS = 'odoo.addons.wx_member.models.wx_user_points'


@tagged('post_install', '-at_install')
class TestPoints(MemberCase):
    def setUp(self):
        super().setUp()
        self.points = self._create_points()
        # Any record is a document to the ledger.
        self.document = self.env['res.partner'].create({'name': 'Document'})

    def _award(self, base_fen, key='test:1'):
        return self.user_a._award_points(base_fen, key, self.document)

    def _take_back(self, key='test:1'):
        return self.user_a._take_back_points(key, self.document)

    def _balance(self):
        wallet = self._wallet()
        return self.env['wx.ledger'].balance([wallet.id])[wallet.id].balance

    def _wallet(self):
        accounts = self.env['wx.ledger.account']
        return accounts._of_owner(self.points, self.user_a, 'customer')

    def test_points_are_given_once_for_each_key(self):
        self.assertEqual([self._award(2380), self._award(2380)], [23, 0])
        self.assertEqual(self._award(2380, 'test:2'), 23)
        self.assertEqual(self._balance(), 46)

    def test_what_is_less_than_a_point_is_not_given(self):
        for number, (fen, points) in enumerate(((99, 0), (100, 1), (199, 1), (0, 0))):
            with self.subTest(fen=fen):
                self.assertEqual(self._award(fen, f'test:{number}'), points)

    def test_level_multiplies(self):
        self._buy(self.plan_gold)
        # 23.80 × 1.5 = 35.7
        self.assertEqual(self._award(2380), 35)

    def test_points_of_a_level_that_gives_none(self):
        self.gold.points_percent = 0
        self._buy(self.plan_gold)
        self.assertEqual(self._award(2380), 0)

    def test_shop_decides_how_many_and_which(self):
        self.env.company.wx_points_per_yuan = 3
        self.points = self._create_points(decimal_places=2)
        self.assertEqual(self._award(2380), 7140)

    def test_large_amounts_are_exact(self):
        self.assertEqual(self._award(2**53 + 101), (2**53 + 101) // 100)

    def test_shop_without_points_gives_none(self):
        self.env.company.wx_points_asset_id = False
        self.assertEqual((self._award(2380), self._take_back()), (0, 0))

    def test_points_are_taken_back_once(self):
        self._award(2380)
        self.assertEqual([self._take_back(), self._take_back()], [23, 0])
        self.assertEqual(self._balance(), 0)

    def test_points_that_were_never_given_are_not_taken(self):
        self._award(2380, 'test:2')
        self.assertEqual(self._take_back(), 0)
        self.assertEqual(self._balance(), 23)

    def test_points_that_are_spent_are_not_owed(self):
        self._award(2380)
        central = self.env['wx.ledger.account']._central(self.points)
        spent = Transfer(self._wallet().id, central.id, 20, '900004')
        self.env['wx.ledger'].post([spent], key='test:spent')
        self.assertEqual(self._take_back(), 3)
        self.assertEqual(self._balance(), 0)
        self.assertEqual(self._take_back(), 0)

    def test_points_that_expire_are_taken_back(self):
        self.points = self._create_points(expiring=True, expiry_days=30)
        self._award(2380)
        self.assertEqual(self._take_back(), 23)

    def test_change_of_the_setting_does_not_give_again(self):
        self._award(2380)
        old = self.points
        self.points = self._create_points()
        self.assertEqual(self._award(2380), 0)
        self.points = old
        self.assertEqual(self._take_back(), 23)

    @mute_logger(POINTS)
    def test_frozen_wallet_undoes_nothing_and_is_noted(self):
        self._award(2380)
        self._wallet()._set_state('frozen', 'test')
        self.document.name = 'Delivered'
        self.assertEqual((self._award(100, 'test:2'), self._take_back()), (0, 0))
        self.env.flush_all()
        self.assertEqual((self.document.name, self._balance()), ('Delivered', 23))
        notes = self.user_a.message_ids.filtered(lambda note: 'not booked' in (note.body or ''))
        self.assertEqual(len(notes), 2)
