from odoo import fields, models

from ..permission import requires


class ResDevice(models.Model):
    _inherit = 'res.device'

    rbac_presence = fields.Char(related='user_id.im_status', string='Presence')

    # === ACTIONS === #

    @requires('rbac.user.end_session')
    def action_rbac_end_session(self):
        """End these web sessions, on every server, at once. One's own is left to signing out."""
        self.sudo().filtered(lambda device: not device.is_current)._revoke()
        return True

    # === BUSINESS METHODS === #

    def _revoke(self):
        """Override of `base`: sessions of others end by the guarded act, whatever the road."""
        others = self.browse()
        if not self.env.su:
            others = self.filtered(lambda device: device.user_id != self.env.user)
            if others:
                others.action_rbac_end_session()
        # Whether a session was ended is remembered per process, see `_rbac_is_session_ended`;
        # other threads may read it anew until the commit.
        self.env.registry.clear_cache()
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
        return super(ResDevice, self - others)._revoke()
