# Decisions: docs/decisions/0002-the-image.md

FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PROJECT_ENVIRONMENT=/opt/venv \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv==0.13.9
WORKDIR /src
# The dependencies first: this layer is built anew only when the lock file changes.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --extra postgres --extra redis --extra otel --no-install-project
COPY README.md LICENSE ./
COPY src src
COPY corpus corpus
COPY prompts prompts
COPY evals evals
RUN uv sync --locked --no-dev --extra postgres --extra redis --extra otel --no-editable


FROM python:3.11-slim-bookworm
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="hiring-advisor" \
      org.opencontainers.image.description="Freelancers or full-time AI engineers? Answers with citations, and a verdict that can be replayed." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# The OpenAI client checks certificates against the system's trust store.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin advisor
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY corpus corpus
COPY prompts prompts
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ADVISOR_CORPUS_DIR=/app/corpus \
    ADVISOR_PROMPTS_DIR=/app/prompts \
    ADVISOR_DATA_DIR=/app/var
RUN install --directory --owner=advisor --group=advisor --mode=0700 /app/var
USER 10001:10001
RUN hiring-advisor ingest
# After the index was built, so that a new volume starts with it.
VOLUME /app/var
EXPOSE 8000
STOPSIGNAL SIGTERM
# No proxy: the question goes to this container, whatever HTTP_PROXY says.
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/readyz', timeout=3)"]
CMD ["hiring-advisor", "serve", "--host", "0.0.0.0", "--port", "8000"]
