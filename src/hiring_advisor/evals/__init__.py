"""The eval suite: measures retrieval, grounding and verdicts, and tells two runs apart.

`evals/README.md` explains every number to readers who are no programmers. Needs the extra `evals`.
"""
