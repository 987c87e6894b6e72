"""The calls without a conversation: the same facts, the same verdict; passages without numbers."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest
from tests.channels.client import Client
from tests.channels.schemas import Article, Passage, Recommendation, Verdict, spaced

PROFILES: list[dict[str, str]] = [
    {},
    {"stage": "prototype", "budget": "tight", "deadline": "urgent"},
    {"stage": "production", "role": "core", "data": "sensitive"},
    {"stage": "staged"},
]


@pytest.fixture(scope="module")
def rubric(client: Client) -> Any:
    read = client.call("GET", "/v1/rubric")
    assert (read.status, read.headers["content-type"]) == (200, "application/json")
    return read.json


# --- the rubric ----------------------------------------------------------------------------------


def test_the_rubric_is_whole(rubric: Any) -> None:
    assert set(rubric["options"]) == set(get_args(Verdict))
    assert all(one["label"] and one["summary"] for one in rubric["options"].values())
    names = [fact["name"] for fact in rubric["facts"]]
    assert len(set(names)) == len(names) > 0
    for fact in rubric["facts"]:
        assert fact["question"].endswith("?")
        assert len({value["value"] for value in fact["values"]}) == len(fact["values"]) >= 2
        assert all(value["label"] for value in fact["values"])


def test_each_rule_speaks_of_a_known_fact_and_stands_on_the_article(
    rubric: Any, article: Article
) -> None:
    known = {(fact["name"], one["value"]) for fact in rubric["facts"] for one in fact["values"]}
    ruled = {(rule["fact"], rule["value"]) for rule in rubric["rules"]}
    assert ruled <= known
    assert {fact for fact, _ in ruled} == {fact for fact, _ in known}
    for rule in rubric["rules"]:
        assert set(rule["points"]) == {"freelancers", "full_time"}
        assert sum(rule["points"].values()) > 0
        assert rule["why"]
        assert rule["section_id"] in article.sections
        assert spaced(rule["source_quote"]) in article.words


# --- the score -----------------------------------------------------------------------------------


@pytest.mark.parametrize("facts", PROFILES)
def test_a_score_has_every_field_and_the_version_of_the_rubric(
    client: Client, rubric: Any, facts: dict[str, str]
) -> None:
    scored = client.call("POST", "/v1/score", {"facts": facts})
    assert scored.status == 200
    result = Recommendation.model_validate_json(scored.body)
    assert result.rubric_version == rubric["version"]
    names = {fact["name"] for fact in rubric["facts"]}
    assert set(result.missing) == names - set(facts)
    assert {one.fact for one in result.contributions} <= set(facts)
    assert {one["points"]["freelancers"] for one in scored.json["contributions"]} != {None}


def test_the_points_add_up_to_the_score(client: Client) -> None:
    for facts in PROFILES:
        result = client.call("POST", "/v1/score", {"facts": facts}).json
        for side in ("freelancers", "full_time"):
            total = sum(one["points"][side] for one in result["contributions"])
            assert result["scores"][side] == total


def test_the_same_facts_get_the_same_bytes_in_whatever_order(client: Client) -> None:
    facts = PROFILES[2]
    answers = {
        client.call("POST", "/v1/score", {"facts": dict(order)}).body
        for order in itertools.permutations(facts.items())
    }
    assert len(answers) == 1


def test_other_facts_have_another_hash(client: Client) -> None:
    hashes = [
        client.call("POST", "/v1/score", {"facts": one}).json["profile_hash"] for one in PROFILES
    ]
    assert len(set(hashes)) == len(PROFILES)


def test_null_stands_for_not_known(client: Client) -> None:
    without = client.call("POST", "/v1/score", {"facts": {"stage": "staged"}})
    with_null = client.call("POST", "/v1/score", {"facts": {"stage": "staged", "budget": None}})
    assert with_null.body == without.body


@pytest.mark.parametrize("facts", PROFILES)
def test_each_flip_does_what_it_says(client: Client, facts: dict[str, str]) -> None:
    result = client.call("POST", "/v1/score", {"facts": facts}).json
    for flip in result["flips"]:
        assert facts.get(flip["fact"]) == flip["from"]
        changed = {"facts": {**facts, flip["fact"]: flip["to"]}}
        verdict = client.call("POST", "/v1/score", changed).json["verdict"]
        assert verdict == flip["verdict"] != result["verdict"]


# --- the search ----------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [None, 1, 3, 20])
def test_passages_come_best_first_with_ranks_and_nothing_else(
    client: Client, article: Article, k: int | None
) -> None:
    wanted = {"query": "what do freelancers cost"} | ({} if k is None else {"k": k})
    found = client.call("POST", "/v1/search", wanted)
    assert found.status == 200
    assert set(found.json) == {"passages"}
    passages = [Passage.model_validate(one) for one in found.json["passages"]]
    assert 1 <= len(passages) <= (k or 4)
    assert [one.rank for one in passages] == list(range(1, len(passages) + 1))
    for one in passages:
        assert one.section_id in article.sections
        assert one.url.endswith(f"#{one.section_id}")
    assert any("cost" in (one.text + one.heading).lower() for one in passages)


def test_what_the_article_does_not_speak_of_is_not_found(client: Client) -> None:
    found = client.call("POST", "/v1/search", {"query": "recipe for a lemon cake"})
    assert (found.status, found.json) == (200, {"passages": []})


# --- health --------------------------------------------------------------------------------------


def test_the_server_is_alive_and_ready(client: Client) -> None:
    alive, ready = client.call("GET", "/healthz"), client.call("GET", "/readyz")
    assert (alive.status, alive.json) == (200, {"status": "ok"})
    assert (ready.status, ready.json["status"]) == (200, "ok")
    assert ready.json["parts"] == {
        "corpus": "ok", "vectors": "ok", "database": "ok", "model": "disabled", "limits": "memory",
    }  # fmt: skip
