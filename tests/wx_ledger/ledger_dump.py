"""A ledger that is dumped while it is folded and sealed; runs inside Odoo and commits."""

from ledger_scenes import Book, fold, opened

CODE = 'DMP'


def half_done(env):
    """Book, fold and seal a part of it, and leave the rest waiting."""
    book = opened(env, CODE, 2, 1000)
    for number in range(30):
        _pay(book, number)
        if number == 10:
            fold(env, 100)
            env['wx.ledger.block']._seal()
            env.cr.commit()
    return _picture(book)


def go_on(env):
    """Find what the dump has brought, book on it, and finish folding and sealing."""
    book = Book(env, CODE)
    found = _picture(book)
    known = _pay(book, 0).is_new, _pay(book, 30).is_new
    fold(env, 7)
    while env['wx.ledger.block']._seal():
        env.cr.commit()
    return {'found': found, 'new': known, **_picture(book)}


def _pay(book, number):
    lines = [(customer, book.hot, 3) for customer in book.customers]
    return book.post(book.env, *lines, key=f'dmp:{number}')


def _picture(book):
    """Return the state and what waits for folding and sealing."""
    book.env.cr.execute(
        """SELECT (SELECT count(*) FROM wx_ledger_delta),
                  (SELECT count(*) FROM wx_ledger_unsealed),
                  (SELECT count(*) FROM wx_ledger_block)"""
    )
    unfolded, unsealed, blocks = book.env.cr.fetchone()
    return {
        'unfolded': unfolded,
        'unsealed': unsealed,
        'blocks': blocks,
        'row': book.row(),
        **book.state(),
    }
