import base64
import binascii

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..permission import requires

ROW = Markup('<tr><td>%s</td><td class="text-success">%s</td><td class="text-danger">%s</td></tr>')


class RbacPackExport(models.TransientModel):
    _name = 'rbac.pack.export'
    _description = 'Export Roles'

    role_ids = fields.Many2many(
        'res.users.role', string='Roles', default=lambda self: self._default_role_ids()
    )
    file = fields.Binary(readonly=True, attachment=False)
    filename = fields.Char(readonly=True)

    def _default_role_ids(self):
        if self.env.context.get('active_model') == 'res.users.role':
            return self.env.context.get('active_ids')
        return self.env['res.users.role'].search([])

    @requires('rbac.role.manage')
    def action_export(self):
        self.ensure_one()
        text = self.env['rbac.pack']._export(self.role_ids)
        self.write({'file': base64.b64encode(text.encode()), 'filename': 'roles.json'})
        return {
            'type': 'ir.actions.act_url',
            'url': f'/web/content/{self._name}/{self.id}/file/{self.filename}?download=true',
            'target': 'download',
        }


class RbacPackImport(models.TransientModel):
    _name = 'rbac.pack.import'
    _description = 'Import Roles'

    file = fields.Binary(string='Role Pack', required=True, attachment=False)
    filename = fields.Char()
    difference = fields.Html(compute='_compute_difference', sanitize=False)
    has_changes = fields.Boolean(compute='_compute_difference')

    # === COMPUTE METHODS === #

    @api.depends('file')
    def _compute_difference(self):
        for wizard in self:
            changes, problem = [], ''
            if wizard.file:
                try:
                    changes = wizard.env['rbac.pack']._compare(wizard._read())
                except UserError as error:
                    problem = str(error)
            wizard.has_changes = bool(changes)
            wizard.difference = wizard._render(changes, problem) if wizard.file else ''

    # === ACTION METHODS === #

    @requires('rbac.role.manage')
    def action_apply(self):
        self.ensure_one()
        self.env['rbac.pack']._apply(self._read())
        return {'type': 'ir.actions.act_window_close'}

    # === BUSINESS METHODS === #

    def _read(self):
        try:
            text = base64.b64decode(self.with_context(bin_size=False).file).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UserError(self.env._('This file is not text.')) from error
        return self.env['rbac.pack']._read(text)

    def _render(self, changes, problem):
        if problem:
            return Markup('<div class="alert alert-danger">%s</div>') % problem
        if not changes:
            return Markup('<p>%s</p>') % self.env._('The roles are like that already.')
        rows = Markup('').join(
            ROW
            % (
                self._render_name(change),
                Markup('<br/>').join(change['adds']),
                Markup('<br/>').join(change['removes']),
            )
            for change in changes
        )
        head = Markup('<tr><th>%s</th><th>%s</th><th>%s</th></tr>') % (
            self.env._('Role'),
            self.env._('Added'),
            self.env._('Removed'),
        )
        return Markup('<table class="table table-sm">%s%s</table>') % (head, rows)

    def _render_name(self, change):
        if not change['new']:
            return change['name']
        badge = Markup('%s <span class="badge text-bg-info">%s</span>')
        return badge % (change['name'], self.env._('new'))
