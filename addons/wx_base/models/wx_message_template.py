import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..lib.wxwire import messages


class WxMessageTemplate(models.Model):
    """A subscription message of an app: which of our values goes into which key."""

    _name = 'wx.message.template'
    _description = 'Subscription Message Template'
    _order = 'app_id, code'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    app_id = fields.Many2one('wx.app', required=True, index=True)
    company_id = fields.Many2one(related='app_id.company_id', store=True, index=True)
    code = fields.Selection(
        selection='_selection_code', required=True, help='The event that sends this message.'
    )
    template_id = fields.Char(
        string='Template ID', required=True, help='As shown in the mini-program console.'
    )
    page = fields.Char(help='Page that opens, may hold {order_no} and other values.')
    mapping = fields.Text(
        required=True,
        default='{}',
        help='JSON: key of the template → text with our values in braces, '
        'e.g. {"character_string1": "{order_no}", "thing2": "{package}"}.',
    )

    _code_uniq = models.Constraint(
        'UNIQUE(app_id, code)', 'An app has one template for each event.'
    )

    @api.model
    def _selection_code(self):
        """Return the events that send a message; addons add theirs."""
        return []

    # === CONSTRAINT METHODS === #

    @api.constrains('mapping')
    def _check_mapping(self):
        for template in self:
            try:
                mapping = json.loads(template.mapping)
            except ValueError:
                mapping = None
            if not isinstance(mapping, dict) or not all(
                isinstance(text, str) and messages.kind_of(key) != key
                for key, text in mapping.items()
            ):
                raise ValidationError(
                    self.env._(
                        'The mapping is a JSON object from template keys such as thing1 to texts.'
                    )
                )

    # === BUSINESS METHODS === #

    def _render(self, values):
        """Return `(template key → text, page)` filled with our values.

        :raise ValueError: a value is missing or does not fit; names the key
        """
        self.ensure_one()
        try:
            texts = {
                key: messages.fit(key, text.format_map(values))
                for key, text in json.loads(self.mapping).items()
            }
            return texts, (self.page or '').format_map(values)
        except (KeyError, IndexError, AttributeError) as error:
            raise ValueError(f'unknown value {error}') from error
