from odoo import http

from odoo.addons.wx_base.api import api_route, decode_cursor, encode_cursor
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_base.exceptions import InvalidInput

from ..utils import parse_phone
from . import present
from .schemas import CountryList, LookupAnswer, LookupRequest, PackageList, PackageQuery


class RechargeCatalogueApi(http.Controller):
    @api_route(f'{API_BASE}/countries', methods=['GET'], answer=CountryList, readonly=True)
    def countries(self, call):
        """List the countries that are sold to."""
        countries = call.env['wx.recharge.country'].search([])
        countries.country_id.sudo().mapped('name')  # one query for all names
        return CountryList(items=[present.country(country) for country in countries])

    @api_route(
        f'{API_BASE}/packages',
        methods=['GET'],
        query=PackageQuery,
        answer=PackageList,
        readonly=True,
    )
    def packages(self, call):
        """List the packages for sale, in the order of the shop."""
        found, has_more = call.env['wx.recharge.package']._list(
            decode_cursor(call.env, call.query.cursor),
            call.query.limit,
            country=call.query.country,
            kind=call.query.kind,
            operator_id=call.query.operator_id,
        )
        return PackageList(
            items=[present.package(package) for package in found],
            next_cursor=encode_cursor(found[-1].id) if has_more else None,
        )

    @api_route(
        f'{API_BASE}/lookup',
        methods=['POST'],
        body=LookupRequest,
        answer=LookupAnswer,
        rate='20/minute',
    )
    def lookup(self, call):
        """Tell which operators a number may belong to; the customer chooses.

        A prefix says nothing of a number taken along to another operator, so candidates are
        offered and none is chosen.
        """
        e164, iso2 = parse_phone(call.env, call.body.phone, call.body.country)
        country = call.env['wx.recharge.country'].search([('iso2', '=', iso2)])
        if not country:
            raise InvalidInput(
                call.env._('Numbers of this country cannot be topped up.'),
                {'phone': call.env._('Not sold to %(country)s.', country=iso2)},
            )
        detected, operators = call.env['wx.recharge.operator']._lookup(e164, country)
        ordered = detected | operators
        return LookupAnswer(
            phone=e164,
            country=iso2,
            candidates=[
                {'operator': present.operator(operator), 'detected': operator in detected}
                for operator in ordered
            ],
        )
