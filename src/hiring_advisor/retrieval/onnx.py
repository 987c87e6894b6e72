"""The package's model files, loaded: ONNX sessions, and the tokenizer that both models share."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

TOKENIZER = "minilm-tokenizer.json"
CLS, SEP = 101, 102
"""The tokens that begin and end a text."""


def load_session(models: Path, name: str) -> InferenceSession:
    """Open a model of the folder `models`, for any number of threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread a text: a short one gains nothing from two, turns run side by side, and the
    # result does not depend on timing.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(models / name), options, providers=["CPUExecutionProvider"]
    )


@lru_cache(maxsize=2)
def load_tokenizer(models: Path) -> Tokenizer:
    """The tokenizer, once for all who read with it (ten megabytes); nobody changes its settings."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(models / TOKENIZER))
