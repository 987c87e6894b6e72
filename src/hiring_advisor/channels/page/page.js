/** The page: one conversation, its log, and what the buttons around it do. */

import * as api from '/page/api.js';
import { Composer } from '/page/composer.js';
import { Exchange } from '/page/exchange.js';
import { greeting, unreachable } from '/page/opening.js';
import * as session from '/page/session.js';
import { turnEvents } from '/page/turns.js';
import * as wording from '/page/wording.js';

/** How long a stopped turn may take to say its last word. */
const STOP_PATIENCE_MS = 3000;

const part = (name) => document.querySelector(`[data-part=${name}]`);
const log = part('log');
const announcer = part('announcer');
const notice = part('notice');

/** Settles when the rubric's words are there, or are known to be missing. */
const words = wording.load();

const composer = new Composer(part('composer'), {
  onSend: (text) => say(text),
  onStop: () => running?.stop(),
});

/** The exchange under way, `{view, stop, abandon}`, or null. */
let running = null;
let last = null;

/** Says something once to screen readers, also where it is the same as before. */
function announce(text) {
  announcer.textContent = '';
  requestAnimationFrame(() => { announcer.textContent = text; });
}

/** A passing remark above the composer; the next message clears it. */
const remark = (text) => { notice.textContent = text; };

function exchange(text) {
  return new Exchange(text, {
    onSay: (said) => say(said),
    onRate: (turnId, rating, comment) => api.rate(session.conversation(), turnId, rating, comment),
  });
}

/** Takes up the conversation of this tab, or begins one. */
async function start() {
  const known = session.conversation();
  if (!known) return begin();
  try {
    const [{ turns }] = await Promise.all([api.read(known), words]);
    greet(known);
    restore(turns);
  } catch (error) {
    if (error.status === 404) {
      session.forget(known);
      return begin();
    }
    log.replaceChildren(unreachable(error, start));
  }
}

/** Gets a conversation from the server and remembers it. */
async function open() {
  const fresh = await api.begin();
  session.open({
    id: fresh.conversation_id,
    token: fresh.token,
    greeting: fresh.greeting,
    suggestions: fresh.suggestions,
  });
}

/** Begins a conversation with an empty log. Resolves to whether that worked. */
async function begin() {
  try {
    await open();
  } catch (error) {
    log.replaceChildren(unreachable(error, begin));
    return false;
  }
  greet(session.conversation());
  return true;
}

function greet(conversation) {
  last = null;
  log.replaceChildren(greeting(conversation, say));
}

function restore(turns) {
  const pending = session.pending();
  for (const turn of turns) {
    if (turn.message_id === pending?.id) continue;
    const view = append(exchange(turn.user_text));
    view.complete(turn);
    if (turn.status === 'interrupted') view.interrupted(() => retry(view, turn));
  }
  // The same message with the same id: the server takes up its turn, or shows it again.
  if (pending) run(append(exchange(pending.text)), pending);
  last?.element.scrollIntoView({ block: 'start' });
}

/** Has a turn that was interrupted answered where it stands. */
async function retry(view, { message_id: id, user_text: text }) {
  if (running) return;
  await run(view, { id, text });
  if (view !== last) view.settle(); // newer exchanges follow: it makes no offers
}

/** Puts a view at the end of the log; what stood there before no longer takes taps. */
function append(view) {
  last?.settle();
  log.querySelector('.greeting [data-part=suggestions]')?.remove();
  log.append(view.element);
  last = view;
  return view;
}

function say(text) {
  if (running) return;
  const view = append(exchange(text));
  view.element.classList.add('current');
  // Focus goes where the answer will appear, unless the visitor is writing.
  if (document.activeElement === document.body) view.element.focus({ preventScroll: true });
  view.element.scrollIntoView({ block: 'start' });
  run(view, { id: api.newMessageId(), text });
}

/** Runs one message to its end, whichever that is. */
async function run(view, message) {
  const abort = new AbortController();
  let turnId = null;
  let stopping = false;
  const stop = async () => {
    stopping = true;
    if (!turnId) return;
    setTimeout(() => abort.abort(), STOP_PATIENCE_MS);
    await api.stop(session.conversation(), turnId).catch(() => abort.abort());
  };
  const me = { view, stop, abandon: () => { me.abandoned = true; stop(); abort.abort(); } };
  running = me;
  composer.busy = true;
  remark('');
  view.begin();
  try {
    if (!session.conversation()) {
      await open();
      log.querySelector('.unreachable')?.remove();
    }
    session.setPending(message);
    for await (const event of turnEvents(session.conversation(), message, abort.signal)) {
      if (me.abandoned) return;
      if (event.type === 'turn.started') {
        turnId = event.data.turn_id;
        if (stopping) stop();
      }
      view.show(event);
      if (event.type === 'turn.completed') finished(event.data);
    }
  } catch (error) {
    if (me.abandoned) return;
    if (error.name === 'AbortError') stopped(view);
    else if (error.status === 404) await renew(me, message);
    else failed(view, message, error);
  } finally {
    release(me);
  }
}

function release(run) {
  if (running !== run) return;
  running = null;
  composer.busy = false;
}

/** The conversation has expired, or was erased elsewhere: goes on in a new one. */
async function renew(me, message) {
  session.forget(session.conversation());
  const begun = await begin();
  release(me);
  if (!begun) return composer.edit(message.text);
  say(message.text);
  remark('The earlier conversation has expired, so this is a new one.');
}

function finished(turn) {
  session.setPending(null);
  const verdict = turn.recommendation && `Verdict: ${wording.verdict(turn.recommendation.verdict)}.`;
  announce([verdict, turn.text, turn.next_question?.text].filter(Boolean).join(' '));
}

function stopped(view) {
  session.setPending(null);
  view.stopped();
  announce('Stopped.');
}

function failed(view, message, error) {
  if (error instanceof api.Problem && !error.passing && composer.isEmpty) {
    // Sending it again would not help: the visitor has to change it.
    session.setPending(null);
    withdraw(view);
    composer.edit(message.text);
    remark(error.message);
    return;
  }
  view.fail(error.message, {
    onRetry: () => {
      if (running) return;
      append(view);
      run(view, message);
    },
    onEdit: () => {
      session.setPending(null);
      withdraw(view);
      composer.edit(message.text);
    },
  });
}

function withdraw(view) {
  view.element.remove();
  if (last === view) last = null;
}

async function startAnew() {
  running?.abandon();
  await begin();
  composer.field.focus();
}

/** Erases every conversation of this tab from the server. */
async function eraseAll() {
  running?.abandon();
  try {
    for (const one of session.all()) {
      await api.erase(one).catch((error) => {
        if (error.status !== 404) throw error;
      });
      session.forget(one);
    }
  } catch (error) {
    remark(`Not everything could be deleted: ${error.message} Please try again.`);
    return;
  }
  if (await begin()) remark('Deleted. Nothing you wrote here is stored any more.');
}

const confirmation = part('confirm');
part('new').addEventListener('click', startAnew);
part('delete').addEventListener('click', () => confirmation.showModal());
confirmation.addEventListener('close', () => {
  if (confirmation.returnValue === 'delete') eraseAll();
  confirmation.returnValue = '';
});

start();
