"""A message cut into clauses with offsets, and how far each may be taken as the writer's word.

What a clause says counts for the visitor's project only when it is said of it, now: not when it
is asked in general, only supposed, past, somebody else's, or part of a signature.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

_SENTENCE_END = re.compile(r"(?<=[.!?])[\s\"”’)]+(?=\S)|[\n;]+|(?<=\S)\s+[•*–—-]{1,2}\s+|:\s+")
_NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|ca|vs|mr|mrs|ms|dr|no|inc|ltd|min|max|incl|bzw|st|"
    r"resp)\.|\d\.|\b[a-z]\.)$",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    # Only where a run of spaces begins: tried at each of them, a long run takes quadratic time.
    r",\s+|(?<!\s)\s+(?=(?:but|however|although|though|whereas|because|since|while|so that|"
    r"and then|and (?:we|it|they|i|the|no|nobody|not|our|have|has|must|should|will|then|somebody|"
    r"someone|there|need|needs|want|wants|only|little|also|later|it's|he|she))\b)",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:we|we'?re|we'?ll|we'?ve|our|ours|us|i|i'?m|i'?d|i'?ve|my|mine|me|client|clients?'s|"
    r"customer (?:wants|needs|has|is|says)|"
    r"lead|prospect|boss|company|they|their|he|she|his|her|the project|this project|the tool|"
    r"the bot|the system|it)\b"
)
_SELF_IN_QUESTION = re.compile(
    r"\b(?:we|we'?re|our|us|i|i'?m|my|me|client|lead|prospect|boss|this project)\b"
)
_QUESTION_START = re.compile(
    r"^(?:and |but |so |then |also |ok |hi |hello )?(?:can|could|do|does|did|is|are|was|were|"
    r"will|would|should|shall|has|have|"
    r"what|whats|what's|which|who|whom|whose|when|where|why|how|list|explain|tell me|compare|"
    r"describe|define|summari[sz]e|give me|show me|name)\b"
)
_SUPPOSED = re.compile(
    r"\b(?:if (?:we|i|our|my|the|it|they|there) (?:had|were|was|would|could|only|ever)|what if|"
    r"suppose|supposing|"
    r"imagine|hypothetical\w*|in theory|theoretically|let'?s say|say we|assuming we|were we to|"
    r"would have|could have|"
    r"might have|wish we|maybe some ?day|one day maybe|in an ideal world|ideally one day|"
    r"let us assume|lets assume|let'?s assume)\b"
)
_PAST = re.compile(
    r"\b(?:last (?:year|month|quarter|summer|spring|autumn|fall|winter|time|week|decade)(?!'s)|"
    r"ago|used to|previously|"
    r"in the past|formerly|back then|back in|in (?:19|20)[012]\d|at that time|those days|"
    r"once (?:had|built|did|made|tried|ran)|"
    r"already (?:built|had|did|made|ran|tried|finished)|(?:we|i|they|he|she) (?:once |already |"
    r"recently )?"
    r"(?:built|made|did|tried|ran|hired|finished|started|launched|created|bought|burned|burnt|"
    r"wasted|lost|spent))\b"
)
_OTHERS = re.compile(
    r"\b(?:competitors?|rivals?|a friend|friend of mine|my (?:old|former|previous|last|ex)\b|"
    r"(?:previous|former|old) (?:employer|company|job|boss|firm)|"
    r"another (?:company|firm|team|startup|client)|other (?:companies|firms|startups|clients|"
    r"people|teams|customers)|some (?:companies|firms|startups)|"
    r"most (?:companies|firms|startups|projects)|many (?:companies|firms|startups)|"
    r"everyone else|neighbou?rs?|my (?:wife|husband|brother|sister|cousin|uncle|son|daughter)|"
    r"colleague at|our (?:sister|parent) company|the (?:company|team|guys|people) next door|"
    r"others in (?:our|the))\b"
)
_ABOUT_OPTIONS = re.compile(
    r"^(?:and |but |so |i think |i believe |i heard |we think |we believe |we heard |we know |"
    r"apparently |obviously |that )?(?:that )?"
    r"(?:the |some |most |good |cheap |external |our |a |an ){0,2}(?:freelancers?|contractors?|"
    r"freelancing|freelance|full[- ]?timers?|full[- ]?time (?:engineers?|staff|employees|"
    r"people|hires?|ai engineers)|"
    r"permanent (?:staff|employees|people|hires?)|agencies|consultants)\b(?! (?:for|to build|"
    r"to do|to make))"
)
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|neither|nor|cannot|can't|cant|don't|dont|doesn't|doesnt|didn't|"
    r"isn't|isnt|aren't|arent|"
    r"won't|wont|wouldn't|shouldn't|needn't|nothing|nobody|none|no one|hardly|free of|"
    r"instead of|rather than|no longer|"
    r"far from|anything but|lack of|neither|stop|avoid|n't)\b"
)
_NOT_A_NEGATION = re.compile(
    r"\b(?:no doubt|not only|not just|no matter|not merely|not to mention|no question|not sure|"
    r"don't know|dont know|"
    r"can't wait|no wonder|why not|nothing but|no less|not least|don't want to (?:miss|lose)|"
    r"no one but|not until|don't forget)\b"
)
_SIGN_OFF = re.compile(
    r"^\s*(?:--\s*$|(?:best|kind|warm|many|with best|with kind|yours|mit freundlichen|freundliche|"
    r"viele|cordialement|saludos|regards|cheers|sincerely|thanks and|thank you and|best wishes|br|"
    r"mfg|vg|lg|sent from my|gesendet von|von meinem|get outlook|this e-?mail|"
    r"this message (?:and|may|is|contains)|confidentiality notice|disclaimer|"
    r"the information (?:contained )?in this|please consider the environment|"
    r"think before you print|unsubscribe|fax|https?|registered (?:office|in)|vat|hrb|ust-?id|"
    r"managing director|geschäftsführer)\b.{0,200}$|"
    r"(?:tel[.:]|phone:|mobile:|www\.|ceo:).{0,200}$)",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(
    r"^\s*(?:>+|from:|to:|cc:|bcc:|sent:|date:|subject:|betreff:|von:|an:|"
    r"on .{5,80} wrote:\s*$|-{2,} ?(?:original|forwarded))",
    re.IGNORECASE,
)


_STRAIGHT = str.maketrans(dict(zip("’‘`´“”–—‑\u00a0\t", "''''\"\"---  ", strict=True)))


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a message. `low` has the length of the clause: offsets hold in both.

    `sentence` counts the sentences of the message; `counts` tells whether the words of the clause
    may be taken as they stand for a fact about the project, `about_others` whether its sentence
    speaks of other people's projects.
    """

    start: int
    end: int
    text: str
    low: str
    sentence: int
    is_question: bool
    counts: bool
    about_others: bool


