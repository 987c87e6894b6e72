/** Thumbs up or down for one answer, with a comment if the visitor likes. */

import { button, h, icon } from '/page/dom.js';

const ASK = { up: 'What was useful?', down: 'What was wrong or missing?' };

/** `rate(rating, comment?)` sends it and rejects where that failed. */
export function feedback(rate) {
  const status = h('span', { class: 'small', role: 'status' });
  const comment = h('div', { class: 'comment' });

  const thumb = (rating, label) =>
    button(
      {
        class: 'quiet icon-only',
        'aria-label': label,
        'aria-pressed': 'false',
        onclick: () => choose(rating),
      },
      icon(rating),
    );
  const thumbs = { up: thumb('up', 'This helped'), down: thumb('down', 'This did not help') };

  async function send(rating, text) {
    try {
      await rate(rating, text);
      return true;
    } catch (error) {
      status.textContent = error.message;
      return false;
    }
  }

  async function choose(rating) {
    if (!(await send(rating))) return;
    for (const [name, node] of Object.entries(thumbs)) {
      node.setAttribute('aria-pressed', String(name === rating));
    }
    status.textContent = 'Thank you.';
    comment.replaceChildren(commentForm(rating));
  }

  function commentForm(rating) {
    const field = h('input', { type: 'text', maxlength: 1000, autocomplete: 'off' });
    const form = h('form', {},
      h('label', {}, h('span', {}, `${ASK[rating]} (optional)`), field),
      h('button', { type: 'submit' }, 'Send'));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (!text || !(await send(rating, text))) return;
      comment.replaceChildren();
      status.textContent = 'Thank you for the comment.';
      thumbs[rating].focus();
    });
    return form;
  }

  return h('div', { class: 'feedback', part: 'feedback', role: 'group', 'aria-label': 'Was this helpful?' },
    thumbs.up, thumbs.down, status, comment);
}
