"""The running suite: a sandbox and an Odoo server on one database."""

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from . import browser, odoo_process
from .ports import any_free, choose
from .postgres import Server
from .processes import Process, plain_environment, python

SHOP_PORT = 8069
SANDBOX_PORT = 8070


class Stack:
    """A sandbox and an Odoo server that point at each other.

    :param server: the PostgreSQL server
    :param database: name of a database with our addons
    :param name: begins the names of the log files
    :param ports: Odoo's and the sandbox's port; free ones when not given
    :param options: more options for Odoo, e.g. `--workers=2`
    :param variables: more environment variables for Odoo
    """

    def __init__(
        self,
        server: Server,
        database: str,
        *,
        name: str,
        ports: tuple[int, int] | None = None,
        options: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ):
        self.database = database
        self.server = server
        shop, sandbox = ports or (any_free(), any_free())
        self.shop_url = f'http://127.0.0.1:{shop}'
        self.sandbox_url = f'http://127.0.0.1:{sandbox}'
        self.sandbox = Process(
            f'{name}-sandbox',
            python('-m', 'sandbox', '--port', str(sandbox), '--shop-url', self.shop_url),
            plain_environment(),
        )
        # Odoo serves only the database it is given by name.
        own_options = [f'--database={database}', '--no-database-list']
        own_options += [f'--http-port={shop}', f'--gevent-port={any_free()}']
        own_options += ['--max-cron-threads=4']
        self.odoo = Process(
            f'{name}-odoo',
            odoo_process.command(*own_options, *options),
            {
                **odoo_process.environment(server, shop),
                'WX_SANDBOX_URL': self.sandbox_url,
                'PATH': browser.search_path(),
                **(variables or {}),
            },
        )

    def start(self) -> Self:
        """Start both servers and wait until they answer."""
        try:
            self.sandbox.start()
            self.odoo.start()
            self.sandbox.wait_until_healthy(f'{self.sandbox_url}/control/health')
            self.odoo.wait_until_healthy(f'{self.shop_url}/web/health?db_server_status=1')
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End both servers in order."""
        self.odoo.stop()
        self.sandbox.stop()

    def kill(self) -> None:
        """End Odoo at once, as a power failure of its machine would; the sandbox stays."""
        self.odoo.kill()

    def restart(self) -> None:
        """Start Odoo again at the same address, after `kill` or while it runs."""
        self.odoo.stop()
        self.odoo.start()
        self.odoo.wait_until_healthy(f'{self.shop_url}/web/health?db_server_status=1')

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def choose_ports() -> tuple[int, int]:
    """Return the ports for a person: as asked for, the customary ones, else free ones."""
    shop = choose('HTTP_PORT', SHOP_PORT)
    customary = shop + 1 if os.environ.get('HTTP_PORT') else SANDBOX_PORT
    return shop, choose('SANDBOX_PORT', customary)
