import gzip
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from odoo import fields, models

from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const_bill import MAX_TRIES, UNFINISHED_ALARM_TRIES, UNFINISHED_GAP
from ..lib.paywire.errors import (
    InvalidArgument,
    NotFound,
    Refused,
    Throttled,
    Unfinished,
    WireError,
)

CHUNK_BYTES = 1024 * 1024


class PackedFile:
    """A nameless file on disk that packs what is written to it, and knows the text's sum.

    Nothing of it is left behind, even by a process that is killed.
    """

    def __init__(self):
        self.restart()

    def restart(self):
        """Forget what was written."""
        self.sum = hashlib.sha256()
        self.size = 0
        self.file = tempfile.TemporaryFile()
        # Without name and time the same text is the same file.
        self._packer = gzip.GzipFile('', 'wb', 6, self.file, mtime=0)

    def take(self, chunk):
        """Take the next bytes."""
        self.sum.update(chunk)
        self.size += len(chunk)
        self._packer.write(chunk)

    def finish(self):
        """Complete the file; it stands at its beginning then."""
        self._packer.close()
        self.file.seek(0)


class WxPaymentBill(models.Model):
    """Fetching: from the provider into the filestore, never as a whole in memory."""

    _inherit = 'wx.payment.bill'

    # === BUSINESS METHODS - FETCHING === #

    def _run_fetch(self):
        """Fetch the bill unless it is here, and tell whether there is a next step to do."""
        if self.attachment_id and not self.refetch:
            self.state = 'fetched'
            return True
        packed = PackedFile()
        commit_intent(self.env)
        try:
            self._fetch(packed)
        except NotFound:
            commit_intent(self.env)
            return self._set_none()
        except WireError as error:
            commit_intent(self.env)
            self._plan_after(error)
            return False
        # A new snapshot: the call may have taken minutes.
        commit_intent(self.env)
        lock_rows(self)
        self._set_fetched(packed)
        return True

    def _fetch(self, packed):
        """Let the provider's text run into `packed`; nothing written may be uncommitted."""
        provider = self.channel_id._provider()

        def fetch(_client):
            # A second try, with a mended key, begins a new file.
            packed.restart()
            provider._fetch_bill(self.channel_id, self.kind, self.day, packed.take)

        self.channel_id._exchange(fetch)
        packed.finish()

    def _set_fetched(self, packed):
        """Keep the file; one that is the same as before leaves everything as it is."""
        checksum = packed.sum.hexdigest()
        values = {'fetched_at': fields.Datetime.now(), 'refetch': False, 'last_error': False}
        if self.checksum == checksum and self.attachment_id:
            self.write({**values, 'state': 'parsed' if self.matched_at else 'fetched'})
            return
        self.write(
            {
                **values,
                'state': 'fetched',
                'checksum': checksum,
                'file_bytes': packed.size,
                'attachment_id': self._store(packed).id,
            }
        )

    def _set_none(self):
        """Note that the provider has no bill of the day; then all that is here is missing there."""
        lock_rows(self)
        if self.attachment_id:
            # It had one: a bill does not vanish.
            self._job_bury(self.env._('The provider does not know a bill any more that it had.'))
            return False
        if self._waits_for_trade_bill():
            return False
        self.write({'state': 'none', 'fetched_at': fields.Datetime.now(), 'refetch': False})
        self._match()
        return False

    def _plan_after(self, error):
        """Decide by the error when, and whether, the bill is asked for again."""
        message = self.channel_id._describe_error(error)
        final = isinstance(error, (Refused, InvalidArgument)) and not isinstance(error, Throttled)
        if isinstance(error, Unfinished):
            if self.try_count == UNFINISHED_ALARM_TRIES:
                self._raise_todo(self.env._('A bill is not ready at the end of the day'), message)
            self._job_retry(message, UNFINISHED_GAP)
        elif final or self.try_count >= MAX_TRIES:
            self._job_bury(message)
        else:
            self._job_retry(message)

    # === BUSINESS METHODS - THE FILE === #

    def _store(self, packed):
        """Put the file into the filestore and return its attachment.

        Odoo's own way takes the content as a whole, which may be a hundred megabytes.
        """
        attachment = self.env['ir.attachment'].create(
            {
                'name': f'{self.kind}-{self.channel_id.id}-{self.day}.csv.gz',
                'res_model': self._name,
                'res_id': self.id,
                'mimetype': 'application/gzip',
            }
        )
        if attachment._storage() != 'file':
            attachment.raw = packed.file.read()
            return attachment
        name, checksum = self._move_to_filestore(packed.file)
        self.env.cr.execute(
            'UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s'
            ' WHERE id = %s',
            (name, checksum, packed.file.tell(), attachment.id),
        )
        attachment.invalidate_recordset()
        return attachment

    def _move_to_filestore(self, file):
        """Copy a file into the filestore under the name of its sum.

        :return: name in the filestore, SHA-1
        """
        attachments = self.env['ir.attachment']
        checksum = hashlib.file_digest(file, 'sha1').hexdigest()
        file.seek(0)
        name = f'{checksum[:2]}/{checksum}'
        # Both are collected later if this transaction is never committed.
        for one in (name, f'{name}part'):
            attachments._mark_for_gc(one)
        path = Path(attachments._full_path(name))
        part = Path(attachments._full_path(f'{name}part'))
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open('wb') as target:
            shutil.copyfileobj(file, target, CHUNK_BYTES)
            target.flush()
            os.fsync(target.fileno())
        # A process that is killed leaves no half file under a name that says it is whole.
        part.replace(path)
        Path(attachments._full_path(f'checklist/{name}part')).unlink(missing_ok=True)
        return name, checksum

    def _open_file(self):
        """Return the packed file, open.

        :raise OSError: it is not there any more
        """
        attachment = self.attachment_id
        if attachment.store_fname:
            return Path(attachment._full_path(attachment.store_fname)).open('rb')
        file = tempfile.TemporaryFile()
        file.write(attachment.raw)
        file.seek(0)
        return file
