from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.wxwire import messages
from ..tools.texts import fill


class WxMessageTemplateLine(models.Model):
    """One key of a template at WeChat and what of ours goes into it."""

    _name = 'wx.message.template.line'
    _description = 'Content of a Message Template'
    _order = 'sequence, id'
    _rec_name = 'key'

    template_id = fields.Many2one(
        'wx.message.template', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='template_id.company_id', store=True, index=True)
    sequence = fields.Integer(default=10)
    key = fields.Char(
        string='Key at WeChat', required=True, help='As the template names it, e.g. thing2.'
    )
    text = fields.Char(
        string='Our Text', required=True, help='Text with our values in braces, e.g. {package}.'
    )
    limit = fields.Char(
        string='WeChat Takes', compute='_compute_limit', help='What a key of this kind may hold.'
    )
    example = fields.Char(compute='_compute_example', help='As WeChat gets it.')

    _key_uniq = models.Constraint(
        'UNIQUE(template_id, key)', 'A template has each of its keys once.'
    )

    # === COMPUTE METHODS === #

    @api.depends('key')
    def _compute_limit(self):
        for line in self:
            try:
                kind = messages.kind_of(line.key or '')
            except messages.Misfit:
                line.limit = ''
            else:
                line.limit = self.env._(
                    '%(kind)s, at most %(count)s characters',
                    kind=kind,
                    count=messages.LIMITS[kind],
                )

    @api.depends('key', 'text', 'template_id.code')
    def _compute_example(self):
        for line in self:
            try:
                line.example = line._render(line.template_id._samples() or {})
            except ValueError as error:
                line.example = str(error)

    # === CONSTRAINT METHODS === #

    @api.constrains('key', 'text')
    def _check_text(self):
        """Try each text with the examples of the event: a wrong one spoils the whole message."""
        for line in self:
            try:
                messages.kind_of(line.key)
            except messages.Misfit:
                raise ValidationError(
                    self.env._(
                        '%(key)s is no key of a template. Keys look like thing2.',
                        key=line.key,
                    )
                ) from None
            line.template_id._check_names(line.key, line.text)
            samples = line.template_id._samples()
            if samples is not None:
                line._check_example(samples)

    def _check_example(self, samples):
        try:
            self._render(samples)
        except messages.Misfit as error:
            raise ValidationError(
                self.env._(
                    '%(key)s does not take such a text: %(example)s. WeChat takes: %(limit)s',
                    key=error.key,
                    example=fill(self.text, samples),
                    limit=self.limit,
                )
            ) from None

    # === BUSINESS METHODS === #

    def _render(self, values):
        """Return the text as WeChat takes it.

        :raise ValueError: a value is missing, or does not fit the key (`Misfit`)
        """
        return messages.fit(self.key or '', fill(self.text or '', values))
