"""The text the advisor stands on: documents, chunks and the rubric."""
