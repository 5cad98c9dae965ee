{
    'name': 'Benchmarks',
    'version': '19.0.1.0.0',
    'category': 'Hidden',
    'summary': 'Bare routes to compare with, and the data set of the benchmarks',
    'author': 'The WeChat Commerce Suite contributors',
    'license': 'LGPL-3',
    'depends': ['wx_recharge', 'payment_xendit'],
    'data': [
        'security/ir.model.access.csv',
    ],
}
