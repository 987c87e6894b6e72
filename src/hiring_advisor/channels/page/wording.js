/** The words for what the tool works with: the rubric's own where the server has told us them. */

import * as api from '/page/api.js';

const VERDICTS = {
  freelancers: 'Freelancers',
  full_time: 'Full-time AI engineers',
  hybrid: 'Both, in two stages',
  need_more_info: 'Not enough known yet',
};

const SIDES = { freelancers: 'Freelancers', full_time: 'Full-time engineers' };

const plain = (name) => String(name).replaceAll('_', ' ');
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

let facts = new Map();

/** Fetches the rubric once. Without it facts go by their names, which is no reason to fail. */
export async function load() {
  try {
    const rubric = await api.rubric();
    facts = new Map(rubric.facts.map((fact) => [fact.name, fact]));
  } catch {
    facts = new Map();
  }
}

export const verdict = (name) => VERDICTS[name] ?? capital(plain(name));

export const side = (name) => SIDES[name] ?? capital(plain(name));

/** What a fact is about: "Time pressure". */
export const about = (fact) => capital(facts.get(fact)?.about ?? plain(fact));

const valueOf = (fact, value) => facts.get(fact)?.values.find((one) => one.value === value);

/** A value as a change: "If you could invest up front". */
export const change = (fact, value) => capital(valueOf(fact, value)?.would ?? reading(fact, value));

/** A value as the advisor says it back: "a tight budget"; "not known" for null. */
export function reading(fact, value) {
  if (value === null) return 'not known';
  const known = valueOf(fact, value);
  return known?.reading ?? known?.label ?? plain(value);
}

/** A confidence from 0 to 1 in words. */
export function confidence(value) {
  if (value >= 0.75) return 'High confidence';
  return value >= 0.4 ? 'Fair confidence' : 'Low confidence';
}
