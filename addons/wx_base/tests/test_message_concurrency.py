from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ConcurrencyCase

APPID = 'wxconcurrency00002'


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestMessageConcurrency(ConcurrencyCase):
    """The count of consents holds when many come at the same moment."""

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger('odoo.sql_db', 'odoo.service.model'))
        templates = self.registry['wx.message.template']
        choose = patch.object(templates, '_selection_code', lambda self: [('told', 'Told')])
        self.startPatcher(choose)
        with self.environment() as env:
            app = env['wx.app'].create({'name': 'C', 'appid': APPID, 'endpoint': 'simulator'})
            user = env['wx.user'].create({'app_id': app.id, 'openid': 'consenting'})
            template = env['wx.message.template'].create(
                {
                    'name': 'Told',
                    'app_id': app.id,
                    'code': 'told',
                    'template_id': 'TPL',
                    'line_ids': [Command.create({'key': 'thing1', 'text': 'Text'})],
                }
            )
            self.app_id, self.user_id, self.template_id = app.id, user.id, template.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            env['wx.user'].browse(self.user_id).unlink()
            env['wx.message.template'].browse(self.template_id).unlink()
            env['wx.app'].browse(self.app_id).unlink()

    def _accept(self, env):
        env['wx.message.consent']._book(env['wx.user'].browse(self.user_id), {'TPL': 'accept'})

    def _spend(self, env):
        return env['wx.message.consent']._spend(
            env['wx.user'].browse(self.user_id),
            env['wx.message.template'].browse(self.template_id),
        )

    def _counts(self):
        with self.environment() as env:
            consent = env['wx.message.consent'].search([('wx_user_id', '=', self.user_id)])
            return consent.mapped('count'), consent.mapped('accepted'), consent.mapped('spent')

    def test_no_consent_is_lost_or_spent_twice(self):
        # The first ones find no row and make it.
        self.run_parallel([self._accept] * 4, overlapping=True)
        self.assertEqual(self._counts(), ([4], [4], [0]))
        results = self.run_parallel([self._spend] * 6, overlapping=True)
        self.assertEqual(sorted(results), [False, False, True, True, True, True])
        self.assertEqual(self._counts(), ([0], [4], [4]))
