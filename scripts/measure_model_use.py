"""Measure what a turn asks of a language model: calls, prompt tokens, forms that were not needed.

python scripts/measure_model_use.py [--every 4]

The model is an honest stand-in; tokens are counted with o200k_base, the form included.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Print the figures over the evals' questions and project messages."""
    from tests.conftest import make_settings
    from tests.model.honest import honest
    from tests.model.use import averages, messages, use_of
    from tests.stand_ins.openai_server import OpenAIServer

    from hiring_advisor.bootstrap import Parts

    options = argparse.ArgumentParser()
    options.add_argument("--every", type=int, default=1)
    texts = messages(options.parse_args().every)
    with OpenAIServer() as server, tempfile.TemporaryDirectory() as folder:
        server.on_text = honest
        parts = Parts(
            make_settings(Path(folder), OPENAI_API_KEY="any", OPENAI_BASE_URL=server.base_url)
        )
        parts.attach_index()
        used = asyncio.run(use_of(parts, server, texts))
    calls, tokens = averages(used)
    ordered = sorted(one.prompt_tokens for one in used)
    without = sum(not one.form for one in used) / len(used)
    print(f"messages                     {len(used):7}")
    print(f"model calls a turn           {calls:7.2f}")
    print(f"prompt tokens a turn, mean   {tokens:7.0f}")
    print(f"prompt tokens a turn, p95    {ordered[int(0.95 * len(ordered))]:7}")
    print(f"turns that needed no form    {without:7.0%}")


if __name__ == "__main__":
    main()
