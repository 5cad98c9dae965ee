import json

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools import http as wx_http

from .common import RefundCommon

REFUND = 'odoo.addons.wx_payment.models.wx_payment_refund'
STATE = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'
CARD = {'bank': 'CMB_DEBIT', 'number': '6225880137061234', 'owner': 'Li Ming'}


class AbnormalCommon(RefundCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._create_staff('settle_finance', 'finance')
        cls.second = cls._create_staff('settle_second', 'finance')

    def setUp(self):
        super().setUp()
        self.order, self.attempt = self._create_paid()
        self.refund = self._request(self.order, 40)
        self._run_jobs(self.refund)
        self.wechat.finish_refund(self.refund.out_refund_no, 'ABNORMAL')
        with mute_logger(STATE, REFUND):
            self._run_jobs(self.refund)
        self.assertEqual(self.refund.state, 'abnormal')

    def _evidence(self):
        return (
            self.env['ir.attachment']
            .with_user(self.finance)
            .create({'name': 'transfer.png', 'raw': b'picture'})
        )

    def _approve(self, result):
        approval = self.env['rbac.approval'].browse(result['res_id'])
        self.assertTrue(approval.asked_at)
        approval.with_user(self.second).action_approve()
        self.refund.invalidate_recordset()
        return approval


@tagged('post_install', '-at_install')
class TestRefundSettle(AbnormalCommon):
    def _settle(self, **values):
        wizard = (
            self.env['wx.payment.refund.settle']
            .with_user(self.finance)
            .create(
                {
                    'refund_id': self.refund.id,
                    'note': 'Transferred by hand',
                    'evidence_ids': [(6, 0, self._evidence().ids)],
                    **values,
                }
            )
        )
        return wizard.action_confirm()

    def test_it_waits_for_a_second_person(self):
        result = self._settle()
        self.assertEqual(result['res_model'], 'rbac.approval')
        self.assertEqual(self.refund.state, 'abnormal')
        self._approve(result)
        self.assertRecordValues(
            self.refund,
            [
                {
                    'state': 'done',
                    'settled_by_id': self.finance.id,
                    'settled_note': 'Transferred by hand',
                }
            ],
        )
        self.assertEqual(self.refund.evidence_ids.mapped('name'), ['transfer.png'])
        self.assertEqual((self.order.refunded_fen, self.order.refunding_fen), (40, 0))
        self.assertEqual(self.order.state, 'paid')

    def test_it_is_booked_as_given_back(self):
        self._approve(self._settle())
        keys = self.order.transfer_ids.posting_id.mapped('key')
        self.assertIn(f'refund:{self.refund.out_refund_no}:done', keys)

    def test_twice_does_nothing_more(self):
        first, second = self._settle(), self._settle()
        self._approve(first)
        with mute_logger('odoo.addons.rbac_ext.models.rbac_approval_decision'):
            self._approve(second)
        self.assertEqual(self.order.refunded_fen, 40)
        self.assertEqual(len(self.order.refund_ids), 1)

    def test_it_needs_words_and_evidence(self):
        refund = self.refund  # the superuser needs no consent
        self._expect(InvalidInput, refund.action_settle, ' ', self._evidence().ids)
        self._expect(InvalidInput, refund.action_settle, 'Transferred', [])
        self.assertEqual(refund.state, 'abnormal')

    def test_only_abnormal_refunds_are_settled(self):
        other = self._request(self.order, 10)
        self._expect(Conflict, other.action_settle, 'Transferred', self._evidence().ids)

    def test_support_may_not(self):
        support = self._create_staff('settle_support', 'support')
        with self.assertRaises(AccessError):
            self.refund.with_user(support).action_settle('Transferred', [1])
        with self.assertRaises(AccessError):
            self.refund.with_user(support).action_send_to_card()

    def test_a_late_success_of_the_provider_changes_nothing(self):
        self._approve(self._settle())
        self.wechat.finish_refund(self.refund.out_refund_no, 'SUCCESS')
        self._deliver_raw(*self.wechat.refund_notice(self.refund.out_refund_no))
        self.assertEqual(self.order.refunded_fen, 40)


@tagged('post_install', '-at_install')
class TestRefundCard(AbnormalCommon):
    def setUp(self):
        super().setUp()
        self.sent = []
        self.fault = None
        self.patch(wx_http, 'send', self._send)

    def _send(self, method, url, *, headers, body, timeout):
        """Play the one call that the small WeChat Pay does not know."""
        if not url.endswith('/apply-abnormal-refund'):
            return self.wechat(method, url, headers=headers, body=body, timeout=timeout)
        self.sent.append((url, json.loads(body), headers))
        if self.fault == 'lost':
            raise OSError('lost')
        if self.fault:
            return self.wechat._error(*self.fault)
        number = self.refund.out_refund_no
        self.wechat.finish_refund(number, 'PROCESSING')
        return self.wechat._ok(self.wechat.refund(number))

    def _ask(self, **values):
        wizard = (
            self.env['wx.payment.refund.card']
            .with_user(self.finance)
            .create({'refund_id': self.refund.id, 'reason': 'New card', **CARD, **values})
        )
        return wizard.action_confirm()

    def test_the_provider_is_told_the_card_after_consent(self):
        result = self._ask()
        self._run_jobs(self.refund)
        self.assertFalse(self.sent)
        self._approve(result)
        self._run_jobs(self.refund)
        [(url, body, headers)] = self.sent
        self.assertIn(f'/{self.refund.refund_id}/', url)
        self.assertEqual(body['type'], 'USER_BANK_CARD')
        self.assertEqual(body['bank_type'], 'CMB_DEBIT')
        self.assertNotIn(CARD['number'], json.dumps(body))
        self.assertTrue(headers['Wechatpay-Serial'])
        self.assertRecordValues(
            self.refund,
            [{'card_due': False, 'card_number': False, 'card_owner': False}],
        )
        self.assertEqual(self.refund.card_hint, 'CMB_DEBIT …1234 L…')
        self.wechat.finish_refund(self.refund.out_refund_no, 'SUCCESS')
        self._run_jobs(self.refund)
        self.assertEqual(self.refund.state, 'done')
        self.assertEqual(self.order.refunded_fen, 40)

    def test_the_card_is_kept_encrypted_and_shown_to_nobody(self):
        self._ask()
        self.env.flush_all()
        for table, column in (
            ('wx_payment_refund', 'card_number'),
            ('wx_payment_refund_card', 'sealed_number'),
        ):
            self.env.cr.execute(f'SELECT {column} FROM {table} WHERE {column} IS NOT NULL')
            self.assertNotIn(CARD['number'], str(self.env.cr.fetchall()))
        with self.assertRaises(AccessError):
            self.refund.with_user(self.finance).read(['card_number'])

    def test_a_lost_answer_is_looked_up_before_it_is_sent_again(self):
        self._approve(self._ask())
        self.fault = 'lost'
        self._run_jobs(self.refund)
        self.assertTrue(self.refund.card_due)
        # It had arrived.
        self.fault = None
        self.wechat.finish_refund(self.refund.out_refund_no, 'PROCESSING')
        self._run_jobs(self.refund)
        self.assertEqual(len(self.sent), 1)
        self.assertFalse(self.refund.card_due)

    def test_a_lost_question_is_asked_again(self):
        self._approve(self._ask())
        self.fault = 'lost'
        self._run_jobs(self.refund)
        self.fault = None
        self._run_jobs(self.refund)
        self.assertEqual(len(self.sent), 2)
        self.assertFalse(self.refund.card_due)

    def test_a_refusal_is_left_to_a_person(self):
        self._approve(self._ask())
        self.fault = (400, 'PARAM_ERROR')
        with mute_logger(STATE, 'odoo.addons.wx_base.models.wx_job_mixin'):
            self._run_jobs(self.refund)
        self.assertTrue(self.refund.dead)
        self.assertEqual(self.refund.state, 'abnormal')
        self.assertFalse(self.refund.card_due)

    def test_a_customer_s_card_is_entered_in_full(self):
        self._expect(InvalidInput, lambda: self._ask(owner=False))
        result = self._ask(target='MERCHANT_BANK_CARD', bank=False, number=False, owner=False)
        self._approve(result)
        self._run_jobs(self.refund)
        self.assertEqual(self.sent[0][1]['type'], 'MERCHANT_BANK_CARD')

    def test_another_card_needs_consent_of_its_own(self):
        first = self._ask()
        self._ask(number='6225880137069999')
        with mute_logger('odoo.addons.rbac_ext.models.rbac_approval_decision'):
            approval = self._approve(first)
        self.assertEqual(approval.state, 'failed')
        self.assertFalse(self.refund.card_due)

    def test_while_the_money_is_on_its_way_to_a_card_nothing_else_is_done(self):
        self._approve(self._ask())
        self._run_jobs(self.refund)
        self.assertTrue(self.refund.card_taken)
        self._expect(Conflict, self._ask)
        self._expect(Conflict, self.refund.action_settle, 'Transferred', self._evidence().ids)
        # This card does not take it either.
        self.wechat.finish_refund(self.refund.out_refund_no, 'ABNORMAL')
        self._run_jobs(self.refund)
        self.assertFalse(self.refund.card_taken)
        self.assertTrue(self._ask())
