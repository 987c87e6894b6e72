/** Building nodes. Text is always a text node: what people and models say is never markup. */

/**
 * An element. `on…` properties are listeners, `part` is the stable hook `data-part`, everything
 * else an attribute (true: empty, null or false: left out). Empty children are skipped.
 */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'part') node.dataset.part = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

/** Text for screen readers alone. */
export const spoken = (text, tag = 'span') => h(tag, { class: 'spoken' }, text);

/** A push button; `properties` as for `h`. */
export const button = (properties, ...children) =>
  h('button', { type: 'button', ...properties }, ...children);

const SHAPES = {
  up: [
    'M8 11l3.5-7c1.6 0 2.4 1.1 2.2 2.6L13.2 10H18a2 2 0 0 1 2 2.4l-1.1 5.5a2 2 0 0 1-2 1.6H8z',
    'M4 11h4v8.5H4z',
  ],
  copy: ['M9 9h10v11H9z', 'M15 9V4H5v11h4'],
  close: ['M6 6l12 12', 'M18 6 6 18'],
};
SHAPES.down = SHAPES.up;

/** A drawing for a button that has a label besides. */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon', `icon-${name}`);
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('d', shape);
    svg.append(path);
  }
  return svg;
}

/** `text` as a link where `url` is one that a browser may follow, else as plain text. */
export function link(url, text) {
  let target;
  try {
    target = new URL(url, location.href);
  } catch {
    return h('span', {}, text);
  }
  if (!url || !['http:', 'https:'].includes(target.protocol)) return h('span', {}, text);
  return h('a', { href: target.href, target: '_blank', rel: 'noopener noreferrer' }, text);
}
