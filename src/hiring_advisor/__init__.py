"""Freelancers or full-time AI engineers? An advisor with citations and a replayable verdict."""

from importlib.metadata import version

__version__ = version("hiring-advisor")
