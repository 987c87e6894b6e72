"""Doctor says of each part what is to be mended; the settings are shown without a secret."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from tests.conftest import free_port, make_settings
from tests.stand_ins.openai_errors import Status
from tests.stand_ins.openai_replies import Text
from tests.stand_ins.openai_server import OpenAIServer
from tests.stand_ins.otlp_collector import Collector
from typer.testing import CliRunner

from hiring_advisor.bootstrap import Parts
from hiring_advisor.channels import doctor_checks as checks
from hiring_advisor.channels.cli import app
from hiring_advisor.errors import AdvisorError, SettingsError
from hiring_advisor.settings import load

SECRET = "zq81vulture"
PUBLIC = {"ADVISOR_PUBLIC_URL": "https://advisor.example.com"}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"OPENAI_API_KEY": SECRET, "ADVISOR_MODE": "embedded"}, "ADVISOR_MODE"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "OPENAI_API_KEY"),
        ({**PUBLIC, "ADVISOR_API_KEYS": SECRET}, "ADVISOR_TRUSTED_PROXIES"),
        ({**PUBLIC, "ADVISOR_TRUSTED_PROXIES": "127.0.0.1"}, "ADVISOR_API_KEYS"),
        ({"DATABASE_URL": f"postgresql://a:{SECRET}@db/advisor"}, "REDIS_URL"),
        ({"HANDOFF_EMAIL_TO": "a@example.com"}, "SMTP_URL"),
        ({"HANDOFF_WEBHOOK_URL": "https://example.com/hook"}, "HANDOFF_WEBHOOK_SECRET"),
        ({"SLACK_BOT_TOKEN": SECRET}, "SLACK_SIGNING_SECRET"),
        ({"OTEL_EXPORTER_OTLP_HEADERS": f"a={SECRET}"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"ADVISOR_STOP_DELAY_S": "30"}, "ADVISOR_STOP_GRACE_S"),
    ],
)
def test_settings_that_are_odd_together_are_named(
    tmp_path: Path, given: dict[str, str], named: str
) -> None:
    (text,) = checks.odd_settings(make_settings(tmp_path, **given))
    assert named in text
    assert SECRET not in text


def test_settings_as_they_come_are_not_odd(tmp_path: Path) -> None:
    assert list(checks.odd_settings(make_settings(tmp_path))) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "OPENAI_API_KEY"), (403, "may not use the model gpt-x"), (404, "no model gpt-x"),
     (429, "limits and credit"), (418, "status_418")],
)  # fmt: skip
def test_what_is_wrong_with_the_model_is_said_plainly(
    built_data: Path, model: OpenAIServer, status: int, said: str
) -> None:
    model.always(Status(status))
    settings = make_settings(
        built_data, OPENAI_API_KEY="k", OPENAI_BASE_URL=model.base_url, ADVISOR_MODEL="gpt-x"
    )
    with pytest.raises(AdvisorError, match=said):
        asyncio.run(checks.model(Parts(settings)))
    model.always(Text("Ready."))
    assert asyncio.run(checks.model(Parts(settings))) == "gpt-x answers"


def test_redis_and_the_collector_are_asked(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(AdvisorError, match="REDIS_URL"):
        asyncio.run(checks.redis(make_settings(tmp_path, REDIS_URL=f"redis://{nobody}")))
    dead = make_settings(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{nobody}")
    with pytest.raises(AdvisorError, match="cannot be reached"):
        checks.traces(dead)
    with Collector() as collector:
        settings = make_settings(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint)
        assert checks.traces(settings)
        collector.status = 401
        with pytest.raises(AdvisorError, match="401"):
            checks.traces(settings)


def test_a_folder_that_cannot_be_written_and_a_full_disk_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AdvisorError, match="ADVISOR_DATA_DIR cannot be written"):
        checks.folder(make_settings(tmp_path / "file"))
    assert checks.folder(make_settings(tmp_path))
    monkeypatch.setattr(checks, "LEAST_FREE_BYTES", 1 << 60)
    with pytest.raises(AdvisorError, match="nearly full"):
        checks.folder(make_settings(tmp_path))


@pytest.mark.parametrize("years", [-3, 40])
def test_a_clock_that_is_years_off_is_noticed(monkeypatch: pytest.MonkeyPatch, years: int) -> None:
    assert checks.clock()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + years * 365 * 86_400)
    with pytest.raises(AdvisorError, match="clock is wrong"):
        checks.clock()


def test_every_setting_that_makes_no_sense_is_named_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = {"ADVISOR_MODE": SECRET, "ADVISOR_RATE_LIMIT": SECRET, "ADVISOR_RETENTION_DAYS": "0"}
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    lines = caught.value.message.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(wrong)
    assert SECRET not in caught.value.message
    shown = CliRunner().invoke(app, ["doctor", "--json"])
    report = json.loads(shown.stdout)
    assert (shown.exit_code, report["is_well"]) == (1, False)
    assert [one["text"] for one in report["parts"] if one["state"] == "mend"] == lines


def test_config_show_says_what_is_set_and_where_but_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"ADVISOR_MODEL=gpt-x\nSMTP_URL=smtp://u:{SECRET}@mail:25\n")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("ADVISOR_API_KEYS", f"{SECRET}1,{SECRET}2")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://user:{SECRET}@127.0.0.1:1/v1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"key={SECRET}")
    monkeypatch.setenv("ADVISOR_RATE_LIMIT", "7/minute")
    plain, as_json = (CliRunner().invoke(app, ["config", "show", *o]) for o in ([], ["--json"]))
    assert (plain.exit_code, as_json.exit_code) == (0, 0)
    assert SECRET not in plain.output + as_json.output
    found = {row["name"]: (row["value"], row["origin"]) for row in json.loads(as_json.stdout)}
    assert (
        found.items()
        >= {
            "OPENAI_API_KEY": ("set", "environment"),
            "ADVISOR_API_KEYS": ("set", "environment"),
            "SMTP_URL": ("set", ".env"),
            "REDIS_URL": ("not set", "default"),
            "ADVISOR_MODEL": ("gpt-x", ".env"),
            "ADVISOR_RATE_LIMIT": ("7/minute", "environment"),
            "ADVISOR_RETENTION_DAYS": ("90", "default"),
        }.items()
    )
    assert all(name in plain.stdout for name in found)
