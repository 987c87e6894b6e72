"""Evals of the evals: the advisor is broken in known ways, and the suite has to notice each."""

from __future__ import annotations

from collections.abc import Mapping

from hiring_advisor.evals.mutation.kinds import Mutation
from hiring_advisor.evals.mutation.of_answering import ANSWERING
from hiring_advisor.evals.mutation.of_reading import READING
from hiring_advisor.evals.mutation.of_scoring import SCORING

MUTATIONS: Mapping[str, Mutation] = {**SCORING.found, **READING.found, **ANSWERING.found}
