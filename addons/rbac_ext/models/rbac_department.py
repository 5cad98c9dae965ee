from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RbacDepartment(models.Model):
    """A department or team: whom a data scope "own department" reaches."""

    _name = 'rbac.department'
    _description = 'Department'
    _parent_store = True
    _order = 'complete_name'
    _rec_name = 'complete_name'

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(compute='_compute_complete_name', recursive=True, store=True)
    parent_id = fields.Many2one('rbac.department', ondelete='restrict', index=True)
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many('rbac.department', 'parent_id', string='Parts')
    company_id = fields.Many2one('res.company', index=True)
    manager_id = fields.Many2one('res.users', ondelete='set null')
    member_ids = fields.One2many('res.users', 'rbac_department_id', string='Members')
    member_count = fields.Integer(compute='_compute_member_count', string='# Members')
    active = fields.Boolean(default=True)

    # === COMPUTE METHODS === #

    @api.depends('name', 'parent_id.complete_name')
    def _compute_complete_name(self):
        for department in self:
            above = department.parent_id.complete_name
            department.complete_name = f'{above} / {department.name}' if above else department.name

    @api.depends('member_ids')
    def _compute_member_count(self):
        for department in self:
            department.member_count = len(department.member_ids)

    # === CONSTRAINT METHODS === #

    @api.constrains('parent_id')
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._('A department cannot be a part of itself.'))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        departments = super().create(vals_list)
        self.env.registry.clear_cache()
        return departments

    def write(self, vals):
        result = super().write(vals)
        # Domains of scopes name the members.
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result


class ResUsers(models.Model):
    _inherit = 'res.users'

    rbac_department_id = fields.Many2one(
        'rbac.department', string='Department', index='btree_not_null', ondelete='set null'
    )
