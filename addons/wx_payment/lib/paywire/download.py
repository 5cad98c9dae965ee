"""A bill on its way from the transport to the caller."""

import hashlib
import zlib
from collections.abc import Callable

from .errors import Malformed, UnknownOutcome

# Far more than a day has; what is larger is an attack or a mistake.
MAX_BILL_BYTES = 2 * 1024**3
MAX_PAGE_BYTES = 64 * 1024

_GZIP_MAGIC = b'\x1f\x8b'
_PIECE = 256 * 1024
_GZIP_WINDOW = 31


class Download:
    """Passes the plain text of a bill on, piece by piece, and knows its sum.

    A gzip file is unpacked on the way, asked for or not. A page (XML, HTML) is no bill: it is kept
    in `page`, and nothing is passed on.
    """

    def __init__(self, write: Callable[[bytes], None], *, limit: int = MAX_BILL_BYTES) -> None:
        self._write = write
        self._limit = limit
        self._head = b''
        self._take: Callable[[bytes], None] | None = None
        self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
        self._received_sum = hashlib.sha1(usedforsecurity=False)
        self._plain_sum = hashlib.sha1(usedforsecurity=False)
        self.page = b''
        self.size = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the answer.

        :raise Malformed: a broken gzip file, or more than a bill can have
        """
        self._received_sum.update(chunk)
        if not chunk:
            return
        if self._take is None:
            # Two bytes tell what it is; the transport may bring them one by one.
            self._head += chunk
            if len(self._head) < len(_GZIP_MAGIC):
                return
            self._take = self._choose()
            chunk = self._head
        self._take(chunk)

    def _choose(self) -> Callable[[bytes], None]:
        if self._head.startswith(_GZIP_MAGIC):
            return self._unpack
        return self._keep_page if self._head.startswith(b'<') else self._pass_on

    def _keep_page(self, chunk: bytes) -> None:
        self.page += chunk
        if len(self.page) > MAX_PAGE_BYTES:
            raise Malformed('The answer is no bill.')

    def _unpack(self, chunk: bytes) -> None:
        try:
            while True:
                plain = self._unpacker.decompress(chunk, _PIECE)
                self._pass_on(plain)
                # A full piece may have left some of the text in the tail, or inside.
                if len(plain) < _PIECE:
                    break
                chunk = self._unpacker.unconsumed_tail
        except zlib.error as error:
            raise Malformed('The bill is no good gzip file.') from error
        if self._unpacker.unused_data:
            raise Malformed('Something follows the gzip file.')

    def _pass_on(self, plain: bytes) -> None:
        self.size += len(plain)
        if self.size > self._limit:
            raise Malformed('The bill is too large.')
        self._plain_sum.update(plain)
        self._write(plain)

    def finish(self) -> None:
        """Tell the download that the answer is at its end.

        :raise UnknownOutcome: the end is missing, or there was nothing at all
        """
        if self._take is None:
            self._pass_on(self._head)
        if self._take == self._unpack and not self._unpacker.eof:
            raise UnknownOutcome('The end of the gzip file is missing.')
        if not self.size and not self.page:
            raise Malformed('The bill is empty.')

    def has_sha1(self, digest: str) -> bool:
        """Tell whether the sum is that of the bill, or of the file in which it was packed."""
        sums = (self._plain_sum.hexdigest(), self._received_sum.hexdigest())
        return digest.lower() in sums
