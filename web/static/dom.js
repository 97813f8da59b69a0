// Building and renewing the page. Text becomes text nodes and nothing else:
// whatever a device, a plan or an operator wrote stays inert.

const SVG = 'http://www.w3.org/2000/svg';

// Invisible and direction-changing characters could make a name look like
// another one; they are spelled out instead.
const HIDDEN = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f' +
    '\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]',
  'g',
);

export function clean(text) {
  return String(text)
    .replace(/[\t\n\r]/g, ' ')
    .replace(
      HIDDEN,
      (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'),
    );
}

function append(node, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) child.forEach((c) => append(node, c));
  else if (child instanceof Node) node.append(child);
  else node.append(document.createTextNode(clean(child)));
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : clean(value));
  }
  append(node, children);
  return node;
}

// h('p', { class: 'quiet' }, 'text', h('b', null, 'more'))
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// A word somebody else chose: its direction does not spill over.
export function word(text, attributes) {
  return h('bdi', attributes, text);
}

// Who acted: a token by the name people gave it, its id when pointed at.
export function actor(of, key) {
  return word(of[`${key}_name`] ?? of[key], { title: of[key] });
}

// A sentence of the server with `commands` in it.
export function prose(text) {
  return text
    .split('`')
    .map((part, i) => (i % 2 === 1 ? h('code', null, part) : word(part)));
}

function syncAttributes(live, next) {
  for (const { name } of [...live.attributes]) {
    // What the reader opened stays open.
    if (name !== 'open' && !next.hasAttribute(name)) live.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== 'open' && live.getAttribute(name) !== value)
      live.setAttribute(name, value);
  }
}

function isSame(live, next) {
  return (
    live !== undefined &&
    live !== null &&
    live.nodeName === next.nodeName &&
    (live.id ?? '') === (next.id ?? '')
  );
}

function syncChildren(live, next) {
  const byId = new Map();
  for (const child of live.children) if (child.id) byId.set(child.id, child);
  let at = live.firstChild;
  for (const wanted of [...next.childNodes]) {
    const known = wanted.id ? byId.get(wanted.id) : undefined;
    if (known !== undefined && known !== at) live.insertBefore(known, at);
    else if (known === undefined && !isSame(at, wanted)) {
      live.insertBefore(wanted, at);
      continue;
    }
    const kept = known ?? at;
    at = kept.nextSibling;
    morph(kept, wanted);
  }
  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

// Makes `live` look like `next` and touches only what differs, so that focus,
// selection, scroll positions and a screen reader's place survive.
export function morph(live, next) {
  if (!isSame(live, next)) {
    live.replaceWith(next);
  } else if (live.nodeType === Node.TEXT_NODE) {
    if (live.data !== next.data) live.data = next.data;
  } else {
    syncAttributes(live, next);
    syncChildren(live, next);
  }
}

// The children of `live` become these.
export function show(live, ...children) {
  const next = live.cloneNode(false);
  append(next, children);
  morph(live, next);
}
