"""What a question is about: which side, which aspect, and what shape of answer it wants.

Follow-ups are made whole from the questions before them: "and the cons?" after "what are the
pros of freelancers?" asks for the cons of freelancers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hiring_advisor.understanding.clauses import lower_same_length

Side = Literal["freelancers", "full_time", "both", "hybrid", ""]
Shape = Literal["list", "compare", "yes_no", "define", "when", "why", "plain"]

_FREELANCERS = re.compile(
    r"\b(?:freelanc\w*|contractors?|contracting|gig workers?|self[- ]employed|independents?|"
    r"external (?:developers?|engineers?|people|talent|experts?)|externals|outsiders|temps|"
    r"hired guns?|upwork\w*)\b"
)
_FULL_TIME = re.compile(
    r"\b(?:full[- ]?tim\w*|fulltime\w*|permanents?|employees?|in[- ]?house (?:team|teams|"
    r"engineers?|staff|people|developers?|hires?|hiring)?|own (?:team|staff|people|engineers?)|"
    r"staff(?:ers)?|salaried|payroll|new hires?|the new hire|ftes?|perm(?:s)?|"
    r"embedded engineers?|(?:hire|hiring|employing) (?:someone|people|engineers|staff))\b"
)
_HYBRID = re.compile(
    r"\b(?:hybrid|both (?:together|models|kinds|of them|at once|in one)|combin\w+|mix\w*|"
    r"blend\w*|use both|together)\b"
)
_COMPARE = re.compile(
    r"\b(?:vs\.?|versus|compar\w+|differ\w*|better|worse|cheaper|faster|safer|which (?:one|of|"
    r"side|option|is|has|are|model|team|group)|who (?:is|has|are|delivers?|writes?|does|"
    r"builds?|costs?|gets?|works?|handles?|produces?)|or|than|both|each|either|more \w+|"
    r"the two|rather|side by side|dearer|riskier|slower|quicker|stronger|less \w+)\b"
)
_LIST = re.compile(
    r"\b(?:list|what are|name|pros|cons|advantages|disadvantages|benefits|drawbacks|downsides|"
    r"upsides|limitations|weaknesses|strengths|challenges|risks|reasons|when (?:to|should|do|"
    r"does|is|are|would)|bullet|points|enumerate|criteria|all the|which (?:risks|benefits|"
    r"challenges|advantages|reasons)|characteristics|features|problems|pitfalls|what speaks|"
    r"arguments)\b"
)
_DEFINE = re.compile(
    r"\b(?:what (?:is|are|does|do|counts|makes|exactly is)(?: \w+){0,6} (?:production[- ]grade|"
    r"production[- ]ready|mean|means)|define|definition|meaning of|what (?:is|"
    r"makes)(?: \w+){0,3} production)\b"
)
_YES_NO = re.compile(
    r"^(?:and |but |so |ok |hi |then |also )?(?:can|could|do|does|did|is|are|was|will|would|"
    r"should|has|have|isn't|aren't|don't|doesn't|am|may|must)\b"
)
_WHEN = re.compile(
    r"\bwhen (?:to|should|do|does|is|are|would|shall|can|it)\b|\bfor (?:which|"
    r"what) (?:projects?|cases?|kind)\b|\bin (?:which|what) (?:cases?|situations?)\b"
)
_WHY = re.compile(r"\b(?:why|reasons?|how come)\b")
_LEANS_BACK = re.compile(
    r"^(?:and|but|so|what about|how about|ok and|also|same|then|or|vs|versus|plus|really|why|"
    r"ok but|and what|ok what|now|aha|hmm|well|besides)\b|\b(?:they|them|their|theirs|those|"
    r"these|it|its|that|this|the others?|the other (?:one|side|option|way)|the former|"
    r"the latter|the same|either of them|each|one|ones|so)\b|^\W*\w+(?: \w+){0,2}\W*$"
)
_OTHER_SIDE = re.compile(
    r"\b(?:the others?|other (?:one|side|option|way|group|camp)|the latter|opposite|conversely|"
    r"vice versa)\b"
)
_PROS = re.compile(
    r"\b(?:pros?|advantages?|benefits?|upsides?|strengths?|good (?:about|sides?)|plus points|"
    r"in favou?r|best about|gain)\b"
)
_CONS = re.compile(
    r"\b(?:cons?|disadvantages?|drawbacks?|downsides?|limitations?|weakness\w*|shortcomings?|"
    r"risks?|problems?|pitfalls?|challenges?|bad (?:about|sides?)|against|minus(?:es)?|"
    r"negatives?|dangers?|catch|go(?:es)? wrong|worst about|traps?)\b"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A question taken apart. `whole` is the question with what a follow-up leaves out put in."""

    text: str
    whole: str
    side: Side
    shape: Shape
    valence: Literal["pros", "cons", ""]


