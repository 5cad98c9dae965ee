from odoo import api, fields, models


class WxLedgerDocument(models.AbstractModel):
    """Names the business document, of whatever model, and opens it."""

    _name = 'wx.ledger.document'
    _description = 'Business Document of the Ledger'

    document_name = fields.Char(compute='_compute_document_name', string='Business Document')

    # === COMPUTE METHODS === #

    @api.depends('document_model', 'document_id')
    def _compute_document_name(self):
        for record, document in zip(self, self._documents(), strict=True):
            if document:
                record.document_name = document.display_name
            elif record.document_id:
                # Not installed any more, gone, or not for this user.
                record.document_name = f'{record.document_model},{record.document_id}'
            else:
                record.document_name = False

    # === ACTION METHODS === #

    def action_open_document(self):
        """Open the document, if the user may see it."""
        self.ensure_one()
        document = self._documents()[0]
        if not document:
            return {
                'type': 'ir.actions.client',
                'tag': 'display_notification',
                'params': {
                    'type': 'warning',
                    'message': self.env._('This document is gone, or not for you to see.'),
                },
            }
        return {
            'type': 'ir.actions.act_window',
            'res_model': document._name,
            'res_id': document.id,
            'views': [[False, 'form']],
            'name': document.display_name,
        }

    # === BUSINESS METHODS === #

    def _documents(self):
        """Return the readable document of each record, or None; a few queries a model."""
        readable = {}
        for name in {record.document_model for record in self} & self.env.registry.models.keys():
            ids = [r.document_id for r in self if r.document_model == name and r.document_id]
            if not self.env[name].has_access('read'):
                continue
            for document in self.env[name].browse(ids).exists()._filtered_access('read'):
                readable[name, document.id] = document
        return [readable.get((record.document_model, record.document_id)) for record in self]
