import re


def plant(cr, functions, pattern, replacement):
    """Put a fault into functions of the database, to see that a test finds it.

    :param functions: their names as LIKE has it; those without the pattern stay as they are
    :param pattern: regular expression of what is right, `replacement` what stands there then
    """
    cr.execute(
        'SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang'
        " WHERE p.proname LIKE %s AND l.lanname IN ('sql', 'plpgsql')",
        (functions,),
    )
    planted = 0
    for (right,) in cr.fetchall():
        wrong, count = re.subn(pattern, replacement, right)
        if count:
            cr.execute(wrong)
            planted += 1
    if not planted:
        raise LookupError(f'no function {functions} has {pattern}')
