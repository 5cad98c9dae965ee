"""A small load generator: prepared requests over plain sockets from one thread.

It takes little of the processor that the server under test shares with it: no HTTP library,
no thread per connection, and nothing is composed while the clock runs.
"""

import gc
import selectors
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from socket import create_connection, socket

READ_BYTES = 65536
# A server that says nothing for so long is broken, not slow.
SILENCE_SECONDS = 60
HEAD_END = b'\r\n\r\n'
SAMPLE_BYTES = 300
SAMPLES = 3


@dataclass
class Outcome:
    """What one run of requests came to."""

    rate: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Return how many requests were answered with 200."""
        return self.statuses['200']

    @property
    def failures(self) -> int:
        """Return how many were not."""
        return self.statuses.total() - self.accepted


@dataclass(eq=False)
class _Connection:
    link: socket | None = None
    started: float = 0.0
    answer: bytearray = field(default_factory=bytearray)


class _Run:
    """One run: as many connections as asked for, each busy with one request at a time."""

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes], seconds: float):
        self.address = address
        self.requests = requests
        self.seconds = seconds
        self.selector = selectors.DefaultSelector()
        self.outcome = Outcome()
        self.in_time = 0
        self.open = 0
        self.used_up = False

    def perform(self, connections: int) -> Outcome:
        self.start = last = time.perf_counter()
        self.end = self.start + self.seconds
        for _ in range(connections):
            self._next(_Connection())
        while self.open:
            ready = self.selector.select(SILENCE_SECONDS)
            if not ready:
                raise TimeoutError(f'{self.open} requests got no answer in {SILENCE_SECONDS} s')
            for key, _events in ready:
                last = self._read(key.data)
        self.selector.close()
        # Requests may run out before the time does.
        elapsed = last - self.start if self.used_up and last < self.end else self.seconds
        self.outcome.rate = self.in_time / elapsed
        return self.outcome

    def _next(self, connection: _Connection) -> None:
        """Send the next request, unless time or requests are used up."""
        now = time.perf_counter()
        request = next(self.requests, None) if now < self.end else None
        if request is None:
            self.used_up = self.used_up or now < self.end
            self._close(connection)
            return
        self.open += 1
        connection.answer.clear()
        connection.started = now
        try:
            if connection.link is None:
                connection.link = create_connection(self.address, SILENCE_SECONDS)
                self.selector.register(connection.link, selectors.EVENT_READ, connection)
            connection.link.sendall(request)
        except OSError as error:
            self._fail(connection, error)

    def _read(self, connection: _Connection) -> float:
        """Take in what has arrived; with a whole answer go on to the next request."""
        assert connection.link is not None
        try:
            chunk = connection.link.recv(READ_BYTES)
            if not chunk:
                raise ConnectionError('the connection ended before the answer')
        except OSError as error:
            self._fail(connection, error)
            return time.perf_counter()
        connection.answer += chunk
        now = time.perf_counter()
        head, complete = _examine(connection.answer)
        if complete:
            self._note(connection, now)
            self.open -= 1
            if not _stays_open(head):
                self._close(connection)
            self._next(connection)
        return now

    def _note(self, connection: _Connection, now: float) -> None:
        status = connection.answer[9:12].decode('ascii', 'replace')
        self.outcome.statuses[status] += 1
        self.outcome.latencies.append(now - connection.started)
        if now <= self.end:
            self.in_time += 1
        if status != '200':
            self._sample(bytes(connection.answer))

    def _fail(self, connection: _Connection, error: OSError) -> None:
        self.outcome.statuses[type(error).__name__] += 1
        self._sample(str(error).encode())
        self.open -= 1
        self._close(connection)
        self._next(connection)

    def _sample(self, answer: bytes) -> None:
        if len(self.outcome.samples) < SAMPLES:
            line, _, rest = answer.partition(b'\r\n')
            body = rest.partition(HEAD_END)[2]
            self.outcome.samples.append(
                (line + b' ' + body)[:SAMPLE_BYTES].decode(errors='replace')
            )

    def _close(self, connection: _Connection) -> None:
        if connection.link is not None:
            self.selector.unregister(connection.link)
            connection.link.close()
            connection.link = None


def run(
    address: tuple[str, int], requests: Iterator[bytes], *, connections: int, seconds: float
) -> Outcome:
    """Send requests for so many seconds, or until there are none left.

    The rate counts what was answered within the time; requests still on their way at its end
    are waited for, and appear in the latencies and in the count of answers.

    :param address: host and port
    :param requests: whole requests, head and body, ready to be sent
    :raise TimeoutError: the server went silent
    """
    gc.collect()
    gc.disable()
    try:
        return _Run(address, requests, seconds).perform(connections)
    finally:
        gc.enable()


def _examine(answer: bytearray) -> tuple[bytes, bool]:
    """Return the head in lower case and whether the answer has arrived as a whole."""
    end = answer.find(HEAD_END)
    if end < 0:
        return b'', False
    head = bytes(answer[:end]).lower()
    start = head.find(b'\r\ncontent-length:')
    if start < 0:
        raise ValueError(f'an answer without length: {head[:SAMPLE_BYTES]!r}')
    length = int(head[start + 17 :].split(b'\r\n', 1)[0])
    return head, len(answer) >= end + len(HEAD_END) + length


def _stays_open(head: bytes) -> bool:
    """Tell whether the server keeps the connection; both of Odoo's own servers close it."""
    return head.startswith(b'http/1.1') and b'\r\nconnection: close' not in head