def lower_same_length(text: str) -> str:
    """Lower case without a change of length; typographic quotes, dashes and spaces straightened."""
    plain = text.translate(_STRAIGHT)
    whole = plain.lower()
    if len(whole) == len(text):
        return whole
    # Some letters are two when they are small, such as the Turkish dotted capital I.
    return "".join(low if len(low := char.lower()) == 1 else char for char in plain)


@lru_cache(maxsize=64)  # every step that looks at a message wants its clauses
def split(message: str) -> tuple[Clause, ...]:
    """Cut a message into clauses, in order, without signatures, headers and quoted lines."""
    clauses: list[Clause] = []
    low_message = lower_same_length(message)
    number = 0
    for start, end in _own_lines(message):
        for sentence_start, sentence_end in _cut(message, start, end, _SENTENCE_END):
            sentence = low_message[sentence_start:sentence_end]
            number += 1
            is_question = _is_question(sentence, message[sentence_end : sentence_end + 2])
            about_others = bool(_OTHERS.search(sentence))
            supposed = bool(_SUPPOSED.search(sentence))
            for clause_start, clause_end in _cut(
                message, sentence_start, sentence_end, _CLAUSE_END
            ):
                low = low_message[clause_start:clause_end]
                counts = (
                    not supposed
                    and not _PAST.search(low)
                    and not _OTHERS.search(low)
                    and not _ABOUT_OPTIONS.search(low)
                    and not (is_question and not _SELF_IN_QUESTION.search(sentence))
                )
                clauses.append(
                    Clause(
                        clause_start, clause_end, message[clause_start:clause_end], low,
                        number, is_question, counts, about_others,
                    )
                )  # fmt: skip
    return tuple(clauses)


