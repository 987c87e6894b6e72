"""The real chat client, set up for tests: short limits, no retries, nothing left open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from .openai_server import OpenAIServer

ANY_KEY = SecretStr("any")
ASK: Any = [{"role": "user", "content": "Freelancers or full-time?"}]


@asynccontextmanager
async def chat_model(server: OpenAIServer) -> AsyncIterator[ChatOpenAI]:
    """Give a client with connections of its own.

    Those that ChatOpenAI makes by itself are shared by the whole process: they outlive the event
    loop of their test, and whoever closes them closes them for all.
    """
    async with openai.DefaultAsyncHttpxClient(verify=False) as client:
        with openai.DefaultHttpxClient(verify=False) as blocking:
            yield ChatOpenAI(
                model="stand-in",
                base_url=server.base_url,
                api_key=ANY_KEY,
                timeout=0.4,
                max_retries=0,
                stream_usage=True,
                stream_chunk_timeout=0.5,
                use_responses_api=False,
                http_client=blocking,
                http_async_client=client,
            )


async def read(model: Any) -> tuple[AIMessageChunk, Exception | None]:
    """All that came, and the error that ended it."""
    whole = AIMessageChunk(content="")
    try:
        async for chunk in model.astream(ASK):
            whole += chunk
    except Exception as error:
        return whole, error
    return whole, None
