/** One turn as a single run of events, whatever the network does meanwhile. */

import * as api from '/page/api.js';
import { readEvents } from '/page/sse.js';

const PAUSES_MS = [400, 1000, 2500, 5000];
/** The server sends a comment far more often; a line that is quiet for so long is dead. */
const QUIET_MS = 45_000;

/**
 * Sends `message` and yields `{type, data}` until the turn is complete.
 *
 * A line that drops is taken up again: after the last event seen where the turn is known,
 * otherwise by the same message with the same id, which the server does not work on twice.
 * Throws `Problem`, `ConnectionLost` when it gave up, or `AbortError` when `signal` fires.
 */
export async function* turnEvents(conversation, message, signal) {
  const seen = new Set();
  let turnId = null;
  let lastEventId = '';
  let failures = 0;
  for (;;) {
    try {
      const connect = (live) =>
        turnId
          ? api.resume(conversation, turnId, lastEventId, live)
          : api.send(conversation, message, live);
      for await (const event of connection(connect, signal)) {
        if (event.id && seen.has(event.id)) continue;
        seen.add(event.id);
        lastEventId = event.id;
        failures = 0;
        if (event.type === 'turn.started') turnId = event.data.turn_id;
        if (event.type === 'error') throw api.Problem.from(500, event.data);
        yield event;
        if (event.type === 'turn.completed') return;
      }
      throw new api.ConnectionLost();
    } catch (error) {
      signal.throwIfAborted();
      const dropped = error instanceof api.ConnectionLost;
      if (!dropped || failures >= PAUSES_MS.length) throw error;
      await pause(PAUSES_MS[failures], signal);
      failures += 1;
    }
  }
}

/** The events of one connection; a network that fails or falls silent is a `ConnectionLost`. */
async function* connection(connect, signal) {
  const live = new AbortController();
  const abort = () => live.abort();
  signal.addEventListener('abort', abort);
  let timer;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(abort, QUIET_MS);
  };
  heard();
  try {
    const response = await connect(live.signal);
    for await (const event of readEvents(response.body, heard)) {
      yield { type: event.type, id: event.id, data: JSON.parse(event.data) };
    }
  } catch (error) {
    throw error instanceof api.Problem ? error : new api.ConnectionLost();
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
