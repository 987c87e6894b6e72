"""The clause reader as it is trained: model, loss and export.

The logits of a clause are the mean over its tokens, which see the whole message; those of a
message are the highest of its clauses and sentences. Clauses teach where a fact stands, messages
what the context makes of it.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scripts.training_text import Sample, packed, roughen
from transformers import AutoModel, AutoTokenizer

from hiring_advisor.understanding.clauses import spans_of, split

SEED = 7
MAX_TOKENS = 128
RATE = 1e-4
MESSAGE_REPEATS = 2
"""How often each message is seen in an epoch, each time roughened anew; a clause is seen once."""


class Reader(torch.nn.Module):  # type: ignore[misc]
    """Token ids and mask (batch, tokens) to logits (batch, tokens, one a label)."""

    def __init__(self, source: Path, outputs: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(source, attn_implementation="eager")
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        self.drop = torch.nn.Dropout(0.1)
        self.heads = torch.nn.Linear(384, outputs)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Logits of every token."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.heads(self.drop(hidden))


class Trainer:
    """One reader and what its training needs."""

    def __init__(self, source: Path, facts: Mapping[str, list[str]], seed: int) -> None:
        torch.manual_seed(SEED)  # the same head for every run, or they could not be averaged
        self.facts = facts
        self.tokenizer = AutoTokenizer.from_pretrained(source)
        self.reader = Reader(source, sum(len(values) + 1 for values in facts.values()))
        bounds = np.cumsum([0] + [len(values) + 1 for values in facts.values()])
        self.slices = [slice(int(a), int(b)) for a, b in pairwise(bounds)]
        torch.manual_seed(seed)
        self.rng = random.Random(seed)

    def run(self, clauses: Sequence[Sample], messages: Sequence[Sample], epochs: int) -> Reader:
        """Train the reader and return it."""
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
            taken = f"{time.monotonic() - began:.0f} s"
            print(f"epoch {epoch + 1}: loss {total / len(batches):.3f}, {taken}", flush=True)
        self.reader.eval()
        return self.reader

    def _batches(self, clauses: Sequence[Sample], messages: Sequence[Sample]) -> list[list[Sample]]:
        """One epoch: batches of like length, at most 32 samples and about 1500 tokens each."""
        samples = list(packed(clauses, self.rng, alone=0.5))
        for _ in range(MESSAGE_REPEATS):
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


def within(offsets: NDArray[Any], start: int, end: int) -> NDArray[Any]:
    """Which tokens lie inside a span of the text; special tokens have no width and never do."""
    return (offsets[:, 0] >= start) & (offsets[:, 1] <= end) & (offsets[:, 1] > offsets[:, 0])


def average(states: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mean of the weights of readers that began alike: better than each, as fast as one."""
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(first.dtype)
        for name, first in states[0].items()
    }


def export(reader: Reader, tokenizer: Any, path: Path) -> None:
    """Write the ONNX file: int8 weights, the head in float, as it is small and decides."""
    import onnx
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
        head = [node.name for node in onnx.load(full).graph.node if "/heads/" in node.name]
        quantize_dynamic(
            full,
            path,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # or processors without VNNI would read other facts
            nodes_to_exclude=head,
        )
