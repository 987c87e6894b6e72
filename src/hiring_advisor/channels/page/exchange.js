/** One message of the visitor and what comes back: a view that follows the turn's events. */

import { Citations, asText, sourceList } from '/page/citations.js';
import { button, h, icon, spoken } from '/page/dom.js';
import { feedback } from '/page/feedback.js';
import { verdictCard } from '/page/verdict.js';
import * as wording from '/page/wording.js';

/** Where each piece stands, whatever the order in which it arrives. */
const SLOTS = ['verdict', 'answer', 'notes', 'sources', 'actions', 'question', 'suggestions'];

/** Resolves to whether the text got to the clipboard. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export class Exchange {
  #slots = {};
  #sentences = [];
  #cited = [];
  #citations = null;
  #card = null;
  #judged = '';
  #asked = undefined;

  /**
   * `onSay(text)` is called when the visitor taps an option or a suggestion,
   * `onRate(turnId, rating, comment?)` for feedback; it rejects where that was not taken.
   */
  constructor(text, { onSay, onRate }) {
    this.text = text;
    this.onSay = onSay;
    this.onRate = onRate;
    for (const name of SLOTS) this.#slots[name] = h('div', { class: `slot-${name}` });
    this.reply = h('div', { class: 'reply' }, spoken('Advisor', 'h2'), Object.values(this.#slots));
    this.element = h('article', { class: 'exchange', tabindex: -1 },
      h('div', { class: 'said', part: 'message' }, spoken('You', 'h2'), h('p', {}, text)),
      this.reply);
  }

  /** Shows that work is under way, and nothing of an attempt that failed. */
  begin() {
    for (const name of SLOTS) this.#fill(name);
    this.#cite([]);
    this.#sentences = [];
    this.#card = null;
    this.#judged = '';
    this.#asked = undefined;
    this.element.setAttribute('aria-busy', 'true');
    this.#fill('notes', h('p', { class: 'working', part: 'working' },
      h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), 'Looking into it'));
  }

  /** Takes one event of the stream. */
  show({ type, data }) {
    if (type === 'citations') this.#cite(data);
    else if (type === 'recommendation') this.#judge(data);
    else if (type === 'answer.sentence') this.#say(data);
    else if (type === 'question') this.#ask(data);
    else if (type === 'turn.completed') this.complete(data);
  }

  /** Shows the finished turn; what the stream has shown already stays as it is. */
  complete(turn) {
    if (turn.recommendation) this.#judge(turn.recommendation);
    // Small talk and the like have a text and no checked sentences.
    const sentences =
      turn.sentences.length || !turn.text ? turn.sentences : [{ text: turn.text, citations: [] }];
    const shown = JSON.stringify([this.#cited, this.#sentences]);
    if (shown !== JSON.stringify([turn.citations, sentences])) this.#retell(turn.citations, sentences);
    this.rest();
    this.#fill('notes',
      turn.stopped && h('p', { class: 'note' }, 'Stopped. What you see is what was ready by then.'),
      turn.saved === false && h('p', { class: 'note', part: 'unsaved' },
        'Not saved yet: the answer stands, but it may be missing when you come back.'),
      // Out of reach, refused or not borne out by the article: one sentence that is true of each.
      turn.degraded && h('p', { class: 'note', part: 'degraded' }, turn.cut_short
        ? 'The language model broke off, so the rest of this answer was put together without it.'
        : 'The language model gave no answer to show, so this one was put together without it.'));
    this.#fill('sources', turn.citations.length > 0 && sourceList(turn.citations));
    this.#ask(turn.next_question);
    this.suggest(turn.suggestions);
    if (turn.text) this.#act(turn);
  }

  /** Ends the sign of work. */
  rest() {
    this.element.removeAttribute('aria-busy');
    this.#fill('notes');
  }

  /** The visitor stopped before the server said a last word. */
  stopped() {
    this.rest();
    this.#fill('notes', h('p', { class: 'note' }, 'Stopped.'));
  }

  /** A crash cut the turn short; `onContinue` has it answered. */
  interrupted(onContinue) {
    this.#fill('notes', h('div', { class: 'failure', part: 'interrupted' },
      h('p', {}, 'This answer was interrupted.'),
      button({ class: 'primary', part: 'continue', onclick: onContinue }, 'Continue')));
  }

  /** What went wrong; `onRetry` and `onEdit` where these make sense. */
  fail(message, { onRetry, onEdit }) {
    this.rest();
    this.#fill('notes', h('div', { class: 'failure', role: 'alert', part: 'error' },
      h('p', {}, message),
      h('div', { class: 'row' },
        button({ class: 'primary', onclick: onRetry }, 'Try again'),
        button({ onclick: onEdit }, 'Edit the message'))));
  }

  /** A newer exchange follows: offers made here no longer stand. */
  settle() {
    this.#fill('suggestions');
    this.#slots.question.querySelector('.options')?.remove();
    this.#card?.fold();
  }

  /** Offers `suggestions` to tap. */
  suggest(suggestions) {
    this.#fill('suggestions', suggestions?.length > 0 && chips(suggestions, this.onSay));
  }

  #fill(slot, ...nodes) {
    this.#slots[slot].replaceChildren(...nodes.filter(Boolean));
  }

  #cite(citations) {
    this.#cited = citations;
    this.#citations ??= new Citations(this.reply);
    this.#citations.add(citations);
  }

  #judge(recommendation) {
    const judged = JSON.stringify(recommendation);
    if (judged === this.#judged) return;
    this.#judged = judged;
    this.#card = verdictCard(recommendation);
    this.#fill('verdict', this.#card);
  }

  #say(sentence) {
    if (!this.#sentences.length) this.#fill('answer', h('p', { part: 'answer' }));
    const paragraph = this.#slots.answer.firstElementChild;
    this.#sentences.push(sentence);
    const markers = sentence.citations.map((n) => this.#citations?.marker(n) ?? `[${n}]`);
    // The last word takes its markers along, so that no line begins with one.
    const tail = sentence.text.match(/\S{0,24}$/)[0];
    const body = sentence.text.slice(0, sentence.text.length - tail.length);
    paragraph.append(
      this.#sentences.length > 1 ? ' ' : '',
      h('span', { class: 'sentence' }, body,
        h('span', { class: 'unbroken' }, tail, markers.length > 0 && '\u00a0', markers)),
    );
  }

  #retell(citations, sentences) {
    this.#sentences = [];
    this.#fill('answer');
    this.#citations?.remove();
    this.#citations = null;
    this.#cite(citations);
    for (const sentence of sentences) this.#say(sentence);
  }

  #ask(question) {
    if (this.#asked === question?.text) return;
    this.#asked = question?.text;
    this.#fill('question', question && h('section', { class: 'question', part: 'question' },
      h('p', {}, question.text),
      h('div', { class: 'options' }, question.options.map(({ label }) =>
        button({ part: 'option', onclick: () => this.onSay(label) }, label)))));
  }

  #act(turn) {
    const word = h('span', { role: 'status' }, 'Copy');
    const copy = button({ class: 'quiet', part: 'copy' }, icon('copy'), word);
    copy.addEventListener('click', async () => {
      const verdict = turn.recommendation && `Verdict: ${wording.verdict(turn.recommendation.verdict)}`;
      const done = await copyText(asText(turn, verdict));
      word.textContent = done ? 'Copied' : 'Your browser did not allow copying';
      setTimeout(() => { word.textContent = 'Copy'; }, 2500);
    });
    this.#fill('actions', copy, feedback((rating, comment) => this.onRate(turn.turn_id, rating, comment)));
  }
}

/** Buttons that say their text. */
export const chips = (texts, onSay) =>
  h('div', { class: 'chips', part: 'suggestions', role: 'group', 'aria-label': 'Suggested questions' },
    texts.map((text) => button({ class: 'chip', part: 'suggestion', onclick: () => onSay(text) }, text)));
