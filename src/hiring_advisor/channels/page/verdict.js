/** The verdict card: what the scoring tool says, why, what would change it, what is unknown. */

import { h, spoken } from '/page/dom.js';
import * as wording from '/page/wording.js';

const REASONS_SHOWN = 3;
const FLIPS_SHOWN = 3;

/** The card for a Recommendation. `fold` leaves its head alone once a newer one takes over. */
export function verdictCard(recommendation) {
  const { verdict, summary, scores, rubric_version: rubric, profile_hash: profile } = recommendation;
  const decided = verdict !== 'need_more_info';
  // A narrow screen shows the reasons at once and the rest on demand.
  const roomy = matchMedia('(min-width: 700px)').matches;
  const sections = [
    section('reasons', 'Why', true, reasons(recommendation.contributions, decided && scores)),
    section('flips', 'What would change it', roomy, flips(recommendation.flips)),
    section('missing', 'Still unknown', roomy || !decided, unknown(recommendation.missing)),
  ].filter(Boolean);
  const card = h(
    'section',
    { class: 'verdict', part: 'verdict', 'data-verdict': verdict },
    h('header', {},
      h('p', { class: 'eyebrow' }, 'Verdict of the scoring tool'),
      h('h3', {}, wording.verdict(verdict)),
      h('p', {}, summary),
      decided && confidence(recommendation.confidence)),
    sections,
    h('footer', { class: 'small' },
      'Worked out by the scoring tool, not by a language model. ',
      'The same facts always give the same verdict ',
      `(rubric ${rubric}, profile ${profile.slice(0, 12)}).`),
  );
  card.fold = () => {
    for (const one of sections) one.open = false;
  };
  return card;
}

const section = (part, title, open, content) =>
  content && h('details', { part, open }, h('summary', {}, h('h4', {}, title)), content);

/** A filled line. (The browsers' own <meter> looks different in each and resists styling.) */
function bar(label, value, max) {
  const fill = h('div');
  fill.style.width = `${(100 * value) / max}%`;
  return h('div', {
    class: 'bar', role: 'meter', 'aria-label': label,
    'aria-valuemin': 0, 'aria-valuemax': max, 'aria-valuenow': value,
  }, fill);
}

function confidence(value) {
  const percent = Math.round(value * 100);
  return h('div', { class: 'confidence' },
    h('span', {}, wording.confidence(value), h('span', { class: 'muted' }, ` · ${percent} of 100`)),
    bar('Confidence', percent, 100));
}

function balance(scores) {
  const most = Math.max(1, ...Object.values(scores));
  return h('div', { class: 'balance' },
    Object.entries(scores).map(([side, points]) =>
      h('div', { class: 'balance-row', 'data-side': side },
        h('span', {}, wording.side(side)),
        bar(`Points for ${wording.side(side)}`, points, most),
        h('span', { class: 'muted' }, `${points} points`))));
}

const weight = ({ points }) => Math.max(...Object.values(points).map(Math.abs));

/** The contributions by what the visitor said, the weightiest first. */
function grouped(contributions) {
  const groups = new Map();
  for (const one of contributions) {
    const key = one.quote || one.fact;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const total = (group) => group.reduce((sum, one) => sum + weight(one), 0);
  return [...groups.values()].sort((a, b) => total(b) - total(a));
}

/** `scores` only where they have decided something. */
function reasons(contributions, scores) {
  const items = grouped(contributions).map(reason);
  if (!items.length) return null;
  const rest = items.slice(REASONS_SHOWN);
  return [
    scores && balance(scores),
    h('ul', { class: 'reasons' }, items.slice(0, REASONS_SHOWN)),
    rest.length > 0 && h('details', {},
      h('summary', {}, rest.length === 1 ? 'One more reason' : `${rest.length} more reasons`),
      h('ul', { class: 'reasons' }, rest)),
  ];
}

function reason(group) {
  const [{ fact, value, quote }] = group;
  return h('li', {},
    h('p', { class: 'you-said' },
      quote ? ['You said ', h('q', {}, quote)] : `${wording.about(fact)}: ${wording.reading(fact, value)}`),
    group.map((one) => [
      h('p', {}, one.why, ' ', leaning(one.points)),
      one.source_quote && h('blockquote', {}, spoken('The article: '), one.source_quote),
    ]));
}

function leaning(points) {
  return Object.entries(points)
    .filter(([, given]) => given !== 0)
    .map(([side, given]) =>
      h('span', { class: 'points', 'data-side': side }, `+${given} ${wording.side(side).toLowerCase()}`));
}

/** A change of something known tells more than news about something unknown: those come first. */
function flips(all) {
  const known = all.filter(({ to }) => to !== null);
  const telling = known.sort((a, b) => (a.from === null) - (b.from === null));
  if (!telling.length) return null;
  return h('ul', { class: 'flips' }, telling.slice(0, FLIPS_SHOWN).map(({ fact, from, to, verdict }) =>
    h('li', {},
      h('span', {}, wording.change(fact, to),
        h('span', { class: 'muted' },
          from === null ? ' (not known yet)' : ` instead of ${wording.reading(fact, from)}`)),
      h('span', { class: 'then' }, spoken('then: '), wording.verdict(verdict)))));
}

const unknown = (missing) => missing.length > 0 && h('p', {}, missing.map(wording.about).join(' · '));
