from odoo import api, fields, models


class WxCoupon(models.Model):
    _inherit = 'wx.coupon'

    scope_text = fields.Char(
        string='Good For', compute='_compute_scope_text', help='As it was when it was issued.'
    )

    # === COMPUTE METHODS === #

    @api.depends('scope')
    @api.depends_context('lang')
    def _compute_scope_text(self):
        for coupon in self:
            coupon.scope_text = ' · '.join(coupon._scope_names()) or self.env._('Everything')

    def _scope_names(self):
        """Return the parts of the scope as people read them."""
        scope = self.scope or {}
        templates = self.env['wx.coupon.template']
        kinds = dict(templates._fields['recharge_kind']._description_selection(self.env))
        names = [kinds[kind] for kind in scope.get('kinds', ())]
        for key in ('country_ids', 'operator_ids', 'package_ids'):
            # Whoever sees the coupon may see the names of what it is good for, archived or not.
            model_sudo = self.env[templates._fields[key].comodel_name].sudo()
            found = model_sudo.browse(scope.get(key, ())).exists()
            names.append(', '.join(found.mapped('display_name')))
        return [name for name in names if name]

    # === BUSINESS METHODS === #

    def _covers(self, subject):
        """Override of `wx_coupon` to compare kind, country, operator and package."""
        scope = self.scope or {}
        return super()._covers(subject) and all(
            getattr(subject, part) in scope[key]
            for key, part in self.env['wx.coupon.template']._scope_keys().items()
            if scope.get(key)
        )
