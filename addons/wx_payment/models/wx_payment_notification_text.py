import re

from odoo import api, fields, models

# Values in JSON and in XML; what they are values of is shown.
VALUE = re.compile(
    r'(?<=":")(?:[^"\\]|\\.)+|(?<=": ")(?:[^"\\]|\\.)+|(?<=DATA\[)[^\]]+|(?<=>)[^<]+'
)


def mask(text):
    """Return a raw notice with its values made unreadable but for two characters at either end."""
    if text.lstrip()[:1] in ('', '{', '<'):
        return VALUE.sub(lambda match: _hide(match[0]), text)
    pairs = (pair.partition('=') for pair in text.split('&'))
    return '&'.join(f'{name}={_hide(value)}' for name, _equals, value in pairs)


def _hide(value):
    if not value.strip():
        return value
    return f'{value[:2]}***{value[-2:]}' if len(value) >= 8 else '***'


class WxPaymentNotification(models.Model):
    _inherit = 'wx.payment.notification'

    text = fields.Text(
        string='As Received',
        compute='_compute_text',
        help='Masked, unless you may see raw notices.',
    )

    # === COMPUTE METHODS === #

    @api.depends('body')
    @api.depends_context('uid')
    def _compute_text(self):
        raw = self.env.user._has_permission('payment.notification.view_raw')
        for notice, notice_sudo in zip(self, self.sudo(), strict=True):
            notice.text = notice_sudo.body if raw else mask(notice_sudo.body or '')
