from odoo import api, fields, models

from ..const import CONSENT_ANSWERS
from ..exceptions import NotFound
from ..tools.transaction import lock_rows


class WxMessageConsent(models.Model):
    """How often a customer may still be sent a message of a template.

    Each "accept" in WeChat's dialogue allows one message. The client tells us; WeChat has the
    last word and answers 43101 when there is no consent left.
    Source: spec/wechat_miniprogram.md §5.
    """

    _name = 'wx.message.consent'
    _description = 'Consent to Messages'
    _order = 'id desc'
    _rec_name = 'template_id'

    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='wx_user_id.company_id', store=True, index=True)
    template_id = fields.Many2one(
        'wx.message.template', required=True, readonly=True, index=True, ondelete='cascade'
    )
    count = fields.Integer(
        string='Messages Left',
        required=True,
        readonly=True,
        default=0,
        help='Accepted, and neither spent by a message nor taken back by WeChat.',
    )
    accepted = fields.Integer(required=True, readonly=True, default=0, help='Times, in all.')
    spent = fields.Integer(required=True, readonly=True, default=0, help='Messages sent, in all.')
    answer = fields.Selection(
        list(CONSENT_ANSWERS), string='Last Answer', readonly=True, help="In WeChat's dialogue."
    )
    answered_at = fields.Datetime(readonly=True)

    _user_template_uniq = models.Constraint(
        'UNIQUE(wx_user_id, template_id)', 'A customer has one count for each template.'
    )
    _count_not_negative = models.Constraint(
        'CHECK(count >= 0)', 'More messages would be sent than were accepted.'
    )

    # === BUSINESS METHODS === #

    @api.model
    def _book(self, wx_user, answers):
        """Write what the customer answered in WeChat's dialogue.

        Runs as sudo: customers write no consents.

        :param dict answers: template id at WeChat → key of `const.CONSENT_ANSWERS`
        :raise NotFound: the customer's app has no such template
        """
        user_sudo = wx_user.sudo()
        templates = self.env['wx.message.template'].sudo()
        found = templates.search(
            [('app_id', '=', user_sudo.app_id.id), ('template_id', 'in', list(answers))]
        )
        if missing := answers.keys() - set(found.mapped('template_id')):
            raise NotFound(
                self.env._('There is no such template: %(names)s', names=', '.join(sorted(missing)))
            )
        for template in found.sorted('id'):
            self._of(user_sudo, template)._note(answers[template.template_id])

    @api.model
    def _list_for(self, wx_user):
        """Return what the customer's app may ask consent for, as the API shows it."""
        # Customers may read neither templates nor counts; these are of their app and their own.
        user_sudo = wx_user.sudo()
        templates = self.env['wx.message.template'].sudo()
        templates = templates.search([('app_id', '=', user_sudo.app_id.id)])
        found = self.sudo().search([('wx_user_id', '=', wx_user.id)])
        counts = {consent.template_id: consent.count for consent in found}
        return [
            {
                'event': template.code,
                'template_id': template.template_id,
                'name': template.name,
                'count': counts.get(template, 0),
            }
            for template in templates
        ]

    @api.model
    def _of(self, wx_user, template):
        """Return the customer's row for the template, locked; it is made when there is none."""
        consents = self.sudo()
        self.env.cr.execute(
            """INSERT INTO wx_message_consent
                      (wx_user_id, company_id, template_id, count, accepted, spent,
                       create_uid, write_uid, create_date, write_date)
               VALUES (%(user)s, %(company)s, %(template)s, 0, 0, 0, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
               ON CONFLICT (wx_user_id, template_id) DO NOTHING""",
            {
                'user': wx_user.id,
                'company': wx_user.sudo().company_id.id,
                'template': template.id,
                'uid': self.env.uid,
            },
        )
        consent = consents.search(
            [('wx_user_id', '=', wx_user.id), ('template_id', '=', template.id)]
        )
        return lock_rows(consent)

    def _note(self, answer):
        """Count an answer; the caller holds the lock."""
        values = {'answer': answer, 'answered_at': fields.Datetime.now()}
        if answer == 'accept':
            values |= {'count': self.count + 1, 'accepted': self.accepted + 1}
        self.write(values)

    @api.model
    def _spend(self, wx_user, template):
        """Take one consent for a message about to be sent.

        :return: False when there is none
        """
        consent = self.sudo().search(
            [('wx_user_id', '=', wx_user.id), ('template_id', '=', template.id)]
        )
        lock_rows(consent)
        if not consent.count:
            return False
        consent.write({'count': consent.count - 1, 'spent': consent.spent + 1})
        return True

    @api.model
    def _give_back(self, wx_user, template):
        """Book a consent back: the message it was taken for was refused for another reason."""
        consent = self._of(wx_user, template)
        consent.write({'count': consent.count + 1, 'spent': max(0, consent.spent - 1)})

    @api.model
    def _correct(self, wx_user, template):
        """Set the count to nothing: WeChat says that there is no consent (43101)."""
        consent = self._of(wx_user, template)
        consent.write({'count': 0, 'spent': max(0, consent.spent - 1)})
