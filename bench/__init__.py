"""Measures speed, memory and cost: `python -m bench`, each figure beside its floor of that run."""
