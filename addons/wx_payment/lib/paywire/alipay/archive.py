"""The zip file in which Alipay hands over a bill.

Source: spec/alipay.md §5.8. It holds a summary and the details, both CSV in GBK.
"""

import zipfile
import zlib
from collections.abc import Callable
from typing import IO

from ..errors import Malformed

# Far more than a day has; what is larger is an attack or a mistake.
MAX_ZIP_BYTES = 512 * 1024**2
MAX_PLAIN_BYTES = 2 * 1024**3
MAX_MEMBERS = 64

_SUMMARY_MARK = '汇总'
_PLAIN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_PIECE = 256 * 1024


def unpack(
    file: IO[bytes], write: Callable[[bytes], None], *, limit: int = MAX_PLAIN_BYTES
) -> None:
    """Pass the details of a bill on, piece by piece.

    Sizes are counted while unpacking, as those written in the file prove nothing; the check sums
    are compared at the end of each part.

    :param file: the zip file, open for reading
    :param write: takes the plain bytes, still in GBK
    :param limit: greatest number of plain bytes
    :raise Malformed: no such zip file, a broken one, or one that grows too large
    """
    left = limit
    try:
        with zipfile.ZipFile(file, metadata_encoding='gbk') as archive:
            for member in _details(archive):
                with archive.open(member) as part:
                    left = _copy(part, write, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Malformed('The bill is no good zip file.') from error


def _details(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = [info for info in archive.infolist() if not info.is_dir()]
    if len(members) > MAX_MEMBERS:
        raise Malformed('The zip file holds too many files.')
    found = [
        info
        for info in members
        if info.filename.lower().endswith('.csv') and _SUMMARY_MARK not in info.filename
    ]
    if not found:
        raise Malformed('The zip file holds no details.')
    if any(
        info.compress_type not in _PLAIN_METHODS or info.flag_bits & _ENCRYPTED for info in found
    ):
        raise Malformed('The zip file is encrypted or packed in another way.')
    return sorted(found, key=lambda info: info.filename)


def _copy(part: IO[bytes], write: Callable[[bytes], None], left: int) -> int:
    last = b''
    while piece := part.read(_PIECE):
        left -= len(piece)
        if left < 0:
            raise Malformed('The bill is too large.')
        write(piece)
        last = piece
    if last and not last.endswith(b'\n'):
        # The next part begins with a line of its own.
        write(b'\n')
    return left
