"""Requests and answers of login and profile."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ..api import Schema


def _no_nul(text):
    """PostgreSQL cannot store the character NUL."""
    if '\x00' in text:
        raise ValueError('must not contain the character NUL')
    return text


Text = Annotated[str, AfterValidator(_no_nul)]


class LoginRequest(Schema):
    appid: Text = Field(min_length=1, max_length=32, description='AppID of the mini-program')
    code: Text = Field(min_length=1, max_length=128, description='Code of `wx.login`')


class LoginAnswer(Schema):
    token: str = Field(description='Send it as `Authorization: Bearer …`')
    expires_in: int = Field(description='Life of the token in seconds')


class Profile(Schema):
    nickname: str
    avatar_url: str
    gender: Literal['male', 'female'] | None
    phone: str = Field(description='Confirmed by WeChat; empty when unknown')


class ProfileUpdate(Schema):
    nickname: Text | None = Field(None, min_length=1, max_length=64)
    avatar_url: Text | None = Field(None, max_length=512, pattern=r'^https://\S+$')
    gender: Literal['male', 'female'] | None = None


class DecryptRequest(Schema):
    encryptedData: str = Field(min_length=1, max_length=16384)
    iv: str = Field(min_length=1, max_length=64)


class DecryptAnswer(Schema):
    phone: str
    nickname: str


class PhoneRequest(Schema):
    code: Text = Field(min_length=1, max_length=128, description='Code of the phone button')


class PhoneAnswer(Schema):
    phone: str
