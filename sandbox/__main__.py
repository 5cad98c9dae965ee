"""Run the simulator: `python -m sandbox --port 8070 --shop-url http://127.0.0.1:8069`."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from .app import create_app
from .server import serve
from .state import Options, Sandbox

# The addresses the shop's demo suppliers have; in life they are entered at the suppliers' sites.
DEMO_CALLBACKS = {
    name: f'/recharge/callback/{name}-sandbox' for name in ('reloadly', 'ding', 'juhe')
}


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
        '--callback-url',
        action='append',
        default=[],
        metavar='SUPPLIER=URL',
        help="where a supplier's callbacks go; the demo supplier's address by default",
    )
    command.add_argument(
        '--reloadly-webhook-url', help='the same as --callback-url reloadly=URL; none when empty'
    )
    command.add_argument(
        '--local-host',
        action='append',
        default=[],
        metavar='NAME',
        help='host that may be notified over plain http besides the loopback addresses',
    )
    command.add_argument(
        '--public-url',
        default='',
        help="the sandbox's address for browsers (H5 pages); the one it is called by when absent",
    )
    return command


def options(arguments: argparse.Namespace) -> Options:
    """Return the settings the command line gives."""
    shop_url = arguments.shop_url.rstrip('/')
    callbacks = {name: f'{shop_url}{path}' for name, path in DEMO_CALLBACKS.items()}
    callbacks |= dict(item.split('=', 1) for item in arguments.callback_url)
    if arguments.reloadly_webhook_url is not None:
        callbacks['reloadly'] = arguments.reloadly_webhook_url
    return Options(
        shop_url=shop_url,
        speed=arguments.speed,
        callback_urls=callbacks,
        local_hosts=frozenset(arguments.local_host),
        public_url=arguments.public_url.rstrip('/'),
    )


def main() -> int:
    """Serve until the process is told to end."""
    arguments = parser().parse_args()
    logging.basicConfig(
        level=os.environ.get('SANDBOX_LOG', 'WARNING').upper(),
        format='%(asctime)s %(levelname)s %(name)s: %(message)s',
    )
    address = f'http://{arguments.host}:{arguments.port}/phone'
    sys.stdout.write(f'sandbox: {address} (shop: {arguments.shop_url})\n')
    sys.stdout.flush()
    serve(create_app(Sandbox(options(arguments))), arguments.host, arguments.port)
    return 0


if __name__ == '__main__':
    sys.exit(main())
