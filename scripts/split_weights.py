"""Put an ONNX model's weights into a file of their own beside it, where they are mapped, not read.

    python scripts/split_weights.py src/hiring_advisor/models/minilm-int8.onnx …

Weights within the model file are copied into memory as a whole; of a mapped file only what is used
is (most of a vocabulary's rows never are): some 8 MB less for each model, and the same numbers.
`X.onnx` keeps the graph, `X.data` holds the weights. Uses onnxruntime alone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

SMALLEST_BYTES = 4096
"""Smaller constants stay in the graph."""


def split(model: Path) -> Path:
    """Split a model in place; return the file of its weights. Its graph stays as it is."""
    import onnxruntime

    weights = model.with_suffix(".data")
    with tempfile.TemporaryDirectory() as scratch:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.optimized_model_filepath = str(Path(scratch) / model.name)
        for name, value in (
            ("session.optimized_model_external_initializers_file_name", weights.name),
            (
                "session.optimized_model_external_initializers_min_size_in_bytes",
                str(SMALLEST_BYTES),
            ),
        ):
            options.add_session_config_entry(name, value)
        onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        weights.write_bytes((Path(scratch) / weights.name).read_bytes())
        model.write_bytes((Path(scratch) / model.name).read_bytes())
    return weights


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(split(Path(given)).name)