def spans_of(clauses: Sequence[Clause]) -> list[tuple[int, int]]:
    """Where a fact may stand: each clause, and each sentence of more than one; in order."""
    found: dict[tuple[int, int], None] = {}
    for _, group in groupby(clauses, key=lambda clause: clause.sentence):
        parts = list(group)
        found.update(((part.start, part.end), None) for part in parts)
        found[parts[0].start, parts[-1].end] = None
    return list(found)


def _is_question(sentence: str, after: str) -> bool:
    return (
        sentence.rstrip().endswith("?")
        or after.startswith("?")
        or (bool(_QUESTION_START.search(sentence.strip())) and len(sentence) < 160)
    )


def _own_lines(message: str) -> list[tuple[int, int]]:
    """Spans of the message that its writer wrote: up to the signature, without quoted lines.

    A thread of several lines, longer than what stands around it, was pasted to be read: it counts.
    """
    spans: list[tuple[int, int]] = []
    place = 0
    signed = False
    quoted = [line for line in message.splitlines() if line.lstrip().startswith(">")]
    is_pasted = len(quoted) > 2 and sum(map(len, quoted)) > len(message) / 2
    for line in message.splitlines(keepends=True):
        bare = line.rstrip("\n")
        is_quoted = bare.lstrip().startswith(">")
        is_header = bool(_HEADER_LINE.match(bare)) and not (is_quoted and is_pasted)
        if _SIGN_OFF.match(bare):
            signed = True
        elif signed and (len(bare.split()) > 9 or is_header):
            signed = False  # what follows a signature is another mail
        if not signed and not is_header and bare.strip():
            if spans and spans[-1][1] == place and not bare.lstrip().startswith(("-", "*", "•")):
                spans[-1] = (spans[-1][0], place + len(bare))
            else:
                spans.append((place, place + len(bare)))
        place += len(line)
    return spans or ([(0, len(message))] if message.strip() else [])


def _cut(text: str, start: int, end: int, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Split a span at a pattern; the parts are trimmed and none is empty."""
    parts: list[tuple[int, int]] = []
    begin = start
    for match in pattern.finditer(text, start, end):
        if match.end() >= end or _NOT_AN_END.search(
            text[max(begin, match.start() - 8) : match.start()]
        ):
            continue
        parts.append((begin, match.start()))
        begin = match.end()
    parts.append((begin, end))
    return [trimmed for part in parts if (trimmed := _trim(text, *part))[0] < trimmed[1]]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] in "-*•>\"“'"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ".,;:!?\"”'"):
        end -= 1
    return start, end


def is_negated(low: str, place: int) -> bool:
    """Whether a negation stands at most five words before `place` of a lower-case clause."""
    before = low[:place]
    window = " ".join(before.split()[-5:]) + " "
    masked = _NOT_A_NEGATION.sub(
        lambda match: "_" * len(match.group()), window + low[place : place + 12]
    )
    return bool(_NEGATION.search(masked[: len(window)]))


def mentions_self(low: str) -> bool:
    """Whether a lower-case clause speaks of the writer, their company, client or project."""
    return bool(_SELF.search(low))
