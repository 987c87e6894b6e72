/**
 * What this tab remembers: the conversation with its token, earlier ones of the same tab (so
 * that "delete my data" reaches them too), and the message that is still on its way.
 * It lives in sessionStorage and goes with the tab.
 */

const KEY = 'hiring-advisor';

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // storage switched off, or not ours: the page works without
  }
}

let kept = load();

function keep(change) {
  kept = { ...kept, ...change };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // the conversation then lasts until the next reload
  }
}

/** `{id, token, greeting, suggestions}` or null. */
export const conversation = () => kept.conversation ?? null;

/** Makes `fresh` the conversation of this tab; the one before it stays erasable. */
export function open(fresh) {
  keep({ conversation: fresh, earlier: all(), pending: null });
}

/** Every conversation of this tab that still may hold words of the visitor. */
export const all = () => [...(kept.earlier ?? []), ...(kept.conversation ? [kept.conversation] : [])];

/** Forgets a conversation that is gone from the server. */
export function forget(gone) {
  keep({
    earlier: (kept.earlier ?? []).filter(({ id }) => id !== gone.id),
    ...(kept.conversation?.id === gone.id && { conversation: null, pending: null }),
  });
}

/** The message `{id, text}` whose turn has not been seen to its end, or null. */
export const pending = () => kept.pending ?? null;

export const setPending = (message) => keep({ pending: message });
