import hashlib
import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..const_desk import DEFAULT_WEIGHT, HEALTH_SHARES, MAX_WEIGHT


class WxPaymentChannel(models.Model):
    """Which of several channels a customer pays through."""

    _inherit = 'wx.payment.channel'

    scene_ids = fields.Many2many(
        'wx.payment.scene',
        string='Scenes',
        help='Where it is used. Empty: wherever its provider serves without being asked to.',
    )
    weight = fields.Integer(
        default=DEFAULT_WEIGHT,
        required=True,
        aggregator=None,
        tracking=True,
        help='Its share of the payments beside other channels of the same kind, app and scene. '
        '0: only while no other one works.',
    )

    _weight_check = models.Constraint(
        f'CHECK(weight BETWEEN 0 AND {MAX_WEIGHT})', 'A weight is between 0 and 1000.'
    )

    # === CONSTRAINT METHODS === #

    @api.constrains('scene_ids', 'kind')
    def _check_scenes(self):
        for channel in self:
            served = channel._provider()._scenes
            foreign = channel.scene_ids.filtered_domain([('code', 'not in', list(served))])
            if foreign:
                raise ValidationError(
                    self.env._(
                        '%(kind)s does not serve: %(scenes)s.',
                        kind=channel._kind_label(),
                        scenes=', '.join(foreign.mapped('name')),
                    )
                )

    # === BUSINESS METHODS === #

    def _kind_label(self):
        return dict(self._fields['kind']._description_selection(self.env)).get(self.kind, '')

    @api.model
    def _find_for(self, wx_user, kind, scene, seed):
        """Return the channel by which a customer pays, or none. One query.

        The same seed finds the same channel; when one goes down only its own orders move to
        the others (weighted rendezvous hashing).

        :param str kind: a kind, or the word of a brand that several kinds belong to
        :param str scene: of `const.SCENES`
        :param str seed: number of the order
        """
        channels = self.search_fetch(
            self._domain_for(wx_user, kind, scene), ['weight', 'health'], order='id'
        )
        return channels.sorted(lambda channel: channel._rank(seed))[:1]

    @api.model
    def _domain_for(self, wx_user, kind, scene):
        """Return the domain of the channels that serve a scene for an app."""
        kinds = self._kinds_of(kind)
        providers = {kind: self.env[f'wx.payment.provider.{kind}'] for kind in kinds}
        serving = [kind for kind in kinds if scene in providers[kind]._scenes]
        unasked = [kind for kind in serving if scene not in providers[kind]._optional_scenes]
        return Domain.AND(
            [
                [('app_id', '=', wx_user.app_id.id), ('kind', 'in', serving)],
                Domain('scene_ids.code', '=', scene)
                | Domain([('scene_ids', '=', False), ('kind', 'in', unasked)]),
            ]
        )

    def _rank(self, seed):
        """Return what channels are compared by; the least is taken.

        First what works, then what has a weight, then a lot that is drawn from the seed.
        """
        digest = hashlib.sha256(f'{seed}:{self.id}'.encode()).digest()
        lot = (int.from_bytes(digest[:8]) + 1) / (2**64 + 2)
        share = (self.weight or 1) * HEALTH_SHARES[self.health]
        return self.health == 'down', not self.weight, -math.log(lot) / share, self.id
