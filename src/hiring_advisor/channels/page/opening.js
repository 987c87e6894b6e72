/** What stands in the log before the first message. */

import { Problem } from '/page/api.js';
import { button, h, spoken } from '/page/dom.js';
import { chips } from '/page/exchange.js';

/** The advisor's greeting with first questions to tap. */
export const greeting = (conversation, onSay) =>
  h('article', { class: 'exchange greeting' },
    h('div', { class: 'reply' },
      spoken('Advisor', 'h2'),
      h('p', {}, conversation.greeting),
      chips(conversation.suggestions, onSay)));

/** Said where no conversation could be opened; `onRetry` tries once more. */
export const unreachable = (error, onRetry) =>
  h('div', { class: 'failure unreachable', role: 'alert', part: 'error' },
    h('p', {}, error instanceof Problem ? error.message : 'The advisor cannot be reached right now.'),
    button({ class: 'primary', onclick: onRetry }, 'Try again'));
