from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from .. import const_log
from ..permission import requires


class RbacFieldRule(models.Model):
    """Fields of one model whose changes are written down."""

    _name = 'rbac.field.rule'
    _description = 'Recorded Fields'
    _order = 'model'
    _rec_name = 'model_id'

    active = fields.Boolean(default=True)
    model_id = fields.Many2one(
        'ir.model', required=True, ondelete='cascade', domain=[('transient', '=', False)]
    )
    model = fields.Char(related='model_id.model', string='Technical Name', store=True)
    field_ids = fields.Many2many(
        'ir.model.fields',
        string='Fields',
        domain="[('model_id', '=', model_id), ('store', '=', True), ('ttype', 'not in', "
        "('binary', 'one2many', 'json', 'properties', 'properties_definition'))]",
    )

    _model_uniq = models.Constraint('UNIQUE(model_id)', 'There is already a rule of this model.')

    # === CONSTRAINT METHODS === #

    @api.constrains('model_id', 'field_ids')
    def _check_fields(self):
        for rule in self:
            model = self.env.get(rule.model)
            if model is None or not model._auto or model._abstract or model._transient:
                raise ValidationError(self.env._('Changes of this model cannot be recorded.'))
            for field in rule.field_ids:
                if field.model_id != rule.model_id or not _is_recordable(model, field.name):
                    raise ValidationError(
                        self.env._('Changes of %(field)s cannot be recorded.', field=field.name)
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    @requires('rbac.log.manage')
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    @requires('rbac.log.manage')
    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @requires('rbac.log.manage')
    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache()
    def _recorded(self):
        """Return names of the recorded fields by model; models without a rule are not in it."""
        rules = self.sudo().search([])
        self.flush_model()
        return {
            rule.model: frozenset(
                field.name
                for field in rule.field_ids
                if rule.model in self.env and _is_recordable(self.env[rule.model], field.name)
            )
            for rule in rules
        }


def _is_recordable(model, name):
    field = model._fields.get(name)
    return bool(field and field.store and field.type in const_log.CHANGE_TYPES)
