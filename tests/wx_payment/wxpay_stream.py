"""A transport for bills that brings them in pieces, without a network."""

from wxpay_helpers import FakeReply


class FakeStream:
    """Answers one download after the other; an exception in the queue breaks it off half-way."""

    def __init__(self, *answers, piece=7):
        self.answers = list(answers)
        self.piece = piece
        self.sent = []

    def __call__(self, method, url, *, headers, timeout, write, body=b''):
        self.sent.append((method, url, dict(headers), body, timeout))
        answer = self.answers.pop(0)
        if isinstance(answer, FakeReply):
            return answer
        failure = None
        if isinstance(answer, tuple):
            answer, failure = answer
        for start in range(0, len(answer), self.piece):
            write(answer[start : start + self.piece])
        if failure:
            raise failure
        return FakeReply(200)
