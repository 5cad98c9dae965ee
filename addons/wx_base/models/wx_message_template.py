from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.texts import fill, names_in


class WxMessageTemplate(models.Model):
    """A message that an app sends: which of our values goes into which key at WeChat.

    The inbox of the mini-program gets the message instead where WeChat may not be used.
    """

    _name = 'wx.message.template'
    _description = 'Subscription Message Template'
    _order = 'app_id, code'

    name = fields.Char(
        required=True, translate=True, help='Title of the message in the inbox, too.'
    )
    active = fields.Boolean(default=True)
    app_id = fields.Many2one('wx.app', required=True, index=True)
    company_id = fields.Many2one(related='app_id.company_id', store=True, index=True)
    code = fields.Selection(
        string='Event',
        selection='_selection_code',
        required=True,
        help='The event that sends this message.',
    )
    template_id = fields.Char(
        string='Template ID', required=True, help='As shown in the mini-program console.'
    )
    page = fields.Char(help='Page that opens, may hold {order_no} and other values.')
    line_ids = fields.One2many(
        'wx.message.template.line', 'template_id', string='Contents', copy=True
    )
    inbox_text = fields.Text(
        translate=True,
        help='What the inbox of the mini-program says when the customer has not agreed to a '
        'message of WeChat, with our values in braces. Empty: the contents, one a line.',
    )
    value_names = fields.Char(
        string='Values',
        compute='_compute_value_names',
        help='What the texts may name, in braces.',
    )

    _code_uniq = models.Constraint(
        'UNIQUE(app_id, code)', 'An app has one template for each event.'
    )

    @api.model
    def _selection_code(self):
        """Return the events that send a message; addons add theirs."""
        return []

    @api.model
    def _event_samples(self):
        """Return for each event an example of every value that its texts may name.

        Addons add their events. Texts are tried with the examples before they are saved.

        :rtype: dict[str, dict[str, str]]
        """
        return {}

    # === COMPUTE METHODS === #

    @api.depends('code')
    def _compute_value_names(self):
        for template in self:
            names = template._samples() or ()
            template.value_names = ', '.join(f'{{{name}}}' for name in names)

    # === CONSTRAINT METHODS === #

    @api.constrains('code', 'page', 'inbox_text')
    def _check_texts(self):
        for template in self:
            for name in ('page', 'inbox_text'):
                label = template._fields[name]._description_string(self.env)
                template._check_names(label, template[name] or '')
            template.line_ids._check_text()

    def _check_names(self, label, text):
        """Refuse a text that speaks of what the event does not tell.

        :param str label: where the text stands
        :raise ValidationError: names the place and the value
        """
        samples = self._samples()
        try:
            unknown = names_in(text) - (names_in(text) if samples is None else samples.keys())
        except ValueError as error:
            unknown = {str(error)}
        if unknown:
            raise ValidationError(
                self.env._(
                    '%(place)s: the event has no value %(names)s. It has: %(known)s',
                    place=label,
                    names=', '.join(sorted(unknown)),
                    known=self.value_names or '–',
                )
            )

    # === BUSINESS METHODS === #

    def _samples(self):
        """Return the examples of the event's values, None when the event declares none."""
        return self._event_samples().get(self.code)

    def _render(self, values):
        """Return `(template key → text, page)` filled with our values.

        :raise ValueError: a value is missing, or does not fit its key (`Misfit`); names it
        """
        self.ensure_one()
        texts = {line.key: line._render(values) for line in self.line_ids}
        return texts, fill(self.page or '', values)

    def _render_inbox(self, values):
        """Return the text for the inbox of the mini-program.

        :raise ValueError: a value is missing; names it
        """
        self.ensure_one()
        text = self.inbox_text or '\n'.join(self.line_ids.mapped('text'))
        return fill(text, values)
