"""Servers that stand in for the outside world: they speak the real wire over real sockets."""
