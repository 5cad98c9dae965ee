"""Texts that people write with our values in braces, such as `Order {order_no}`."""

from string import Formatter


def names_in(text):
    """Return the names of the values that `text` speaks of.

    :raise ValueError: a brace is not closed, or holds more than a name
    """
    names = set()
    for _literal, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f'{{{name}}}')
        names.add(name)
    return names


def fill(text, values):
    """Return `text` with its values.

    :param dict values: name → text
    :raise ValueError: names the value that is missing, or the brace that is wrong
    """
    if missing := names_in(text) - values.keys():
        raise ValueError(', '.join(f'{{{name}}}' for name in sorted(missing)))
    return text.format_map(values)
