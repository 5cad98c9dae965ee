{
    'name': 'WeChat Wallets',
    'version': '19.0.1.0.0',
    'category': 'Sales/WeChat',
    'summary': 'The ledger for customers of the mini-program: wallets, transfers, conversion',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['wx_base', 'wx_ledger'],
    'auto_install': True,
    'data': [
        'security/ir.model.access.csv',
        'security/wx_wallet_security.xml',
        'views/wx_ledger_asset_views.xml',
        'views/wx_user_views.xml',
    ],
}
