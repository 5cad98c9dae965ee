from unittest.mock import patch

from odoo.fields import Command

SEND = '/cgi-bin/message/subscribe/send'
SAMPLES = {'order_no': 'R1', 'package': 'AIS 100 THB', 'amount': '21.50'}


class MessageMixin:
    """An app with a template of the event `delivered`."""

    @classmethod
    def setUpTemplate(cls):
        templates = cls.env.registry['wx.message.template']
        for name, answer in (
            ('_selection_code', [('delivered', 'Delivered'), ('silent', 'Of No Values')]),
            ('_event_samples', {'delivered': SAMPLES}),
        ):
            cls.startClassPatcher(patch.object(templates, name, lambda self, answer=answer: answer))
        cls.template = cls._create_template(
            {'thing1': '{package}', 'amount2': '¥{amount}'},
            code='delivered',
            page='pages/order?no={order_no}',
            inbox_text='{package} has arrived.',
        )

    @classmethod
    def _create_template(cls, contents, **values):
        return cls.env['wx.message.template'].create(
            {
                'name': 'Delivered',
                'app_id': cls.app.id,
                'template_id': 'TPL',
                'line_ids': [
                    Command.create({'key': key, 'text': text}) for key, text in contents.items()
                ],
                **values,
            }
        )

    def _accept(self, user=None, times=1):
        for _time in range(times):
            self.env['wx.message.consent']._book(user or self.user_a, {'TPL': 'accept'})

    def _consent(self, user=None):
        return self.env['wx.message.consent'].search(
            [('wx_user_id', '=', (user or self.user_a).id), ('template_id', '=', self.template.id)]
        )

    def _inbox(self, user=None):
        return self.env['wx.inbox.message'].search([('wx_user_id', '=', (user or self.user_a).id)])

    def _queue(self, user=None, **changes):
        values = {'order_no': 'R1', 'package': '泰国 100 铢', 'amount': '21.50'} | changes
        return self.env['wx.message']._queue(user or self.user_a, 'delivered', values, self.app)
