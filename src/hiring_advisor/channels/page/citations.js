/** Sources: the small [n] buttons, the quote each opens, and the numbered list under an answer. */

import { button, h, icon, link, spoken } from '/page/dom.js';

const GAP_PX = 8;

/** The citations of one answer. Their quotes are native popovers: Esc and a click elsewhere close. */
export class Citations {
  #host;
  #popovers = new Map();

  /** `host` is the element that the popovers live in. */
  constructor(host) {
    this.#host = host;
  }

  /** Takes the list so far, as in a Turn: it grows while sentences come, and numbers stay. */
  add(citations) {
    for (const citation of citations) {
      if (this.#popovers.has(citation.n)) continue;
      const popover = quotePopover(citation);
      this.#popovers.set(citation.n, popover);
      this.#host.append(popover);
    }
  }

  /** The button for citation `n`, or its bare number where the source is not there. */
  marker(n) {
    const popover = this.#popovers.get(n);
    if (!popover) return h('span', { class: 'cite-bare' }, `[${n}]`);
    const marker = button({ class: 'cite', part: 'citation', 'aria-label': `Source ${n}` }, `[${n}]`);
    marker.popoverTargetElement = popover;
    // Runs before the browser opens the popover, so it never shows in the wrong place.
    marker.addEventListener('click', () => place(popover, marker));
    return marker;
  }

  remove() {
    for (const popover of this.#popovers.values()) popover.remove();
  }
}

function quotePopover({ n, heading, quote, url }) {
  const close = button({ class: 'quiet icon-only', 'aria-label': 'Close the quote' }, icon('close'));
  const popover = h(
    'div',
    { class: 'quote', popover: 'auto', role: 'dialog', 'aria-label': `Source ${n}: ${heading}` },
    h('div', { class: 'quote-head' }, h('p', {}, h('b', {}, `${n}`), ' ', heading), close),
    h('blockquote', {}, quote),
    h('p', { class: 'small' }, url && link(url, 'Read it in the article')),
  );
  close.popoverTargetElement = popover;
  close.popoverTargetAction = 'hide';
  return popover;
}

/** Under its marker, or above where there is more room; narrow screens dock it by style sheet. */
function place(popover, marker) {
  const anchor = marker.getBoundingClientRect();
  const width = Math.min(380, window.innerWidth - 2 * GAP_PX);
  const left = Math.min(anchor.left - GAP_PX, window.innerWidth - width - GAP_PX);
  const below = window.innerHeight - anchor.bottom > window.innerHeight * 0.45;
  popover.style.setProperty('--left', `${Math.max(GAP_PX, left)}px`);
  popover.style.setProperty('--width', `${width}px`);
  // Measured on the page, not on the screen: the quote scrolls along with its marker.
  const top = anchor.bottom + window.scrollY + GAP_PX;
  const bottom = window.innerHeight - anchor.top - window.scrollY + GAP_PX;
  popover.style.setProperty('--top', below ? `${top}px` : 'auto');
  popover.style.setProperty('--bottom', below ? 'auto' : `${bottom}px`);
}

/** The numbered sources: each opens to its quote. */
export function sourceList(citations) {
  return h(
    'section',
    { class: 'sources', part: 'sources' },
    h('h3', {}, 'Sources'),
    h('ul', {}, citations.map(({ n, heading, quote, url }) =>
      h('li', {},
        h('details', {},
          h('summary', {},
            h('span', { class: 'number' }, spoken('Source '), `${n}`),
            h('span', {}, heading),
            // Tells two sources under one heading apart at a glance.
            h('span', { class: 'glimpse', 'aria-hidden': 'true' }, quote)),
          h('blockquote', {}, quote),
          url && h('p', { class: 'small' }, link(url, 'Read it in the article')))))),
  );
}

/** An answer with its sources as plain text, for the clipboard. */
export function asText(turn, verdictLine) {
  const sources = turn.citations.map(
    ({ n, heading, quote, url }) =>
      `[${n}] ${heading}: “${quote}”${url ? ` ${new URL(url, location.href)}` : ''}`,
  );
  const parts = [verdictLine, turn.text, sources.length && `Sources\n${sources.join('\n')}`];
  return parts.filter(Boolean).join('\n\n');
}
