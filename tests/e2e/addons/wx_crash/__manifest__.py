{  # noqa: B018 (a manifest is one expression)
    'name': 'Crashes for Tests',
    'version': '19.0.1.0.0',
    'category': 'Hidden',
    'summary': 'Loaded, never installed: ends the process at a commit that a test names',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['base'],
}
