"""What the customer's browser or app is given to open the payment. Source: spec/alipay.md §1."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode

_FORM_ID = 'alipay_submit'


def order_string(parameters: Mapping[str, str]) -> str:
    """Return what an app hands to Alipay's SDK.

    :param parameters: all of them, signed
    """
    return urlencode(parameters, quote_via=quote)


def page_url(base_url: str, parameters: Mapping[str, str]) -> str:
    """Return the address of the cashier, for a plain link or redirect.

    :param base_url: the gateway
    :param parameters: all of them, signed
    """
    return f'{base_url}?{urlencode(parameters, quote_via=quote)}'


def page_form(base_url: str, parameters: Mapping[str, str]) -> str:
    """Return a form that sends itself to the cashier; for content that is too long for a link.

    The page around it must be UTF-8, or Chinese text arrives in other bytes than signed (trap 9).

    :param base_url: the gateway
    :param parameters: all of them, signed
    """
    in_url = {name: value for name, value in parameters.items() if name != 'biz_content'}
    action = escape(page_url(base_url, in_url))
    content = escape(parameters['biz_content'])
    return (
        f'<form id="{_FORM_ID}" action="{action}" method="post" accept-charset="utf-8">'
        f'<input type="hidden" name="biz_content" value="{content}"></form>'
        f'<script>document.getElementById("{_FORM_ID}").submit();</script>'
    )
