import threading
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name


class ConcurrencyCase(BaseCase):
    """Real cursors that commit; every test cleans up after itself.

    Tag such classes `'-standard', 'wx_concurrency'`.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # Tests run while their thread holds the registry's lock; other threads need it too.
        cls.startClassPatcher(patch.object(Registry, '_lock', DummyRLock()))

    @contextmanager
    def environment(self):
        """Give an environment with a cursor of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def run_parallel(self, functions, timeout=120, overlapping=False):
        """Run functions at the same moment, each as a request would be: `function(env)` in a
        transaction of its own, started over on a serialization failure.

        :param bool overlapping: the snapshot of each is taken before the work of the others
        :return: their results in order; an exception stands for the result it prevented
        """
        results = [None] * len(functions)
        start = threading.Barrier(len(functions))

        def work(index, function):
            try:
                with self.environment() as env:
                    if overlapping:
                        env.cr.execute('SELECT 1 FROM res_users LIMIT 1')
                    start.wait(timeout)
                    results[index] = retrying(lambda: function(env), env)
            except Exception as error:  # noqa: BLE001 - handed to the test
                results[index] = error

        threads = [
            threading.Thread(target=work, args=pair, daemon=True) for pair in enumerate(functions)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout)
            self.assertFalse(thread.is_alive(), 'a transaction hangs')
        return results
