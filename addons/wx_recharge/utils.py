"""Stateless helpers: phone numbers, references."""

import base64
import secrets
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

import phonenumbers

from odoo.addons.wx_base.exceptions import InvalidInput

SHOP_ZONE = ZoneInfo('Asia/Shanghai')
# Kinds of numbers that nobody can top up; kinds the metadata cannot tell apart are let pass.
NOT_MOBILE = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)


def parse_phone(env, text, region=None):
    """Return a phone number as `(E.164, ISO2 of its country)`.

    :param str region: ISO2 of the country a number without `+` belongs to
    :raise InvalidInput: names the field `phone` and what is wrong with it
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            reason = env._('Begin with + and the country code.')
        else:
            reason = env._('This is not a phone number.')
        raise InvalidInput(env._('The phone number is not valid.'), {'phone': reason}) from None
    iso2 = phonenumbers.region_code_for_number(number)
    # Regions that are digits are no country: satellite and toll-free numbers.
    known = iso2 and iso2.isalpha()
    if number.extension or not known or not phonenumbers.is_valid_number(number):
        raise InvalidInput(
            env._('The phone number is not valid.'),
            {'phone': env._('No operator has such a number.')},
        )
    if phonenumbers.number_type(number) in NOT_MOBILE:
        raise InvalidInput(
            env._('The phone number is not valid.'),
            {'phone': env._('This is not a mobile number.')},
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), iso2


def check_phone_country(env, text, country):
    """Return a phone number as E.164 that belongs to `country` (`wx.recharge.country`).

    :raise InvalidInput: the number is not valid or of another country
    """
    e164, iso2 = parse_phone(env, text, country.iso2)
    if iso2 != country.iso2:
        raise InvalidInput(
            env._('The phone number is of another country than the package.'),
            {'phone': env._('Enter a number of %(country)s.', country=country.display_name)},
        )
    return e164


def face_value(record):
    """Return a package's or order's face value as a decimal text and its currency's code."""
    currency = record.face_currency_id.sudo()  # customers may not read currencies
    if not record.face_value or not currency:
        return None, None
    return f'{record.face_value:.{currency.decimal_places}f}', currency.name


def shop_today():
    """Return the shop's day."""
    return datetime.now(SHOP_ZONE).date()


def make_order_no(now=None):
    """Return an order number people can read out: R, the time in Shanghai, eight digits."""
    now = now or datetime.now(SHOP_ZONE)
    return f'R{now:%Y%m%d%H%M%S}{secrets.randbelow(10**8):08d}'


def make_reference():
    """Return a reference for a supplier: 24 of A–Z and 2–7.

    Upper case only, because some suppliers compare without case
    (spec/topup_suppliers.md §1, customIdentifier).
    """
    return base64.b32encode(secrets.token_bytes(15)).decode()


def missing_fen(price_fen, asked, delivered):
    """Return what a part that was not delivered is worth, rounded up for the customer.

    :param Decimal asked: what was ordered, in the currency of `delivered`
    :return: None when that is nothing or everything: no part, so no rule fits
    """
    if not 0 < delivered < asked:
        return None
    part = Decimal(price_fen) * (asked - delivered) / asked
    return min(int(part.to_integral_value(ROUND_CEILING)), price_fen)
