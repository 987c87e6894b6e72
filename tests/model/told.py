"""What visitors say of their projects, labelled by hand: the facts that a message states are known.

A clause of `TOLD` states one value of one fact and no other; one of `NEUTRAL` states none. The
`NOT_TOLD` forms turn a clause into one that states nothing about the writer's project now.
"""

from __future__ import annotations

TOLD: dict[tuple[str, str], tuple[str, ...]] = {
    ("stage", "prototype"): (
        "we only want a prototype", "all we need is a proof of concept", "we want to build a demo",
    ),
    ("stage", "staged"): (
        "first we want a prototype and then the real system in production",
        "we start with a pilot and roll it out to production afterwards",
    ),
    ("stage", "production"): (
        "it has to go live in production", "we need a live production system",
        "it will run in production",
    ),
    ("role", "internal"): (
        "it is an internal tool for our back office", "it is just an internal automation helper",
    ),
    ("role", "core"): (
        "it is the core of our product", "the AI is the heart of what our customers pay for",
    ),
    ("lifespan", "one_time"): (
        "nobody has to maintain it afterwards", "it is a one-off job and done once delivered",
    ),
    ("lifespan", "long_term"): (
        "it must be maintained for years", "somebody has to maintain it for the long run",
    ),
    ("data", "harmless"): (
        "there is no sensitive data in it", "the data is public and harmless",
    ),
    ("data", "sensitive"): (
        "it handles patient records", "we process payment data of our customers",
        "the data is sensitive and regulated",
    ),
    ("scale", "small"): ("only five colleagues will use it", "it will have a handful of users"),
    ("scale", "large"): (
        "it must serve millions of users", "two hundred thousand people will use it every day",
    ),
    ("complexity", "simple"): (
        "it is simple and self-contained", "it is a small tool without any integrations",
    ),
    ("complexity", "complex"): (
        "it has to integrate with a dozen legacy systems", "the system is very complex",
    ),
    ("control", "open"): ("we do not need to own the code", "in-house control is no concern"),
    ("control", "in_house"): (
        "the code and the know-how must stay in-house", "we want to own the models ourselves",
    ),
    ("failure", "acceptable"): (
        "it is an experiment and it may fail", "it would be fine if it does not work out",
    ),
    ("failure", "costly"): ("failure is not an option", "a failure would cost us dearly"),
    ("expertise", "niche"): (
        "we need a computer vision specialist for three months",
        "we need one LLM fine-tuning expert for a while",
    ),
    ("expertise", "lasting"): (
        "we want the AI skills to stay in our company", "we want to build up lasting AI know-how",
    ),
    ("budget", "tight"): ("our budget is tight", "we have very little money"),
    ("budget", "comfortable"): (
        "we have plenty of money to invest up front", "budget is no problem for us",
    ),
    ("deadline", "urgent"): (
        "we need results within two weeks", "it is very urgent", "the demo is due next week",
    ),
    ("deadline", "relaxed"): ("there is no rush", "we can take our time"),
    ("team", "standalone"): (
        "they can work on their own", "it is a clearly defined task to be done remotely and alone",
    ),
    ("team", "embedded"): (
        "they must work closely with our product managers",
        "they will sit with our product team every day",
    ),
}  # fmt: skip

NEUTRAL = (
    "our office is in Lisbon", "we sell garden furniture", "my name is Ingrid",
    "the octopus is in charge of the formula", "we are a company of opticians",
    "our logo is green", "I found you through a colleague", "our founder likes chess",
    "we met on a train to Vienna", "the weather here is lovely", "our cat is called Miso",
    "we print calendars", "the coffee machine is broken again", "I am new in this role",
    "our canteen serves soup on Mondays", "we are named after a river", "the walls are yellow",
    "we make shoes for dancers", "my sister plays the cello", "our van is parked outside",
    "we talked about this at lunch", "I read your article yesterday", "our stand is number nine",
    "we sponsor a choir", "it is about recognising birds by their song",
    "the name of the project is Heron", "we want to sort photographs of beetles",
    "it reads handwritten recipes", "it listens to engines", "it should find typing mistakes",
)  # fmt: skip

HINTED: dict[str, frozenset[tuple[str, str]]] = {
    "only five colleagues will use it": frozenset({("role", "internal")}),
    "it is just an internal automation helper": frozenset({("complexity", "simple")}),
    "the demo is due next week": frozenset({("stage", "prototype")}),
    "it is an experiment and it may fail": frozenset({("stage", "prototype")}),
    "we only want a prototype": frozenset({("failure", "acceptable"), ("lifespan", "one_time")}),
    "it must serve millions of users": frozenset({("stage", "production")}),
    "it must be maintained for years": frozenset({("stage", "production")}),
    "we need a computer vision specialist for three months": frozenset({("team", "standalone")}),
    "it reads handwritten recipes": frozenset({("data", "harmless")}),
    "it is about recognising birds by their song": frozenset({("data", "harmless")}),
    "we want to sort photographs of beetles": frozenset({("data", "harmless")}),
}
"""What a fair reader may conclude from a clause that does not say it: no forger is caught by it."""

HINTS = (
    "it draws maps of caves", "it turns sketches into knitting patterns", "it names constellations",
    "it counts bicycles at a bridge", "it finds duplicate photos of trams", "it writes rhymes",
    "it recommends hiking trails", "it predicts when the cherries bloom", "it plays backgammon",
    "it checks the spelling of street names", "it sorts buttons by colour", "it mixes paint",
    "it tells when the kiln is warm", "it reads sundials", "it suggests names for ferries",
    "it measures the height of waves", "it files postcards by country", "it tunes pianos",
    "it looks for cracks in bridges", "it guesses the age of trees", "it waters the roses",
    "it transcribes old hymns", "it compares the prices of cheese", "it schedules the milk round",
    "it describes stained glass", "it listens to crickets", "it plans seating at weddings",
    "it drafts replies to fan mail", "it folds paper cranes", "it spots icebergs",
    "our dog sleeps under the desk", "we open at nine", "the workshop is by the canal",
    "our oldest machine is from 1931", "the brass band practises next door", "we bind books",
    "we have a rooftop garden", "our catalogue has a new cover", "we roast chestnuts in winter",
)  # fmt: skip
"""Clauses that say no value; no floor, neighbour or word of the reading was chosen with them."""

NOT_TOLD: dict[str, str] = {
    "supposed": "What if {x}?",
    "imagined": "Imagine {x}.",
    "assumed": "Let's assume {x}.",
    "past": "Two years ago somebody told us that {x}, back then.",
    "a competitor's": "Our competitor says of their own project: {x}.",
    "a friend's": "A friend of mine at another company says that {x}.",
    "asked in general": "Does the article say anything about the case that {x}?",
    "a quotation": "> {x}",
}
ASKS = (
    "Whom should we hire?", "What do you recommend?", "Freelancers or full-time engineers?",
    "Please advise.", "Who should build it?",
)  # fmt: skip


def capital(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
