from odoo import http

from odoo.addons.wx_base.api import api_route, decode_cursor, encode_cursor, read_id
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_base.exceptions import InvalidInput, NotFound

from ..utils import parse_phone
from .present import View
from .schemas import (
    CountryList,
    LookupAnswer,
    LookupRequest,
    OperatorList,
    OperatorQuery,
    Package,
    PackageList,
    PackageQuery,
)


class RechargeCatalogueApi(http.Controller):
    @api_route(
        f'{API_BASE}/countries', methods=['GET'], answer=CountryList, readonly=True, cacheable=True
    )
    def countries(self, call):
        """List the countries that are sold to."""
        shown, view = call.env['wx.recharge.country']._shown(), View.of(call)
        call.unless_known(view.base, shown)
        return CountryList(items=[view.country(country) for country in shown])

    @api_route(
        f'{API_BASE}/operators',
        methods=['GET'],
        query=OperatorQuery,
        answer=OperatorList,
        readonly=True,
        cacheable=True,
    )
    def operators(self, call):
        """List the operators of a country."""
        country = call.env['wx.recharge.country']._of_code(call.query.country)
        shown, view = call.env['wx.recharge.operator']._shown(country.id), View.of(call)
        call.unless_known(view.base, shown)
        return OperatorList(items=[view.operator(operator) for operator in shown])

    @api_route(
        f'{API_BASE}/packages',
        methods=['GET'],
        query=PackageQuery,
        answer=PackageList,
        readonly=True,
        cacheable=True,
    )
    def packages(self, call):
        """List the packages for sale, in the order of the shop."""
        asked = call.query.model_dump(include={'country', 'kind', 'operator_id', 'hot', 'platform'})
        found, has_more = call.env['wx.recharge.package']._list(
            decode_cursor(call.env, call.query.cursor), call.query.limit, text=call.query.q, **asked
        )
        in_stock, view = found._in_stock(), View.of(call)
        call.unless_known(view.packages_stamp(found, in_stock), has_more)
        return PackageList(
            items=[view.package(package, in_stock) for package in found],
            next_cursor=encode_cursor(found[-1].id) if has_more else None,
        )

    @api_route(
        f'{API_BASE}/packages/<string:package_id>',
        methods=['GET'],
        answer=Package,
        readonly=True,
        cacheable=True,
    )
    def package(self, call, package_id):
        """Read one package for sale."""
        found = call.env['wx.recharge.package']._sold(read_id(package_id))
        if not found:
            raise NotFound(call.env._('There is no such package.'))
        in_stock, view = found._in_stock(), View.of(call)
        call.unless_known(view.packages_stamp(found, in_stock))
        return view.package(found, in_stock)

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
        country = call.env['wx.recharge.country']._of_code(iso2)
        if not country:
            raise InvalidInput(
                call.env._('Numbers of this country cannot be topped up.'),
                {'phone': call.env._('Not sold to %(country)s.', country=iso2)},
            )
        view = View.of(call)
        candidates = call.env['wx.recharge.lookup']._candidates(call.wx_user, e164, country)
        return view.lookup(e164, iso2, candidates)
