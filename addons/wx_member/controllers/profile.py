from odoo.addons.wx_base.api import extend_route
from odoo.addons.wx_base.controllers.profile import ProfileApi

from . import present
from .schemas import MemberProfile


class MemberProfileApi(ProfileApi):
    """The profile, with the level of the customer."""

    @extend_route(ProfileApi.profile, answer=MemberProfile)
    def profile(self, call):
        """Read one's own profile."""
        return self._profile(call.wx_user)

    @extend_route(ProfileApi.update_profile, answer=MemberProfile)
    def update_profile(self, call):
        """Change one's own profile; what is left out stays as it is."""
        call.wx_user._update_profile(call.body.model_dump(exclude_none=True))
        return self._profile(call.wx_user)

    def _profile(self, wx_user):
        profile = super()._profile(wx_user)
        return MemberProfile(
            **profile.model_dump(), member_level=present.level_name(wx_user._member_level())
        )
