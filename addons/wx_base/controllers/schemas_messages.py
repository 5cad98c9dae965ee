"""Requests and answers of consents and of the inbox."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ..api import Moment, Schema
from ..const import CONSENT_ANSWERS, CONSENTS_MAX, INBOX_PAGE_MAX

Answer = Literal[tuple(key for key, _label in CONSENT_ANSWERS)]
TemplateId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MessageId = Annotated[int, Field(ge=1, le=2**31 - 1)]


class ConsentRequest(Schema):
    consents: dict[TemplateId, Answer] = Field(
        min_length=1,
        max_length=CONSENTS_MAX,
        description='What `wx.requestSubscribeMessage` answered, by template id',
    )


class Consent(Schema):
    event: str = Field(description='What the message tells of')
    template_id: str = Field(description='For `wx.requestSubscribeMessage`')
    name: str
    count: int = Field(description='Messages that may still be sent')


class ConsentList(Schema):
    items: list[Consent]


class InboxQuery(Schema):
    unread: bool = Field(False, description='Only what has not been read')
    cursor: Annotated[str, Field(max_length=64)] | None = Field(
        None, description='`next_cursor` of the page before'
    )
    limit: int = Field(20, ge=1, le=INBOX_PAGE_MAX)


class InboxMessage(Schema):
    id: int
    title: str
    body: str
    page: str = Field(description='Page of the mini-program that opens; may be empty')
    created_at: Moment
    read_at: Moment


class InboxList(Schema):
    items: list[InboxMessage]
    next_cursor: str | None


class Unread(Schema):
    count: int


class ReadRequest(Schema):
    ids: list[MessageId] | None = Field(
        None, min_length=1, max_length=INBOX_PAGE_MAX, description='Left out: all of them'
    )
