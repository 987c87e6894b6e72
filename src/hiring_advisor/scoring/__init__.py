"""The scoring tool: the one way from facts to a verdict."""
