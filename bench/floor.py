"""Floors: what a minimal app in the advisor's place would reach on this machine.

`/fixed` takes the same message, checks it and answers with a fixed JSON of the size of a turn;
`/openai` and `/aiohttp` stream a model's answer through, with the openai client and with aiohttp.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

SYSTEM = "Answer the question in a few sentences."


class NewMessage(BaseModel):
    """The same body that the advisor takes."""

    model_config = ConfigDict(extra="forbid", strict=True)
    text: str = Field(min_length=1, max_length=20_000)


def create_app(size: int, model_url: str) -> FastAPI:
    """The app; `size` is the number of bytes of the fixed answer."""
    app = FastAPI()
    fixed: dict[str, Any] = {"sentences": ["." * max(0, size - 20)]}
    kept: dict[str, Any] = {}

    def asked(text: str) -> dict[str, Any]:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
        return {"model": "floor", "stream": True, "messages": messages}

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/fixed")
    async def fixed_answer(message: NewMessage) -> dict[str, Any]:
        return fixed

    @app.post("/openai")
    async def through_openai(message: NewMessage) -> Response:
        if "openai" not in kept:
            import openai

            kept["openai"] = openai.AsyncOpenAI(api_key="none", base_url=model_url)

        async def pieces() -> AsyncIterator[str]:
            stream = await kept["openai"].chat.completions.create(**asked(message.text))
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    yield chunk.choices[0].delta.content

        return StreamingResponse(pieces(), media_type="text/event-stream")

    @app.post("/aiohttp")
    async def through_aiohttp(message: NewMessage) -> Response:
        import aiohttp

        if "aiohttp" not in kept:
            kept["aiohttp"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

        async def pieces() -> AsyncIterator[bytes]:
            address = f"{model_url}/chat/completions"
            async with kept["aiohttp"].post(address, json=asked(message.text)) as answer:
                async for piece in answer.content.iter_any():
                    yield piece

        return StreamingResponse(pieces(), media_type="text/event-stream")

    return app


def main() -> None:
    """Serve the floors until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--size", type=int, default=4000)
    parser.add_argument("--model-url", default=os.environ.get("OPENAI_BASE_URL", ""))
    given = parser.parse_args()
    app = create_app(given.size, given.model_url)
    uvicorn.run(app, port=given.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
