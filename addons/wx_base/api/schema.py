"""Base of the pydantic models that declare requests and answers."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

# Business days are counted in Shanghai; answers carry the offset.
SHOP_ZONE = ZoneInfo('Asia/Shanghai')


def _with_offset(value):
    """Give Odoo's naive UTC times their offset; `False` (empty) becomes None."""
    if not value:
        return None
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(SHOP_ZONE)
    return value


# A time in an answer: takes Odoo's naive UTC datetime or False, goes out as ISO 8601.
Moment = Annotated[datetime | None, BeforeValidator(_with_offset)]


class Schema(BaseModel):
    """A request or an answer; unknown keys are refused, texts are stripped."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True, strict=False)


class Nothing(Schema):
    """No parameters, or an answer without data."""


class ErrorData(BaseModel):
    """Further data of an error."""

    model_config = ConfigDict(extra='allow')

    fields: dict[str, str] | None = Field(None, description='Parameter → what is wrong with it')
    retry_after: int | None = Field(None, description='Seconds to wait')


class ErrorEnvelope(Schema):
    """Answer of every error."""

    code: int = Field(description='See the table of codes', ge=1)
    msg: str
    data: ErrorData | None
    request_id: str


def envelope_of(answer: type[BaseModel]) -> type[BaseModel]:
    """Return the schema of a successful answer that carries `answer`."""
    data_type: Any = answer
    return create_model(
        f'{answer.__name__}Envelope',
        __base__=Schema,
        code=(int, Field(0, description='0: success', ge=0, le=0)),
        msg=(str, 'ok'),
        data=(data_type, ...),
        request_id=(str, ...),
    )
