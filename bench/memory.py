"""The memory of the process that is measured, and of its backend in PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SAMPLE_SECONDS = 0.05


@contextmanager
def watched(backend: int) -> Iterator[dict[str, int]]:
    """Note the most memory in bytes that this whole process and its backend have meanwhile."""
    peaks = {'own_memory': 0, 'server_memory': 0}
    over = threading.Event()

    def watch() -> None:
        while True:
            own, server = _memory('self', 'VmRSS'), _memory(str(backend), 'RssAnon')
            peaks['own_memory'] = max(peaks['own_memory'], own)
            peaks['server_memory'] = max(peaks['server_memory'], server)
            if over.wait(SAMPLE_SECONDS):
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


def _memory(process: str, kind: str) -> int:
    """Return the memory of a process; 0 if it runs on another machine."""
    status = Path('/proc') / process / 'status'
    if not status.exists():
        return 0
    lines = (line.split() for line in status.read_text().splitlines())
    return next((1024 * int(line[1]) for line in lines if line[0] == f'{kind}:'), 0)
