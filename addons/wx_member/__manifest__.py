{
    'name': 'WeChat Membership',
    'version': '19.0.1.0.0',
    'category': 'Sales/WeChat',
    'summary': 'Levels, plans and memberships that customers buy, with benefits and points',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['wx_payment'],
    'data': [
        'data/rbac_permission_data.xml',
        'security/ir.model.access.csv',
        'security/wx_member_security.xml',
        'data/ir_cron_data.xml',
    ],
}
