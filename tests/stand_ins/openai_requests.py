"""What a client asked of the stand-in, and the refusals that the real API would give.

Only what a client of ours could get wrong is checked: a request that passes here and fails at the
provider would make every test that stands on the stand-in a lie.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class RequestError(Exception):
    """The request breaks a rule of the API: answered with an error in the API's own shape."""

    def __init__(self, message: str, *, status: int = 400, param: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.param = param
        self.code = code


@dataclass(frozen=True)
class ChatRequest:
    """One call of `/v1/chat/completions`, as it came over the wire."""

    number: int
    """Counts the chat requests of this server from 1; completion ids are made of it."""
    model: str
    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[Mapping[str, Any]]
    tool_choice: str | Mapping[str, Any] | None
    stream: bool
    include_usage: bool
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: Mapping[str, Any] = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def forced_tool(self) -> str | None:
        """The function that `tool_choice` names; for "required" the first one; otherwise none."""
        if isinstance(self.tool_choice, Mapping):
            return str(self.tool_choice["function"]["name"])
        if self.tool_choice == "required":
            return self.tool_names[0]
        return None

    @property
    def tool_names(self) -> list[str]:
        return [str(tool["function"]["name"]) for tool in self.tools]

    @property
    def text(self) -> str:
        """All that the messages say, in order, a line break between two of them."""
        return "\n".join(_text_of(message) for message in self.messages)

    @property
    def last_user_text(self) -> str:
        said = [_text_of(message) for message in self.messages if message["role"] == "user"]
        return said[-1] if said else ""


@dataclass(frozen=True)
class EmbeddingsRequest:
    """One call of `/v1/embeddings`; a text that came as token numbers is those numbers in words."""

    model: str
    texts: Sequence[str]
    dimensions: int
    base64: bool
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class ModelsRequest:
    """One call of `/v1/models`, with what an honest server says to it."""

    answer: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)


ApiRequest = ChatRequest | EmbeddingsRequest | ModelsRequest


def parse_chat(number: int, headers: Mapping[str, str], raw: bytes) -> ChatRequest:
    """Read a chat request, or raise `RequestError` where the real API would refuse it."""
    body = _json_object(raw)
    model = _text_field(body, "model")
    messages = _messages(body.get("messages"))
    tools = _tools(body.get("tools"))
    tool_choice = _tool_choice(body.get("tool_choice"), tools)
    if "parallel_tool_calls" in body and not tools:
        raise RequestError("'parallel_tool_calls' is only allowed when 'tools' are specified.")
    stream = bool(body.get("stream"))
    options = body.get("stream_options")
    if options is not None and not stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise RequestError(message, param="stream_options")
    return ChatRequest(
        number=number,
        model=model,
        messages=messages,
        tools=tools,
        tool_choice=tool_choice,
        stream=stream,
        include_usage=bool((options or {}).get("include_usage")),
        headers=headers,
        body=body,
        raw=raw,
    )


def parse_embeddings(headers: Mapping[str, str], raw: bytes) -> EmbeddingsRequest:
    """Read an embeddings request, or raise `RequestError` where the real API would refuse it."""
    body = _json_object(raw)
    model = _text_field(body, "model")
    given = body.get("input")
    if not isinstance(given, list) or isinstance(given[0] if given else None, int):
        given = [given]
    if not given or not all(isinstance(item, str | list) and item for item in given):
        raise RequestError("'input' cannot be empty, nor hold an empty text.", param="input")
    if len(given) > 2048:
        raise RequestError("'input' takes at most 2048 texts.", param="input")
    return EmbeddingsRequest(
        model=model,
        texts=[item if isinstance(item, str) else " ".join(map(str, item)) for item in given],
        dimensions=body.get("dimensions") or (3072 if "large" in model else 1536),
        base64=body.get("encoding_format") == "base64",
        headers=headers,
        body=body,
        raw=raw,
    )


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        raise RequestError("We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise RequestError("The body of your request is not a JSON object.")
    return body


def _text_field(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise RequestError(f"you must provide a {name} parameter", param=name)
    return value


def _messages(messages: Any) -> list[Mapping[str, Any]]:
    if not isinstance(messages, list) or not messages:
        raise RequestError("[] is too short - 'messages'", param="messages")
    open_calls: set[str] = set()
    for at, message in enumerate(messages):
        role = message.get("role")
        if role not in _ROLES:
            raise RequestError(f"Invalid value: {role!r}.", param=f"messages[{at}].role")
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                text = "messages with role 'tool' must be a response to a preceding 'tool_calls'."
                raise RequestError(f"Invalid parameter: {text}", param=f"messages[{at}].role")
            open_calls.discard(message["tool_call_id"])
            continue
        if open_calls:
            text = "An assistant message with 'tool_calls' must be followed by tool messages."
            raise RequestError(text, param=f"messages[{at}].role")
        calls = message.get("tool_calls") or []
        open_calls = {call["id"] for call in calls}
        if message.get("content") is None and not calls:
            raise RequestError(
                "Invalid value for 'content': null.", param=f"messages[{at}].content"
            )
    return messages


def _tools(tools: Any) -> list[Mapping[str, Any]]:
    if tools is None:
        return []
    if not isinstance(tools, list) or not tools:
        raise RequestError("[] is too short - 'tools'", param="tools")
    for at, tool in enumerate(tools):
        function = tool.get("function", {})
        if tool.get("type") != "function" or not _FUNCTION_NAME.fullmatch(function.get("name", "")):
            raise RequestError("Invalid function name or type.", param=f"tools[{at}].function.name")
        if function.get("strict"):
            _check_strict(function.get("parameters") or {}, function["name"])
    return tools


def _check_strict(schema: Mapping[str, Any], name: str) -> None:
    """Strict mode wants every object closed and all of its properties required."""
    fault = ""
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False:
            fault = "'additionalProperties' is required to be supplied and to be false"
        elif set(schema.get("required", ())) != set(properties):
            fault = "'required' is required to be an array including every key in properties"
    if fault:
        message = f"Invalid schema for function '{name}': {fault}."
        raise RequestError(message, param="tools", code="invalid_function_parameters")
    nested = [schema.get("items"), *schema.get("anyOf", ())]
    nested += [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    for part in nested:
        if isinstance(part, Mapping):
            _check_strict(part, name)


def _tool_choice(choice: Any, tools: Sequence[Mapping[str, Any]]) -> Any:
    if choice in (None, "none", "auto"):
        return choice
    if not tools:
        message = "Invalid value for 'tool_choice': only allowed when 'tools' are specified."
        raise RequestError(message, param="tool_choice")
    if choice == "required":
        return choice
    named = choice.get("function", {}).get("name") if isinstance(choice, Mapping) else None
    if named not in [tool["function"]["name"] for tool in tools]:
        message = f"Tool choice {named!r} not found in 'tools' parameter."
        raise RequestError(message, param="tool_choice")
    return choice


def _text_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content)
