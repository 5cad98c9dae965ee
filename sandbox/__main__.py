"""Run the simulator: `python -m sandbox --port 8070 --shop-url http://127.0.0.1:8069`."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from .app import create_app
from .server import serve
from .state import Options, Sandbox


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = argparse.ArgumentParser(prog='python -m sandbox', description=__doc__)
    command.add_argument('--host', default='127.0.0.1')
    command.add_argument('--port', type=int, default=8070)
    command.add_argument(
        '--shop-url', default='http://127.0.0.1:8069', help='address of the shop (phone page)'
    )
    command.add_argument(
        '--speed', type=float, default=1.0, help='virtual seconds a second; 0 stands still'
    )
    command.add_argument(
        '--reloadly-webhook-url', default='', help='where top-up webhooks go; none when empty'
    )
    command.add_argument(
        '--local-host',
        action='append',
        default=[],
        metavar='NAME',
        help='host that may be notified over plain http besides the loopback addresses',
    )
    return command


def main(arguments: list[str] | None = None) -> int:
    """Serve until the process is told to end."""
    given = parser().parse_args(arguments)
    logging.basicConfig(
        level=os.environ.get('SANDBOX_LOG', 'WARNING').upper(),
        format='%(asctime)s %(levelname)s %(name)s: %(message)s',
    )
    options = Options(
        shop_url=given.shop_url.rstrip('/'),
        speed=given.speed,
        reloadly_webhook_url=given.reloadly_webhook_url,
        local_hosts=frozenset(given.local_host),
    )
    address = f'http://{given.host}:{given.port}/phone'
    sys.stdout.write(f'sandbox: {address} (shop: {options.shop_url})\n')
    sys.stdout.flush()
    serve(create_app(Sandbox(options)), given.host, given.port)
    return 0


if __name__ == '__main__':
    sys.exit(main())
