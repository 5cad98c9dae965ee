{
    'name': 'WeChat Coupons',
    'version': '19.0.1.0.0',
    'category': 'Sales/WeChat',
    'summary': 'Coupons of the shop: templates, claims, codes, gifts, hold, use, give back',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['wx_member'],
    'data': [
        'data/rbac_permission_data.xml',
        'security/ir.model.access.csv',
        'security/wx_coupon_security.xml',
    ],
}
