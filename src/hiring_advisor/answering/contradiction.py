"""Whether a sentence argues about whom to hire: that is the scoring tool's business. Pure.

A sentence argues when it names an option and holds a word of advice or judgement. It does not
when it hangs on a true condition ("if …") or on a kind of work ("for prototypes"): so the article
speaks. Strict on purpose: what might be read as an argument is not shown, for the verdict and its
reasons are worded from the tool's result, never by a model.
"""

from __future__ import annotations

import re

from hiring_advisor.answering.manner import parts_of
from hiring_advisor.corpus.rubric import Verdict
from hiring_advisor.retrieval.terms import content_stems, stems_in

MOSTLY = 0.8
"""Share of a conditional sentence's content words that the cited passages hold."""

OPTIONS = {
    "freelancers": re.compile(
        r"\b(?:freelanc\w*|contractors?|contracting|gig \w+|externals?|outsourc\w*|temps|"
        r"agenc(?:y|ies)|consultants?|"
        r"(?:independent|external|outside) (?:contractors?|developers?|engineers?|people|talent|"
        r"help|teams?|hands|staff|experts?|specialists?))\b",
        re.IGNORECASE,
    ),
    "full_time": re.compile(
        r"\b(?:full[- ]?tim\w*|permanent\w*|employe\w+|employing|salaried|payroll|"
        r"in-?house (?:\w+ )?(?:team|engineers?|staff|hires?|hiring|people|developers?)|"
        r"own (?:staff|team|people|engineers?))\b",
        re.IGNORECASE,
    ),
    "hybrid": re.compile(
        r"\b(?:hybrid|staged|two[- ]stage\w*|both (?:options|models|kinds|together|of them|sides|"
        r"freelanc\w*)|combin\w+|mix(?:ture)?|blend\w*)\b",
        re.IGNORECASE,
    ),
}
_OTHER_ONE = re.compile(
    r"\b(?:the (?:other|opposite|second|alternative) (?:one|option|side|choice|way|route|model|"
    r"answer|kind)|the (?:opposite|reverse|former|latter|alternative))\b",
    re.IGNORECASE,
)
_OF_THE_TOOL = r"(?:verdict|recommendation|scor(?:e|es|ing)|tool|rubric|calculation)"
_DISMISSES = (
    r"(?:wrong\w*|mistak\w+|incorrect\w*|flaw\w*|nonsense|ignor\w+|disregard\w*|overrul\w+|"
    r"overrid\w+|misses|missed|opposite|disagree\w*|doubt\w*|unreliable|revis\w+|outdated|forget|"
    r"contrary to|despite|regardless|never mind|should (?:be|have been|say)|"
    r"too (?:cautious|simple)|"
    r"(?:not|n't) (?:right|correct|apply|fit|hold|convincing|binding)|whatever the|unlike)"
)
_AGAINST_THE_TOOL = re.compile(
    rf"\b{_OF_THE_TOOL}\b.{{0,60}}\b{_DISMISSES}|\b{_DISMISSES}.{{0,40}}\b{_OF_THE_TOOL}\b",
    re.IGNORECASE,
)
_ARGUES = re.compile(
    r"\b(?:recommend\w*|suggest\w*|advi[sc]\w+|propos\w+|consider\w*|urge|verdict|conclu\w+|"
    r"should|must|ought|need to|have to|has to|had better|"
    r"needs?(?= (?:a |an |the |only )?(?:freelanc|full|contract|employ|perman|hybrid|mix|own|"
    r"in-?house))|"
    r"better|best|right|correct|ideal\w*|perfect\w*|safer|safest|superior|inferior|great\w*|"
    r"strongest|unbeatable|gold standard|smart\w*|wise\w*|unwise|sensible|sense|sufficient|enough|"
    r"prefer\w*|favou?r\w*|go (?:with|for|straight|all)|opt(?:s|ed)? for|choos\w+|choice|"
    r"hir(?:e|ing)|pick\w*|select|engage|recruit|bring in|stick (?:with|to)|start with|"
    r"rely on|turn to|take|trust|bet|vote|lean\w*|settle|avoid|skip|forget|let|give (?:it|the|"
    r"this)|look no|option|answer|"
    r"winn\w+|wins?|beats?|outperform\w*|outweigh\w*|suit\w*|fits?|match|tick\w*|serve|"
    r"clear(?:ly)?|obvious\w*|definite\w*|instead|rather|no-brainer|all you need|way to go|"
    r"mistakes?|overkill|unnecessary|waste|wrong|worth|risky|unsuit\w+|worse|worst|only|nobody|"
    r"nothing|full stop|all the way|in favou?r|speaks? (?:for|against)|points? (?:to|towards?|at)|"
    r"calls? for|deserves?|demands?|requires?|without|(?:don't|not) need|will do|"
    r"(?:can|could) (?:just|simply|safely|handle|do)|you|yours|i|my|we|us|here|"
    r"(?:your|this|the) (?:project|company|case|job|situation|needs|team|people|money))\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:not|never|no|neither|nor|cannot|hardly|avoid|skip|forget|against|without|rather than|"
    r"instead of|less|inferior|unwise|mistakes?|overkill|unnecessary|waste|wrong|risky|unsuit\w+|"
    r"worse|worst|replace|than|unlike|over)\b|n't\b",
    re.IGNORECASE,
)
# Turns of speech that look like conditions and bind nothing.
_NO_CONDITION = re.compile(
    r"\b(?:even (?:if|when|where|though)|no matter (?:if|when|where)|as if|when it comes to|"
    r"if (?:you (?:ask|want my|trust|follow|think|look)|i (?:were|may|am|had|must|could)|"
    r"we(?:'re| are)|anything|at all|possible|only|the truth|it were|(?:everything|all|what) |not |"
    r"(?:your|this|the) (?:project|case|description|data))|once (?:and for all|again|more)|"
    r"when (?:in doubt|all is|you think|we look|i look|one|you look)|where (?:you are|i stand)|"
    r"unless i\b)[^,]*",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|when|unless|in case|provided|as long as|where|once|whenever)\b", re.IGNORECASE
)
_DEPENDS = re.compile(r"\bdepend\w*\b", re.IGNORECASE)
"""Leaves open what is best while nothing is decided; beside a verdict it binds nothing."""
_KIND_OF_WORK = re.compile(
    r"\bfor (?!(?:all|any|every|this|that|your|you|our|my|it|the|such)\b)(?:[\w&-]+[, ]+){0,3}?"
    r"(?:pocs?|prototyp\w*|demos?|mvps?|pilots?|experiment\w*|production\w*|systems?|projects?|"
    r"explor\w+|research|r&d|deployment|maintenance|resilience|speed|companies)\b"
    r"(?! (?:like|such as|as) (?:this|these|yours?|the one|you))",
    re.IGNORECASE,
)
_FIRST_STAGE = re.compile(
    r"\b(?:prototyp\w*|pocs?|proofs? of concept|pilots?|demos?|first stage|(?:stage|phase) one|"
    r"(?:stage|phase) 1|experiment\w*)\b",
    re.IGNORECASE,
)
_SECOND_STAGE = re.compile(
    r"\b(?:production\w*|deploy\w*|scal\w+|second stage|(?:stage|phase) (?:two|2)|maint\w+|"
    r"roll-?out|transition\w*|long[- ]term)\b",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(
    r"\b(?:you|yours?|here|this (?:project|case|company|team))\b", re.IGNORECASE
)
_DECIDES = re.compile(
    r"\b(?:you|we|your \w+) (?:\w+ ){0,2}(?:should|must|ought|need|needs|have to|has to|had better|"
    r"are better off|calls? for)\b|\b(?:i|we|i'd|i'll) (?:\w+ ){0,2}(?:recommend|suggest|advise|go|"
    r"choose|pick|take|hire|bet|vote|lean|prefer)\b|\b(?:my|our|the) (?:verdict|recommendation|"
    r"advice|vote|pick)\b|\b(?:for|in) your\b|\bhere\b|"
    r"\b(?:suits?|fits?|serves?|helps?|benefits?) you\b|"
    r"\byou\b[^,]{0,60}\b(?:better|best|superior|ideal|wiser|safer|smarter|wins?)\b|"
    r"\b(?:better|best|superior|ideal|wiser|safer|smarter|wins?) for you\b|"
    r"\b(?:for|in) this (?:project|case|company|job|team)\b|"
    r"\bfor you\b|\byour (?:best|choice|answer|option)\b|"
    r"^\W*(?:(?:so|then|therefore|just|simply|please|instead|clearly|definitely)\W+){0,2}(?:hire|"
    r"choose|pick|go (?:with|for)|opt for|take|engage|recruit|stick (?:with|to)|avoid|skip|forget|"
    r"get|use|bring in|employ|don't|do not|never)\b",
    re.IGNORECASE,
)


def contradicts(sentence: str, verdict: Verdict | None, article: str = "") -> bool:
    """Whether a sentence argues, unconditionally, against the tool's verdict.

    A whole sentence of `article` (the passages that it cites) argues nothing: the article speaks
    in general. With no verdict, none may be made: advice that names an option counts.
    """
    plain = " ".join(sentence.replace("’", "'").split())
    if _AGAINST_THE_TOOL.search(plain):
        return True
    if _stands_in(plain, article):
        return False
    return any(_argues(part, verdict, article) for part in dict.fromkeys((plain, *parts_of(plain))))


def _argues(plain: str, verdict: Verdict | None, article: str) -> bool:
    """The same for a sentence, or for a part of one that stands by itself."""
    named = options_in(plain)
    if _OTHER_ONE.search(plain):
        named.add("other")
    words = _DECIDES if verdict is None else _ARGUES
    # Without its turns of speech: “when in doubt, choose …” orders as “choose …” does.
    bare = _NO_CONDITION.sub(" ", plain)
    if not named or not (words.search(plain) or words.search(bare)):
        return False
    if verdict is None and (_CONDITION.search(bare) or _DEPENDS.search(bare)):
        return False
    if _CONDITION.search(bare) and _is_known(plain, article):
        return False
    if verdict == "hybrid":
        urges = len(named - {"hybrid"}) == 1 and bool(_DECIDES.search(plain))
        return urges or not _speaks_of_stages(plain, named)
    is_open = verdict is None or verdict == "need_more_info"
    if not is_open and named - {verdict} and _ADDRESSES.search(plain):
        return True
    if _KIND_OF_WORK.search(plain):
        return False
    if is_open:
        return True
    return bool(named - {verdict}) or bool(_AGAINST.search(plain))


def _is_known(sentence: str, article: str) -> bool:
    """Whether the article holds nearly all that a sentence with a condition says.

    Beside a verdict, a condition of a model's own making would be an argument in disguise.
    """
    asked = content_stems(sentence)
    held = stems_in(article)
    return sum(one in held for one in asked) >= MOSTLY * len(asked)


def options_in(text: str) -> set[str]:
    """The options that a text names, by whatever word."""
    return {option for option, pattern in OPTIONS.items() if pattern.search(text)}


def _stands_in(sentence: str, article: str) -> bool:
    """Whether a sentence is one of the article's, whole: nothing before it, nothing cut off."""
    text = " ".join(article.replace("’", "'").split()).lower()
    place = text.find(sentence.lower())
    if place < 0 or len(sentence.split()) < 4:
        return False
    before = text[:place].rstrip(" “”\"'")
    return sentence[-1:] in ".!?" and (not before or before[-1] in ".!?:")


def _speaks_of_stages(sentence: str, named: set[str]) -> bool:
    """Whether a sentence gives each side its stage, or praises the plan of both."""
    if "other" in named:
        return False
    if "hybrid" in named:
        return not _AGAINST.search(sentence)
    first, second = bool(_FIRST_STAGE.search(sentence)), bool(_SECOND_STAGE.search(sentence))
    if named == {"freelancers"}:
        return first and not second
    if named == {"full_time"}:
        return second and not first
    return first and second and not _AGAINST.search(sentence)
