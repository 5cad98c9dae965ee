import gzip
import logging
import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.cli.command import Command
from odoo.modules.registry import Registry
from odoo.tools import config

_logger = logging.getLogger(__name__)


class LedgerExport(Command):
    """Write the ledger of a database to a compressed file for tools/verify_ledger.py."""

    name = 'ledger_export'

    def run(self, args):
        """Write the file that `--file` names: `odoo-bin ledger_export -d NAME --file FILE`."""
        parser = config.parser
        parser.prog = self.prog
        parser.add_option('--file', dest='file', help='file to write, e.g. ledger.jsonl.gz')
        options = config.parse_config(args, setup_logging=True)
        names = config['db_name']
        if len(names) != 1 or not options.file:
            sys.exit('ledger_export needs one database (-d) and a file (--file)')
        path = Path(options.file)
        with Registry(names[0]).cursor() as cr, gzip.open(path, 'wb', compresslevel=5) as file:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env['wx.ledger.export']._write(file)
        _logger.info('ledger of %s written to %s, %s bytes', names[0], path, path.stat().st_size)
