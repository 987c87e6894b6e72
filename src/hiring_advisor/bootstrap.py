"""Puts the parts together: the one place that chooses which are real, embedded or remote."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hiring_advisor.advisor import Advisor
from hiring_advisor.answering.answerable import Answerability
from hiring_advisor.answering.compose import Composer
from hiring_advisor.answering.embedded import EmbeddedWriter
from hiring_advisor.answering.explain import Explainer
from hiring_advisor.answering.speech import Speech, load_speech
from hiring_advisor.answering.wording import load_wording
from hiring_advisor.corpus import rubric as rubrics
from hiring_advisor.corpus import seal
from hiring_advisor.corpus.library import Library
from hiring_advisor.errors import AdvisorError, ContentError, SettingsError
from hiring_advisor.prompting import load as load_prompt
from hiring_advisor.retrieval.embeddings import Embedder, MiniLM
from hiring_advisor.retrieval.entries import Entries
from hiring_advisor.retrieval.keeper import Keeper, Store
from hiring_advisor.retrieval.retriever import Retriever
from hiring_advisor.retrieval.stores import EmbeddedStore
from hiring_advisor.scoring.tool import ScoringTool
from hiring_advisor.settings import PACKAGE, Settings, quiet_third_parties
from hiring_advisor.understanding.classifier import ClauseClassifier
from hiring_advisor.understanding.extractor import Extractor
from hiring_advisor.understanding.facts import Fact, values
from hiring_advisor.understanding.local import LocalReader
from hiring_advisor.understanding.messages import Message

if TYPE_CHECKING:
    from hiring_advisor.understanding.budget import Budget
    from hiring_advisor.understanding.chat import ChatModel

MODELS = PACKAGE / "models"

log = logging.getLogger(__name__)


@dataclass
class Parts:
    """The parts of one advisor, made when they are first needed."""

    settings: Settings

    def __post_init__(self) -> None:
        quiet_third_parties(MODELS)

    @cached_property
    def library(self) -> Library:
        """The corpus with its chunks."""
        return Library(self.settings.corpus_dir, self.settings.data_dir / "index")

    @cached_property
    def rubric(self) -> rubrics.Rubric:
        """The rubric, checked against itself and the corpus."""
        return self.library.rubric()

    @cached_property
    def tool(self) -> ScoringTool:
        """The scoring tool."""
        return ScoringTool(self.rubric)

    @cached_property
    def speech(self) -> Speech:
        """The advisor's own lines."""
        return load_speech(self.settings.corpus_dir)

    @cached_property
    def embedder(self) -> Embedder:
        """MiniLM here, or an OpenAI-compatible endpoint."""
        name = self.settings.embedding
        if name.startswith("openai:") and self.settings.openai_api_key is not None:
            from hiring_advisor.retrieval.remote_embeddings import OpenAIEmbeddings

            return OpenAIEmbeddings(
                name.removeprefix("openai:"),
                api_key=self.settings.openai_api_key.get_secret_value(),
                base_url=self.settings.openai_base_url,
            )
        return MiniLM(MODELS)

    @cached_property
    def retriever(self) -> Retriever:
        """The retriever; its vector index comes with `attach_index`."""
        from hiring_advisor.retrieval.lexical import LexicalIndex
        from hiring_advisor.retrieval.terms import load_vocabulary

        chunks = self.library.chunks
        vocabulary = load_vocabulary(self.settings.corpus_dir)
        return Retriever(
            chunks,
            self.embedder,
            LexicalIndex(chunks, vocabulary, self._is_word),
            link=self.library.link(self.settings.public_url),
            on_trouble=self._tell_keeper,
        )

    def _tell_keeper(self, error: AdvisorError) -> None:
        self.keeper.notice(error)

    def _is_word(self, word: str) -> bool:
        embedder = self.embedder
        return not isinstance(embedder, MiniLM) or embedder.is_word(word)

    @cached_property
    def keeper(self) -> Keeper:
        """What opens, builds, watches and mends the vector index."""
        url = self.settings.chroma_url
        store: Store
        if url is None:
            store = EmbeddedStore(self.settings.data_dir / "index")
        else:
            from hiring_advisor.retrieval.server_store import ServerStore

            store = ServerStore(url)
        return Keeper(
            store,
            self.retriever,
            lambda: self.library.mark(self.embedder.name),
            lambda: self.entries,
        )

    @cached_property
    def entries(self) -> Entries:
        """What the index holds."""
        return Entries.of(self.library.chunks, self.library.not_answered)

    def attach_index(self, *, rebuild: bool = False) -> bool:
        """Open the vector index, or build it where it is missing, stale or damaged.

        Returns whether that worked; where there is no index, words alone serve.
        """
        return self.keeper.attach(rebuild=rebuild)

    def attach_index_soon(self, then: Callable[[], None] = lambda: None) -> threading.Thread:
        """The same in the background: questions are served by words meanwhile."""
        self._say_what_changed()
        return self.keeper.attach_soon(then)

    def _say_what_changed(self) -> None:
        """Log which content files are not as they were sealed; edited content is served."""
        try:
            problem = seal.report(self.settings.corpus_dir, self.settings.prompts_dir)
        except ContentError as error:
            problem = error.message
        if problem:
            log.warning("%s", problem)

    @cached_property
    def local(self) -> LocalReader:
        """The reading of facts with no language model."""
        from hiring_advisor.understanding import cues

        return LocalReader(
            self.rubric, cues.load(self.settings.corpus_dir, self.rubric), ClauseClassifier(MODELS)
        )

    @cached_property
    def advisor(self) -> Advisor:
        """The advisor, with a model where one is set."""
        folder, prompts = self.settings.corpus_dir, self.settings.prompts_dir
        local = self.local
        reader = writer = None
        if self.settings.uses_model:
            from hiring_advisor.answering.worded import ModelWriter
            from hiring_advisor.understanding.model import ModelReader

            reader = ModelReader(
                self.chat, load_prompt(prompts, "understand"), self.tool.tool, self.rubric, local
            )
            writer = ModelWriter(self.chat, load_prompt(prompts, "answer"), self.embedder)
        headings = {chunk.section_id: chunk.heading for chunk in self.library.chunks}
        composer = Composer(
            retriever=self.retriever,
            embedded=EmbeddedWriter(self.retriever, load_wording(folder, self.library.chunks)),
            model=writer,
            explainer=Explainer(self.rubric, self.speech, headings),
            answerable=Answerability(self.retriever.covered),
            speech=self.speech,
        )
        return Advisor(
            self.retriever,
            Extractor(self.rubric, local, reader, self.retriever.correct, self._decides),
            self.tool,
            composer,
        )

    def _decides(self, facts: Mapping[str, Fact]) -> bool:
        return self.tool.scorer.assess(values(facts)).verdict != "need_more_info"

    def warm(self) -> None:
        """Load what the first question would otherwise wait for."""
        self.tool.call({})
        self.embedder.embed(["Whom should we hire?"])
        self.local.read(Message("warm", "visitor", "A first message, so that the next is fast."))
        if self.settings.uses_model:
            self.chat.warm()

    @cached_property
    def chat(self) -> ChatModel:
        """The chat model. Raises `SettingsError` where no key is set."""
        from hiring_advisor.understanding.chat import ChatModel

        key = self.settings.openai_api_key
        if key is None:
            raise SettingsError("OPENAI_API_KEY: is not set.")
        return ChatModel(
            self.settings.model,
            api_key=key.get_secret_value(),
            base_url=self.settings.openai_base_url,
            budget=self._budget(),
        )

    def _budget(self) -> Budget:
        from hiring_advisor.understanding.budget import Budget, RedisLedger

        redis_url = self.settings.redis_url
        ledger = None if redis_url is None else RedisLedger(redis_url.get_secret_value())
        return Budget(self.settings.daily_tokens, ledger)


def data_folder(settings: Settings) -> Path:
    """The data folder, made where it is missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.data_dir
