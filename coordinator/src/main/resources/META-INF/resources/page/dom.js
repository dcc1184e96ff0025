// The few things that the page needs of the document. Data becomes text, never markup.

export const byId = id => document.getElementById(id);

export function element(name, attributes = {}, ...content) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...content.map(String));
  return node;
}

export function text(id, value) {
  const node = byId(id);
  if (node.textContent !== String(value)) node.textContent = value;
}

export function svg(name, attributes = {}) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** A row of cells; a cell is a text, or a text with a class, or a node. */
export function row(cells, attributes = {}) {
  const tr = element('tr', attributes);
  for (const cell of cells) {
    const td = element('td');
    if (cell instanceof Node) td.append(cell);
    else if (cell && typeof cell === 'object') {
      td.className = cell.class;
      td.textContent = cell.text;
    } else td.textContent = cell;
    tr.append(td);
  }
  return tr;
}

/**
 * Makes the rows of a table those of the things, in their order. A row stays as it is while its key
 * is there: mostly some come at the top and some go at the end.
 */
export function rows(body, things, keyOf, make) {
  const before = new Map(Array.from(body.rows, tr => [tr.dataset.key, tr]));
  const keys = things.map(thing => String(keyOf(thing)));
  const wanted = new Set(keys);
  for (const [key, tr] of before) if (!wanted.has(key)) tr.remove();
  let at = body.firstElementChild;
  keys.forEach((key, i) => {
    if (at?.dataset.key === key) {
      at = at.nextElementSibling;
      return;
    }
    const tr = before.get(key) ?? make(things[i]);
    tr.dataset.key = key;
    body.insertBefore(tr, at);
  });
}

/** Draws only when what is drawn has changed. */
export function whenChanged(draw) {
  let last;
  return (key, ...rest) => {
    if (key === last) return;
    last = key;
    draw(...rest);
  };
}

/** To ask for one makes the browser work out all styles: they are kept until the theme changes. */
const colours = new Map();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => colours.clear());

export function colour(name) {
  if (!colours.has(name)) {
    colours.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  }
  return colours.get(name);
}

/** One of eight, always the same for the same place in the order. */
export function workerColour(index) {
  return colour('--worker-' + index % 8);
}
