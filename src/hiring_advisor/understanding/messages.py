"""What was said in a conversation: plain values, oldest message first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["visitor", "advisor"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation. Ids belong to storage; here they only name a witness."""

    message_id: str
    role: Role
    text: str
