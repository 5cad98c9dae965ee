import hashlib
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import IDEMPOTENCY_DAYS
from ..exceptions import Conflict, InvalidInput

KEY = re.compile(r'[0-9A-Za-z_\-:.]{8,64}')


class WxIdempotencyKey(models.Model):
    """Answers remembered by the key that the client gave with its request."""

    _name = 'wx.idempotency.key'
    _description = 'Idempotency Key'
    _rec_name = 'key'

    wx_user_id = fields.Many2one('wx.user', required=True, readonly=True, ondelete='cascade')
    route = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    body_hash = fields.Char(required=True, readonly=True)
    answer = fields.Text(readonly=True)

    _key_uniq = models.Constraint(
        'UNIQUE(wx_user_id, route, key)', 'An idempotency key is used once.'
    )

    # === BUSINESS METHODS === #

    @api.model
    def _claim(self, wx_user, route, key, body):
        """Return `(row of this key, answer)`, None for the answer when there is none yet.

        The unique index decides, not a search: of two requests at the same time one waits
        for the other's commit, starts over and finds its answer.

        :param bytes body: raw body; the same key with another body is refused
        :raise InvalidInput: no usable key
        :raise Conflict: the key was used for something else, or its request is still running
        """
        if not KEY.fullmatch(key):
            raise InvalidInput(
                self.env._('The header Idempotency-Key is missing or not valid.'),
                {'Idempotency-Key': self.env._('8 to 64 letters, digits, - _ : .')},
            )
        body_hash = hashlib.sha256(body).hexdigest()
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_idempotency_key (wx_user_id, route, key, body_hash,
                                                   create_uid, create_date)
                   VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT (wx_user_id, route, key) DO NOTHING RETURNING id""",
                wx_user.id,
                route,
                key,
                body_hash,
                self.env.uid,
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        created = self.env.cr.fetchone()
        if created:
            return self.sudo().browse(created[0]), None  # customers may not write this model
        claim = self.sudo().search(
            [('wx_user_id', '=', wx_user.id), ('route', '=', route), ('key', '=', key)]
        )
        if claim.body_hash != body_hash:
            raise Conflict(self.env._('This Idempotency-Key was used for another request.'))
        if not claim.answer:
            raise Conflict(self.env._('The first request with this key is still running.'))
        return claim, claim.answer

    def _store(self, answer):
        """Remember the answer, in the transaction of what it reports."""
        self.ensure_one()
        self.env.cr.execute(
            SQL('UPDATE wx_idempotency_key SET answer = %s WHERE id = %s', answer, self.id)
        )
        self.invalidate_recordset(['answer'], flush=False)

    @api.autovacuum
    def _gc_keys(self):
        limit = 10_000
        before = fields.Datetime.now() - timedelta(days=IDEMPOTENCY_DAYS)
        old = self.search([('create_date', '<', before)], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
