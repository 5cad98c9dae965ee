{
    'name': 'WeChat Base',
    'version': '19.0.1.1.0',
    'category': 'Sales/WeChat',
    'summary': 'Mini-program apps and users, JSON API kernel, outbox, encrypted fields',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['rbac_ext', 'mail'],
    'external_dependencies': {
        'python': ['cryptography', 'limits', 'pycryptodome', 'pydantic', 'PyJWT', 'requests'],
    },
    'data': [
        'security/wx_base_groups.xml',
        'data/rbac_permission_data.xml',
        'security/ir.model.access.csv',
        'security/wx_user_security.xml',
        'data/res_users_data.xml',
        'data/ir_cron_data.xml',
        'views/wx_app_views.xml',
        'views/wx_user_views.xml',
        'views/wx_message_template_views.xml',
        'views/wx_message_views.xml',
        'views/wx_base_menus.xml',
    ],
    'demo': [
        'demo/wx_app_demo.xml',
    ],
}
