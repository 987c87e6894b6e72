/** Where the visitor writes: Enter sends, Shift+Enter breaks the line, nothing typed is lost. */

/** The server's limit, in characters as people count them (not UTF-16 units). */
export const MAX_CHARACTERS = 20000;
const COUNT_FROM = 3500;

const number = new Intl.NumberFormat('en');

export class Composer {
  /** `form` holds the field, the buttons and the counter; `onSend(text)` and `onStop()` act. */
  constructor(form, { onSend, onStop }) {
    this.form = form;
    this.field = form.querySelector('[data-part=input]');
    this.sendButton = form.querySelector('[data-part=send]');
    this.stopButton = form.querySelector('[data-part=stop]');
    this.counter = form.querySelector('[data-part=count]');
    this.onSend = onSend;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener('keydown', (event) => {
      // An input method uses Enter to pick a word: that is not ours.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.field.addEventListener('input', () => this.#measure());
    this.stopButton.addEventListener('click', onStop);
    this.#measure();
  }

  /** Whether an answer is under way: Stop takes the place of Send. */
  set busy(busy) {
    const [shown, hidden] = busy ? [this.stopButton, this.sendButton] : [this.sendButton, this.stopButton];
    const focused = document.activeElement === hidden;
    shown.hidden = false;
    hidden.hidden = true;
    if (focused) shown.focus({ preventScroll: true });
  }

  get busy() {
    return !this.stopButton.hidden;
  }

  get isEmpty() {
    return this.field.value.trim() === '';
  }

  /** Puts `text` back for editing. */
  edit(text) {
    this.field.value = text;
    this.#measure();
    this.field.focus();
  }

  #send() {
    const text = this.field.value.trim();
    if (!text || this.busy) return;
    if (this.#measure() > MAX_CHARACTERS) {
      this.field.focus();
      return;
    }
    this.field.value = '';
    this.#measure();
    this.onSend(text);
  }

  /** Fits the field to its text and counts; returns the count. */
  #measure() {
    this.field.style.height = 'auto';
    const border = this.field.offsetHeight - this.field.clientHeight;
    this.field.style.height = `${this.field.scrollHeight + border}px`;
    const length = [...this.field.value.trim()].length;
    const over = length > MAX_CHARACTERS;
    this.field.setAttribute('aria-invalid', String(over));
    const count = `${number.format(length)} of ${number.format(MAX_CHARACTERS)} characters`;
    const plea = over ? ': please shorten it a little' : '';
    this.counter.textContent = length < COUNT_FROM ? '' : count + plea;
    return length;
  }
}
