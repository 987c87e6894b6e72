"""How people reach the advisor."""
