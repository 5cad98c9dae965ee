"""Forgetting what processes keep in memory with `tools.ormcache`."""

import functools


def forget_cached(env, cache='default'):
    """Clear a cache here and, with the commit, in all other processes.

    At once, so that this transaction reads what it writes; and once more after the commit,
    because until then another thread may fill the cache with what was true before.

    :param str cache: name of the cache, as given to `tools.ormcache`
    """
    env.registry.clear_cache(cache)
    env.cr.postcommit.add(functools.partial(env.registry.clear_cache, cache))
