from odoo.addons.wx_base.api import api_route
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_base.controllers.profile import ProfileApi
from odoo.addons.wx_base.controllers.schemas import ProfileUpdate

from . import present
from .schemas import MemberProfile


class MemberProfileApi(ProfileApi):
    """The profile, with the level of the customer."""

    @api_route(f'{API_BASE}/profile', methods=['GET'], answer=MemberProfile, readonly=True)
    def profile(self, call):
        """Read one's own profile."""
        return self._profile(call.wx_user)

    @api_route(f'{API_BASE}/profile', methods=['PUT'], body=ProfileUpdate, answer=MemberProfile)
    def update_profile(self, call):
        """Change one's own profile; what is left out stays as it is."""
        call.wx_user._update_profile(call.body.model_dump(exclude_none=True))
        return self._profile(call.wx_user)

    def _profile(self, wx_user):
        profile = super()._profile(wx_user)
        return MemberProfile(
            **profile.model_dump(), member_level=present.level_name(wx_user._member_level())
        )
