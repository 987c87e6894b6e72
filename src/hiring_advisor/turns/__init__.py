"""Turns at work: stored first, then worked on in order, streamed to whoever listens, recorded."""

from hiring_advisor.turns.live import LiveTurn
from hiring_advisor.turns.work import Turns

__all__ = ["LiveTurn", "Turns"]
