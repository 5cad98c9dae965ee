from odoo import models
from odoo.exceptions import UserError


class IrUiView(models.Model):
    _inherit = 'ir.ui.view'

    def _get_combined_archs(self):
        """Override of `base`: `permission="code"` hides a node from whoever lacks it.

        It becomes Odoo's own `groups`, so the catalogue is the only list of who may do what,
        the schemas of lists and searches never see it, and the cached views serve all.
        """
        archs = super()._get_combined_archs()
        for view, arch in zip(self, archs, strict=True):
            for node in arch.xpath('//*[@permission]'):
                view._apply_permission(node)
        return archs

    def _apply_permission(self, node):
        """Turn the attribute `permission` of a node into `groups`.

        :raise ValueError: no such permission, or `groups` on the same node, which Odoo would
            read as either of them
        """
        code = node.attrib.pop('permission').strip()
        label = self.xml_id or self.name
        if node.get('groups'):
            self._raise_view_error(
                self.env._(
                    'View %(view)s: permission="%(code)s" and groups on one node: wrap it.',
                    view=label,
                    code=code,
                ),
                node,
            )
        try:
            node.set('groups', self.env['rbac.permission']._group_xmlid_of(code))
        except UserError as error:
            self._raise_view_error(
                self.env._(
                    'View %(view)s: there is no permission %(code)s, or no data file declares it.',
                    view=label,
                    code=code,
                ),
                node,
                from_exception=error,
            )
