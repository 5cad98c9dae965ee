"""What WeChat remembers of people, codes, tokens and messages."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

CODE_SECONDS = 300.0
TOKEN_SECONDS = 7200.0


@dataclass
class Person:
    """A WeChat user as one mini-program sees him."""

    appid: str
    openid: str
    unionid: str = ''
    # The newest session key, and the ones before: the client encrypts with the newest only.
    session_key: str = ''
    quota: dict[str, int] = field(default_factory=dict)
    refuses_messages: bool = False


@dataclass
class Code:
    """A code from `wx.login` or from the phone-number button: 5 minutes, once."""

    code: str
    person: Person
    expires: float
    session_key: str = ''
    phone: str = ''
    country_code: str = ''
    used: bool = False


@dataclass
class Token:
    """An access token of one app, with the virtual times that end its life."""

    value: str
    appid: str
    expires: float
    dead: bool = False


@dataclass
class WechatState:
    """Hold everything the mini-program's server API knows."""

    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    login_codes: dict[str, Code] = field(default_factory=dict)
    phone_codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    current_token: dict[str, str] = field(default_factory=dict)
    refreshes: dict[str, list[float]] = field(default_factory=dict)
    logins: dict[str, list[float]] = field(default_factory=dict)

    def without_history(self) -> WechatState:
        """Return a new state with the same people, whose session keys and quotas live on."""
        return WechatState(people=self.people)

    def person(self, appid: str, openid: str) -> Person:
        """Return the person, registering the openid for this app when it is new."""
        key = (appid, openid)
        if key not in self.people:
            self.people[key] = Person(appid, openid)
        return self.people[key]

    def known(self, appid: str, openid: str) -> Person | None:
        """Return the person behind an openid of this app."""
        return self.people.get((appid, openid))

    def login_code(self, person: Person, now: float) -> Code:
        """Play `wx.login`: the session key rotates; only this code brings it to the server."""
        person.session_key = base64.b64encode(secrets.token_bytes(16)).decode()
        code = Code(secrets.token_hex(16), person, now + CODE_SECONDS, person.session_key)
        self.login_codes[code.code] = code
        return code

    def phone_code(self, person: Person, phone: str, country_code: str, now: float) -> Code:
        """Play the phone-number button."""
        code = Code(
            secrets.token_hex(32),
            person,
            now + CODE_SECONDS,
            phone=phone,
            country_code=country_code,
        )
        self.phone_codes[code.code] = code
        return code
