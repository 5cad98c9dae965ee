from dataclasses import dataclass, field


@dataclass
class FakeReply:
    """What the transport hands back."""

    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b''
