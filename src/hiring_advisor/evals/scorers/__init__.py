"""The scorers: pure functions from a case and its record to measures, each with a reason."""
