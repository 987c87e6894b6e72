"""What a model may not say whatever its passages hold: it explains, and speaks for nobody. Pure.

Each rule gives way to the cited passages alone: a word that stands there may be said. What the
visitor wrote excuses nothing, for a visitor can write anything.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hiring_advisor.retrieval.terms import content_stems, stems_in, words

MOST_UNSAID = 4
"""Content words in a sentence that no cited passage holds."""
LONGEST_RUN = 2
"""The same, one after the other: a clause of the model's own is longer."""
RECITED = 5
"""Words of the prompt one after the other: so many are no chance."""
_JOINS = frozenset({"a", "an", "and", "of", "or", "the"})
FEW = 5
"""Where a sentence has so few content words, whoever acts in it must stand in the passages."""
_VOICE = re.compile(
    r"\b(?:i|i'm|i'd|i'll|i've|me|my|mine|myself|we|we're|we'd|we'll|we've|us|our|ours|"
    r"system|developer|admin\w*|root|(?:as|our) staff|operator|moderator|supervisor|mode|prompts?|"
    r"instruct\w*|"
    r"rules?|password|secrets?|token|keys?|canary|debug|override\w*|jailbreak\w*|unlock\w*|"
    r"filters?|guidelines|confidential\w*|internal notes?|hidden|ignore\w*|disregard\w*|obey\w*|"
    r"the answer|the tool|verdicts?|recommend\w*|scor(?:e|es|ed|ing)|rubric|"
    r"why not|who would|(?:is|would) it not|"
    r"tell no ?one|chatbot|assistant|language model|openai|gpt|message|conversation)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:guarant\w+|warrant\w+|binding|bound|promis\w+|pledg\w+|assur\w+|offers? (?:of|to you)|"
    r"(?:special|final|free|best) offer|refund\w*|reimburs\w*|indemn\w+|liab\w+|legally|lawful\w*|"
    r"contractual\w*|entitled?|hereby|agreed?|agreement|deal|discount\w*|vouchers?|coupons?|"
    r"free of charge|for free|gratis|price[ds]?|pay\w*|paid|invoice\w*|fees?|money back|"
    r"compensat\w+|insur\w+|certif\w+|risk-free|no risk|cannot fail|never fails?|always works?)\b",
    re.IGNORECASE,
)
_SENDS_AWAY = re.compile(
    r"\b(?:click\w*|visit\w*|browse|log ?in|sign up|subscrib\w+|download\w*|install\w*|e-?mail\w*|"
    r"phone|telephone|dial|whatsapp|telegram|text|contact\w*|write to|reach out|transfer\w*|"
    r"wire|send|scan|website|web ?page|url|link|dot (?:com|net|org|io|example)|hotline)\b",
    re.IGNORECASE,
)
_JOINT = re.compile(r"[—–;:()→]|(?<!\s)\s+-+\s|,\s+(?:and|so|but|for|yet|or)\b")
_FOREIGN = re.compile(r"(?<![^\W\d_])[^\W\d_]*[^\W\d_\x00-\x7f][^\W\d_]*|[\uff01-\uff5e]")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_ODD_WORD = re.compile(r"[a-z][A-Z]|[A-Za-z]{21}")
"""Codes: no English word looks so."""
_SPELLED = re.compile(r"(?:\b\w[ ._*-]){4}")


def offence(sentence: str, cited: str, around: str, glue: frozenset[str]) -> str:
    """The rule that a sentence breaks, or an empty text.

    `cited` is the text of the cited passages, `around` the same with headings and the visitor's
    words, in lower case both; `glue` are the stems that need no support.
    """
    plain, low = sentence.replace("’", "'"), cited.replace("’", "'").lower()
    for rule, pattern in (("voice", _VOICE), ("promise", _PROMISE), ("address", _SENDS_AWAY)):
        for match in pattern.finditer(plain):
            word = match.group().lower()
            if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", low) and not _stands(word, cited):
                return rule
    if any(word.lower() not in around for word in _FOREIGN.findall(sentence)):
        return "support"
    known = stems_in(around) | glue
    if _SPELLED.search(sentence) or any(
        _ODD_WORD.search(word) and word.lower() not in around for word in _WORD.findall(sentence)
    ):
        return "code"
    if _names(sentence, around, known):
        return "name"
    return "support" if _repeats(sentence) or _unsaid(sentence, known, glue) else ""


@lru_cache(maxsize=128)
def runs(text: str) -> frozenset[tuple[str, ...]]:
    """All `RECITED` words of a text that stand one after the other; signs and digits part none."""
    found = re.findall(r"[a-z]+", text.lower())
    return frozenset(zip(*(found[at:] for at in range(RECITED)), strict=False))


def recites(
    sentence: str, told: frozenset[tuple[str, ...]], cited: str, glue: frozenset[str]
) -> bool:
    """Whether a sentence holds words of the prompt (`told`, as `runs`) that no cited passage holds.

    The names of the two sides are said by everyone.
    """
    return any(
        any(word not in _JOINS and not set(content_stems(word)) & glue for word in run)
        for run in (runs(sentence) & told) - runs(cited)
    )


def parts_of(sentence: str) -> list[str]:
    """A sentence cut at its strong joints, where a clause of another kind may begin."""
    return [part.strip() for part in _JOINT.split(sentence) if part.strip()]


def _stands(word: str, cited: str) -> bool:
    """Whether a form of a word stands there; “operational” is none of “operator”."""
    base = word.rstrip("s")
    return any(one.startswith(base) and len(one) <= len(base) + 3 for one in words(cited))


def _names(sentence: str, around: str, known: frozenset[str]) -> bool:
    """Whether a name is said that does not stand there: a capital within the sentence."""
    return any(
        word[0].isupper()
        and word.lower() not in around
        and not set(content_stems(word)) <= known
        and match.start() > 0
        and not re.search(r"[.!?:“\"]\s*$", sentence[: match.start()])
        for match in _WORD.finditer(sentence)
        if (word := match.group())
    )


def _repeats(sentence: str) -> bool:
    """Whether three words stand twice: padding, so that words of the model's own weigh less."""
    said = words(sentence)
    runs_of_three = list(zip(said, said[1:], said[2:], strict=False))
    return len(runs_of_three) > len(set(runs_of_three))


def _unsaid(sentence: str, known: frozenset[str], glue: frozenset[str]) -> bool:
    """Whether too many words are the model's own: in all, in a row, or in one part."""
    for part in parts_of(sentence):
        own = [one for one in content_stems(part) if one not in glue]
        if len(own) > 1 and 2 * sum(one in known for one in own) <= len(own):
            return True
        actor = re.match(r"\W{0,4}([A-Za-z]{3,24}s)\b", part)
        if actor and len(own) <= FEW and not set(content_stems(actor.group(1))) <= known:
            return True
    run = total = 0
    for one in content_stems(sentence):
        run = 0 if one in known else run + 1
        total += one not in known
        if run > LONGEST_RUN or total > MOST_UNSAID:
            return True
    return False
