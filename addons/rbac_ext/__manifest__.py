{
    'name': 'Staff Roles',
    'version': '19.0.1.0.0',
    'category': 'Sales/WeChat',
    'summary': 'Groups of the people who run the shop, and the menu everything hangs on',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['base', 'web', 'mail'],
    'data': [
        'security/rbac_ext_groups.xml',
        'views/rbac_ext_menus.xml',
    ],
    'demo': [
        'demo/res_users_demo.xml',
    ],
    'application': True,
}
