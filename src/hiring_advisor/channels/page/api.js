/** The calls of the HTTP API that this page makes. Same origin, no cookie. */

/** An answer of the server that is no success; its message may be shown to the visitor. */
export class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  /** Whether the same request may well succeed later. */
  get passing() {
    return this.status >= 500 || [408, 425, 429].includes(this.status);
  }

  static from(status, body) {
    const said = body?.detail || body?.title;
    return new Problem(body?.status ?? status, said || 'Something went wrong on our side.');
  }
}

/** The network gave up before the server had said all. */
export class ConnectionLost extends Error {
  constructor() {
    super('The connection was lost. Your message is kept: try again in a moment.');
  }
}

/** A fresh UUID. `crypto.randomUUID` is missing on plain http, which a trial set-up may use. */
export function newMessageId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

async function request(method, path, { token, body, headers = {}, signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      credentials: 'omit',
      cache: 'no-store',
      headers: {
        Accept: 'application/json',
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ConnectionLost();
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  throw Problem.from(response.status, problem);
}

const json = async (...args) => (await request(...args)).json();
const at = ({ id }, rest = '') => `/v1/conversations/${encodeURIComponent(id)}${rest}`;
const turnAt = (conversation, turnId, rest) =>
  at(conversation, `/turns/${encodeURIComponent(turnId)}${rest}`);
const EVENT_STREAM = { Accept: 'text/event-stream' };

/** `conversation` is `{id, token}` throughout. */
export const begin = () => json('POST', '/v1/conversations');

export const rubric = () => json('GET', '/v1/rubric');

export const read = (conversation) => json('GET', at(conversation), { token: conversation.token });

export const erase = (conversation) =>
  request('DELETE', at(conversation), { token: conversation.token });

/** The response to a message, its body a stream of events. `message` is `{id, text}`. */
export const send = (conversation, message, signal) =>
  request('POST', at(conversation, '/messages'), {
    token: conversation.token,
    body: { text: message.text, message_id: message.id },
    headers: EVENT_STREAM,
    signal,
  });

/** The rest of a turn's stream, after the event `lastEventId`. */
export const resume = (conversation, turnId, lastEventId, signal) =>
  request('GET', turnAt(conversation, turnId, '/events'), {
    token: conversation.token,
    headers: { ...EVENT_STREAM, ...(lastEventId && { 'Last-Event-ID': lastEventId }) },
    signal,
  });

export const stop = (conversation, turnId) =>
  request('POST', turnAt(conversation, turnId, '/stop'), { token: conversation.token });

/** `rating` is `up` or `down`. */
export const rate = (conversation, turnId, rating, comment) =>
  request('POST', turnAt(conversation, turnId, '/feedback'), {
    token: conversation.token,
    body: comment ? { rating, comment } : { rating },
  });
