"""Requests and answers of login and profile."""

from typing import Literal

from pydantic import Field

from ..api import Schema


class LoginRequest(Schema):
    appid: str = Field(min_length=1, max_length=32, description='AppID of the mini-program')
    code: str = Field(min_length=1, max_length=128, description='Code of `wx.login`')


class LoginAnswer(Schema):
    token: str = Field(description='Send it as `Authorization: Bearer …`')
    expires_in: int = Field(description='Life of the token in seconds')


class Profile(Schema):
    nickname: str
    avatar_url: str
    gender: Literal['male', 'female'] | None
    phone: str = Field(description='Confirmed by WeChat; empty when unknown')


class ProfileUpdate(Schema):
    nickname: str | None = Field(None, min_length=1, max_length=64)
    avatar_url: str | None = Field(None, max_length=512, pattern=r'^https://\S+$')
    gender: Literal['male', 'female'] | None = None


class DecryptRequest(Schema):
    encryptedData: str = Field(min_length=1, max_length=16384)
    iv: str = Field(min_length=1, max_length=64)


class DecryptAnswer(Schema):
    phone: str
    nickname: str


class PhoneRequest(Schema):
    code: str = Field(min_length=1, max_length=128, description='Code of the phone button')


class PhoneAnswer(Schema):
    phone: str
