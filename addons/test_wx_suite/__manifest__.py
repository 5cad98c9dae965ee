{
    'name': 'Tests of the WeChat Commerce Suite',
    'version': '19.0.1.0.0',
    'category': 'Hidden/Tests',
    'summary': 'What must hold for all addons together: lint, translations, menus',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['wx_recharge', 'wx_member', 'wx_wallet', 'test_lint'],
}
