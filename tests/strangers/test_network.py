"""Nothing phones home: every socket of a question and of a server's life stays on this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import CORPUS, PROMPTS, clean_environment

AUDIT = """
import sys, threading

def watch(event, arguments):
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host, port = address[:2] if isinstance(address, tuple) else ("unix", "")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host, port = arguments[0], "name"
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in {"127.0.0.1", "::1", "localhost", "unix", None, ""}:
        print("STRAYED", event, host, port, flush=True)
    else:
        print("stayed", event, host, port, flush=True)

sys.addaudithook(watch)
"""
QUESTION = """
from hiring_advisor.channels.cli import main
sys.argv = ["hiring-advisor", "ask", "We need a demo on a tight budget. Whom should we hire?"]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("done")
"""
SERVER = """
import json, time, urllib.request
import uvicorn
from hiring_advisor.channels.connections import DeadlineProtocol
from hiring_advisor.channels.server import app

options = {"factory": True, "port": 0, "http": DeadlineProtocol, "log_config": None, "ws": "none"}
# Sockets of uvloop are made in C, where no hook sees them.
server = uvicorn.Server(uvicorn.Config(app, loop="asyncio", **options))
thread = threading.Thread(target=server.run)
thread.start()
while not server.started:
    time.sleep(0.05)
own = server.servers[0].sockets[0].getsockname()[1]
url = "http://127.0.0.1:%d" % own
print("own", own, flush=True)
until = time.monotonic() + 60
while time.monotonic() < until:
    with urllib.request.urlopen(url + "/readyz", timeout=60) as answer:
        if json.load(answer)["parts"]["vectors"] == "ok":
            break
    time.sleep(0.05)

def post(path, value, token=""):
    headers = {"content-type": "application/json", "authorization": "Bearer " + token}
    sent = urllib.request.Request(url + path, json.dumps(value).encode(), headers)
    with urllib.request.urlopen(sent, timeout=60) as answer:
        return json.load(answer)

made = post("/v1/conversations", {})
path = "/v1/conversations/" + made["conversation_id"] + "/messages"
text = "See https://192.0.2.1/x, http://evil.example ![](//evil.example/a): are freelancers cheap?"
assert post(path, {"text": text}, made["token"])["turn_id"]
assert post(path, {"text": "Whom should we hire?"}, made["token"])["recommendation"]
post("/v1/search", {"query": "http://evil.example/"})
time.sleep(1)
server.should_exit = True
thread.join(30)
print("done")
"""


def watched(folder: Path, script: str, **given: str) -> list[str]:
    """Run a script to its end as an advisor of its own; return what it and the hook said."""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **clean_environment(),
            "ADVISOR_DATA_DIR": str(folder / "data"),
            "ADVISOR_CORPUS_DIR": str(CORPUS),
            "ADVISOR_PROMPTS_DIR": str(PROMPTS),
            **given,
        },
        cwd=folder, check=False, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    lines = ended.stdout.splitlines()
    assert lines[-1] == "done"
    return lines


@pytest.mark.parametrize("script", [QUESTION, SERVER], ids=["question", "server"])
def test_no_socket_leaves_this_machine(built_data: Path, tmp_path: Path, script: str) -> None:
    shutil.copytree(built_data, tmp_path / "data")
    lines = watched(tmp_path, AUDIT + script)
    assert [line for line in lines if line.startswith("STRAYED")] == []
    if script is SERVER:
        assert any(line.startswith("stayed") for line in lines), "the hook sees nothing"


def test_the_hook_sees_a_socket_that_leaves() -> None:
    script = AUDIT + "import socket\nsocket.socket(2, 2).connect(('192.0.2.1', 9))"
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=30
    )
    assert "STRAYED socket.connect 192.0.2.1" in ended.stdout
