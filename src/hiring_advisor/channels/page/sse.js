/**
 * Reading `text/event-stream`, as the HTML standard defines it (section 9.2.6).
 *
 * The browser's EventSource can neither POST nor send a header, so the stream is read from
 * `fetch`. Network chunks end anywhere: in the middle of a line, between CR and LF, inside a
 * character. `readEvents` puts them together again.
 */

/** Turns text into events. Feed it chunks in order; it keeps what is not complete yet. */
export class EventStreamParser {
  #rest = '';
  #afterCarriageReturn = false;
  #type = '';
  #data = [];
  #id = '';

  /** Yields `{type, data, id}` for each event that `chunk` completes. */
  *feed(chunk) {
    if (chunk === '') return;
    // A CR ended its line already; the LF that follows in the next chunk belongs to it.
    const fresh = this.#afterCarriageReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk;
    const text = this.#rest + fresh;
    let start = 0;
    const events = [];
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      const event = this.#line(text.slice(start, end.index));
      if (event) events.push(event);
      start = end.index + end[0].length;
    }
    this.#rest = text.slice(start);
    this.#afterCarriageReturn = text.endsWith('\r');
    yield* events;
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return null; // a comment: it only keeps the line alive
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#type = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return null;
  }

  #dispatch() {
    const lines = this.#data;
    const type = this.#type || 'message';
    this.#data = [];
    this.#type = '';
    // The id outlives its event: it says where to resume, whatever came last.
    return lines.length ? { type, data: lines.join('\n'), id: this.#id } : null;
  }
}

/**
 * Yields the events of a response body (a ReadableStream of bytes). An event that the end of
 * the stream cuts off is dropped, as the standard asks. `onChunk` is called for every chunk,
 * comments included.
 */
export async function* readEvents(body, onChunk = () => {}) {
  const parser = new EventStreamParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk();
      yield* parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whoever stops listening early lets go of the connection too.
    reader.cancel().catch(() => {});
  }
}