def frame(question: str) -> Frame:
    """Take one question apart, without its history."""
    low = lower_same_length(question).strip()
    freelancers, full_time = bool(_FREELANCERS.search(low)), bool(_FULL_TIME.search(low))
    side: Side = ""
    if freelancers and full_time:
        side = "both"
    elif freelancers or full_time:
        side = "freelancers" if freelancers else "full_time"
    elif _HYBRID.search(low):
        side = "hybrid"
    if (
        _HYBRID.search(low)
        and side == "both"
        and re.search(r"\b(?:together|combin|mix|hybrid|use both|blend)", low)
    ):
        side = "hybrid"
    pros, cons = bool(_PROS.search(low)), bool(_CONS.search(low))
    valence: Literal["pros", "cons", ""] = (
        "pros" if pros and not cons else "cons" if cons and not pros else ""
    )
    return Frame(question, question, side, _shape(low, side), valence)


def _shape(low: str, side: Side) -> Shape:
    if _DEFINE.search(low):
        return "define"
    if _WHEN.search(low):
        return "when"
    if side in {"both", ""} and _COMPARE.search(low) and not _LIST.search(low):
        return "compare"
    if _LIST.search(low) and not _YES_NO.search(low):
        return "list"
    if _YES_NO.search(low):
        return "yes_no"
    if _WHY.search(low):
        return "why"
    return "plain"


_NAMES = {"freelancers": "freelancers", "full_time": "full-time engineers"}


def whole_question(question: str, earlier: Sequence[str]) -> Frame:
    """Make a follow-up whole from the visitor's earlier questions (oldest first).

    What the question says itself is never changed; the side, or the aspect, of the last question
    that had one is put in where the question leans back and has none of its own.
    """
    now = frame(question)
    low = lower_same_length(question).strip()
    if not earlier or not _LEANS_BACK.search(low) or len(low.split()) > 14:
        return now
    before = [whole_question(one, earlier[:place]) for place, one in enumerate(earlier)]
    last = next((one for one in reversed(before) if one.side in _NAMES or one.side == "both"), None)
    aspect = _aspect(low)
    if now.side == "" and last is not None:
        side: Side = last.side
        if _OTHER_SIDE.search(low) and last.side in _NAMES:
            side = "full_time" if last.side == "freelancers" else "freelancers"
        name = _NAMES.get(side, "freelancers or full-time engineers")
        topic = aspect or _aspect(lower_same_length(before[-1].text))
        whole = f"{question.rstrip('?!. ')} {topic if not aspect else ''} {name}".replace("  ", " ")
        now = replace(frame(whole), text=question, whole=whole)
        return replace(now, shape="list") if _LIST.search(low) else now
    if now.side != "" and not aspect:
        topic = _aspect(lower_same_length(before[-1].whole))
        if topic:
            whole = f"{topic} {_NAMES.get(now.side, '')}".strip()
            return replace(frame(whole), text=question, whole=whole)
    if now.side == "" and before:
        whole = f"{before[-1].whole.rstrip('?!. ')} {question}"
        return replace(now, whole=whole)
    return now


_FILLER = frozenset(
    """
    and or but so what about how the a an of for with is are do does they them their it its that
    this those these same others other one ones ok then also which who can could would should in
    on to be i we you me us our my as at vs versus if not really why now hmm well both either
    each side option hire hiring hired engineers engineer people team tell more there any some
    have has get from by than was were did will me please give list name
    """.split()
)


def _aspect(low: str) -> str:
    """What a question asks of a side: its words without side, filler and question words."""
    rest = _FULL_TIME.sub(" ", _FREELANCERS.sub(" ", low))
    words = [word for word in re.findall(r"[a-z0-9%-]+", rest) if word not in _FILLER]
    return " ".join(words[:8])
