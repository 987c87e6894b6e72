"""Traces: the conventions' names, nobody's words, and nothing at all where no endpoint is set."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.channels.client import Client
from tests.channels.grounded import grounded
from tests.conftest import CORPUS, PROMPTS, Figures, Server, clean_environment, free_port
from tests.operation.conftest import Start
from tests.stand_ins.openai_errors import Status
from tests.stand_ins.openai_replies import Text
from tests.stand_ins.openai_server import OpenAIServer
from tests.stand_ins.otlp_collector import Collector, SeenSpan
from tests.strangers.test_metrics import figures

from hiring_advisor import tracing

MARKER = "zq81vulture"
ASKED = f"{MARKER}: can freelancers build production-grade AI?"
ADVICE = f"We want a demo in ten days. Whom should we hire? {MARKER}"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
KEY = "sk-zq81vulturekey0123456789"
TOKEN = "zq81vulturecollector"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture
def traced(start: Start, model: OpenAIServer, collector: Collector) -> Server:
    """A server in model mode that sends its traces."""
    model.on_text = lambda request: Text("".join(grounded(request.text, 2)))
    return start(
        OPENAI_API_KEY=KEY,
        OPENAI_BASE_URL=model.base_url,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization=Bearer%20{TOKEN}",
        OTEL_SERVICE_NAME="advisor-of-the-test",
    )


def test_a_turn_is_a_trace_with_the_names_of_the_conventions(
    traced: Server, collector: Collector, model: OpenAIServer
) -> None:
    client = Client(traced.url)
    talk = client.converse()
    headers = {**talk.key, "traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": f"a={MARKER}"}
    for text in (ASKED, ADVICE):
        with client.stream("POST", f"{talk.path}/messages", {"text": text}, headers) as stream:
            assert list(stream)[-1].name == "turn.completed"
    model.on_text = lambda _: Status(401)
    talk.say(f"What are the risks with freelancers? {MARKER}")
    assert traced.stop() == 0, "what is left is sent before the process ends"

    def of(name: str) -> list[SeenSpan]:
        return [span for span in collector.spans if span.name.startswith(name)]

    request = of("POST /v1/conversations/{conversation_id}/messages")[0]
    assert (request.trace_id, request.parent_id, request.kind) == (TRACE, PARENT, "server")
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["service.name"] == "advisor-of-the-test"
    turn = of("invoke_workflow hiring-advisor")[0]
    assert (turn.trace_id, turn.parent_id) == (TRACE, request.span_id)
    assert turn.attributes["gen_ai.operation.name"] == "invoke_workflow"
    assert turn.attributes["hiring_advisor.turn.mode"] == "openai"
    chat = next(span for span in of("chat ") if span.attributes["gen_ai.request.stream"])
    assert (chat.name, chat.kind, chat.trace_id) == ("chat gpt-5.1", "client", TRACE)
    assert chat.parent_id == turn.span_id
    wanted = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5.1",
        "gen_ai.request.max_tokens": 500,
        "gen_ai.response.finish_reasons": ["stop"],
        "server.address": "127.0.0.1",
    }
    assert wanted.items() <= chat.attributes.items()
    assert chat.attributes["gen_ai.response.model"]
    assert chat.attributes["gen_ai.usage.input_tokens"] > 0
    assert chat.attributes["gen_ai.usage.output_tokens"] > 0
    assert chat.attributes["gen_ai.response.time_to_first_chunk"] > 0
    assert str(chat.attributes["server.port"]) in model.base_url
    failed = [span for span in of("chat ") if span.is_error]
    assert failed
    assert {span.attributes["error.type"] for span in failed} == {"status_401"}
    (tool,) = of("execute_tool score_hiring_fit")
    assert tool.attributes["gen_ai.tool.name"] == "score_hiring_fit"
    retrieval = of("retrieval corpus")[0]
    assert retrieval.attributes["gen_ai.operation.name"] == "retrieval"
    assert retrieval.attributes["hiring_advisor.retrieval.passages"] > 0
    assert {"read", "write"} <= {span.attributes["db.operation.name"] for span in of("")
                                 if "db.operation.name" in span.attributes}  # fmt: skip
    assert {one["authorization"] for one in collector.headers} == {f"Bearer {TOKEN}"}
    # The collector's own key travels in its header alone.
    sent = b"\n".join(collector.bodies).decode("utf-8", "replace").lower()
    for word in (MARKER, talk.token, KEY, TOKEN, "production-grade", "demo in ten days"):
        assert word.lower() not in sent


def test_a_collector_that_is_down_costs_spans_and_nobody_time(
    start: Start, figure: Figures
) -> None:
    def p50(server: Server) -> float:
        talk = Client(server.url).converse()
        for _ in range(5):
            talk.say("hello")
        took = []
        for _ in range(40):
            begun = time.perf_counter()
            talk.say("hello")
            took.append(1000 * (time.perf_counter() - begun))
        return statistics.median(took)

    down = start(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    without = p50(start())
    added = p50(down) - without
    figure("ms that a dead collector adds to a turn (p50)", round(added, 1), aim="about 0")
    assert added < 50
    deadline = time.monotonic() + 30
    while figures(Client(down.url))[("hiring_advisor_spans_dropped_total", ())] == 0:
        assert time.monotonic() < deadline, "what was lost is not counted"
        time.sleep(0.5)
    begun = time.monotonic()
    assert down.stop() == 0
    assert time.monotonic() - begun < 10
    log = down.log.read_text()
    assert log.count("traces cannot be delivered") == 1
    assert "opentelemetry" not in log


OFF = """
import os, sys
from fastapi.testclient import TestClient
from hiring_advisor.channels.http import create_app
def loaded(prefix):
    return [name for name in sys.modules if name.startswith(prefix)]
# FastAPI looks whether OpenTelemetry's interface is there; that is not the SDK.
found = loaded("opentelemetry.sdk") + loaded("opentelemetry.exporter")
with TestClient(create_app()) as client:
    made = client.post("/v1/conversations").json()
    key = {"authorization": "Bearer " + made["token"]}
    path = "/v1/conversations/" + made["conversation_id"] + "/messages"
    assert client.post(path, json={"text": "hello"}, headers=key).status_code == 200
# Chroma's client loads OpenTelemetry for itself; what would send our traces it does not.
print(found + loaded("opentelemetry.exporter.otlp.proto.http"), flush=True)
os._exit(0)
"""


def run(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "ADVISOR_DATA_DIR": str(folder / "data"),
        "ADVISOR_CORPUS_DIR": str(CORPUS),
        "ADVISOR_PROMPTS_DIR": str(PROMPTS),
    }
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**clean_environment(), **settings, **environment},
        cwd=folder, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_without_an_endpoint_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    ended = run(OFF, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[]"


def test_without_the_extra_the_start_says_so_in_one_line(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.exporter.otlp.proto.http'] = None\n"
        "sys.argv[1:] = ['serve', '--port', '0']\n"
        "from hiring_advisor.channels.cli import main\n"
        "main()"
    )
    ended = run(code, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert re.search(r"OTEL_EXPORTER_OTLP_ENDPOINT.*hiring-advisor\[otel\]", line)


def test_a_span_that_goes_nowhere_costs_less_than_a_microsecond(figure: Figures) -> None:
    def spans(count: int) -> float:
        begun = time.perf_counter()
        for _ in range(count):
            with tracing.retrieval(6):
                pass
        return (time.perf_counter() - begun) / count * 1e6

    best = min(spans(20_000) for _ in range(7))
    figure("microseconds of a span while traces are off", round(best, 2), aim="< 1")
    assert best < 2.0, "a busy machine is given twice the aim"
