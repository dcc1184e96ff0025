// The fleet: of each worker its hull as it is now, its line, the last minutes, and what it does.

import { byId, colour, element, svg } from './dom.js';
import { ofWorker } from './controls.js';
import { later } from './frames.js';
import { bytes, count, duration, number, plan } from './format.js';

const KIB = 1024;
const SILENT_MILLIS = 5000;
/** More are shown small: the figures are then in the hull's title. */
const MOST_LARGE = 12;
const WIDTH = 120, HEIGHT = 84, DECK = 8, KEEL = 78;
const SPAN_MILLIS = 600000;
const cards = new Map();
const inSight = new Set();
/** To ask an element for its size makes the browser lay out everything first. */
const sizes = new WeakMap();
const resized = new ResizeObserver(entries => entries.forEach(
  entry => Object.assign(sizes.get(entry.target), { width: entry.contentRect.width, height: entry.contentRect.height })));
/** Only hulls that are seen, or nearly so, are drawn. */
const sight = new IntersectionObserver(entries => entries.forEach(
  entry => entry.isIntersecting ? inSight.add(entry.target) : inSight.delete(entry.target)), { rootMargin: '200px' });
let serial = 0;

/** The depth of so many bytes: the keel is none, the deck all. */
function depth(value, total) {
  return KEEL - Math.min(1, Math.max(0, value / total)) * (KEEL - DECK);
}

function hull() {
  const clip = 'hull-' + serial++;
  const shape = `M4 ${DECK} L116 ${DECK} L105 62 Q102 ${KEEL} 88 ${KEEL} L32 ${KEEL} Q18 ${KEEL} 15 62 Z`;
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'hull', role: 'img' });
  const defs = svg('defs');
  const path = svg('clipPath', { id: clip });
  path.append(svg('path', { d: shape }));
  defs.append(path);
  const inside = svg('g', { 'clip-path': `url(#${clip})` });
  const parts = {};
  for (const kind of ['peak', 'used', 'others']) {
    parts[kind] = svg('rect', { class: kind, x: 0, width: WIDTH, y: KEEL, height: 0 });
    inside.append(parts[kind]);
  }
  parts.forecast = svg('line', { class: 'forecast', x1: 0, x2: WIDTH });
  inside.append(parts.forecast);
  parts.line = svg('line', { class: 'line', x1: 0, x2: WIDTH });
  inside.append(parts.line);
  parts.mark = svg('circle', { class: 'line', cx: WIDTH / 2, r: 5 });
  drawing.append(defs, svg('path', { d: shape, class: 'shell' }), inside, parts.mark,
    svg('path', { d: shape, class: 'edge' }));
  return { drawing, parts };
}

function level(rect, top, bottom) {
  rect.setAttribute('y', top);
  rect.setAttribute('height', Math.max(0, bottom - top));
}

function height(part, y, shown) {
  part.style.display = shown ? '' : 'none';
  for (const name of part.tagName === 'circle' ? ['cy'] : ['y1', 'y2']) part.setAttribute(name, y);
}

/** A worker with several cards has a hull for each of them, under the worker's name and the card's number. */
function hullsOf(worker, deck) {
  const cards = worker.device.cards ?? [];
  if (!cards.length) return [{ name: worker.workerId, acts: true, worker, deck }];
  return cards.map((is, i) => ({
    name: `${worker.workerId} card ${i}`,
    acts: i === 0,
    worker: { ...worker, memory: worker.memory?.cards?.[i],
      device: { name: `${is.name}, layers ${is.firstLayer} to ${is.firstLayer + is.layers - 1}`
          + (is.embedding ? ', embedding' : '') + (is.head ? ', head' : ''),
        precision: worker.device.precision, totalBytes: is.totalBytes } },
    deck: deck && { ...deck, ...deck.cards?.[i] },
  }));
}

function card(name, workerId, hasActs) {
  const node = element('article', { class: 'worker', 'aria-label': 'worker ' + name });
  const head = element('header');
  const state = element('span', { class: 'state' });
  head.append(element('h3', {}, name), state);
  const device = element('p', { class: 'quiet device' });
  const { drawing, parts } = hull();
  const history = element('canvas', { class: 'history', role: 'img' });
  const picture = element('div', { class: 'picture' });
  picture.append(drawing, history);
  const figures = element('dl', { class: 'measures' });
  const values = {};
  for (const [kind, label] of [['used', 'used'], ['peak', 'peak'], ['forecast', 'forecast'],
    ['others', 'others'], ['line', 'line']]) {
    const term = element('dt');
    term.append(element('i', { class: kind, 'aria-hidden': 'true' }), label);
    values[kind] = element('dd', {}, '–');
    const both = element('div');
    both.append(term, values[kind]);
    figures.append(both);
  }
  const work = element('p', { class: 'work' });
  const acts = element('div', { class: 'acts' });
  if (hasActs) acts.append(...ofWorker(workerId));
  node.append(head, device, picture, figures, work, acts);
  byId('workers').append(node);
  inSight.add(node);
  sight.observe(node);
  const size = { width: 0, height: 0 };
  sizes.set(history, size);
  resized.observe(history);
  return { node, size, state, device, drawing, parts, history, values, work, drawn: '' };
}

function setText(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

/** Of the last ten seconds. */
function speedOf(worker, points) {
  const last = points?.speed.slice(-5) ?? [];
  return last.length ? last.reduce((sum, one) => sum + one, 0) / last.length : worker.tokensPerSecond ?? 0;
}

function stateOf(worker, deck, points) {
  if (worker.silentMillis > SILENT_MILLIS) {
    return ['silent', 'silent for ' + duration(worker.silentMillis / 1000)];
  }
  if (deck?.draining) return ['draining', 'drains'];
  if (!worker.membership.ready) return ['loading', 'loads the adapter'];
  return deck?.tasks.length ? ['busy', number(speedOf(worker, points), 0) + ' tokens/s'] : ['idle', 'waits for work'];
}

function workOf(worker, deck, layers) {
  if (!deck) return '';
  if (!deck.tasks.length) {
    return 'Nothing in work. At most ' + count(worker.membership.maxTokens, 'token') + ' a micro-batch.';
  }
  const [first, ...queue] = deck.tasks;
  return (first.step < 0 ? 'Evaluates' : 'Trains step ' + first.step + ':') + ' micro-batch of '
    + count(first.sequences, 'sequence') + ', ' + count(first.tokens, 'token') + ', '
    + plan(first.plan, layers)
    + (queue.length ? `; ${queue.length} more in its queue` : '; nothing queued');
}

/** @param layers of the model, where they are known */
export function update(state, theme, layers) {
  const run = state.now.run;
  const workers = run.workers || [];
  const hulls = workers.flatMap(worker => hullsOf(worker, state.now.detail?.workers[worker.workerId]));
  const ids = new Set(hulls.map(is => is.name));
  for (const [id, gone] of cards) {
    if (!ids.has(id)) {
      sight.unobserve(gone.node);
      resized.unobserve(gone.history);
      inSight.delete(gone.node);
      gone.node.remove();
      cards.delete(id);
    }
  }
  byId('noWorkers').hidden = workers.length > 0;
  byId('workers').classList.toggle('dense', hulls.length > MOST_LARGE);
  for (const { name, acts, worker, deck } of hulls) {
    if (!cards.has(name)) cards.set(name, card(name, worker.workerId, acts));
    const is = cards.get(name);
    if (inSight.has(is.node)) later('hull of ' + name, () => one(is, name, worker, deck, state, theme, layers));
  }
}

function one(is, name, worker, deck, state, theme, layers) {
  const memory = worker.memory;
  const [kind, words] = stateOf(worker, deck, state.hulls.get(worker.workerId));
  is.node.dataset.state = kind;
  setText(is.state, words);
  setText(is.device, `${worker.device.name}, ${worker.device.precision} · lane ${worker.membership.lane}, `
    + `generation ${worker.membership.generation}` + (deck?.capBytes ? ` · capped at ${bytes(deck.capBytes)}` : ''));
  setText(is.work, workOf(worker, deck, layers));
  const line = deck?.lineBytes || memory?.budgetBytes || 0;
  const forecast = deck?.forecastBytes || 0;
  const now = memory && { used: memory.usedBytes, peak: memory.peakBytes, others: memory.othersBytes, line, forecast,
    cap: deck?.capBytes || 0 };
  for (const kind of Object.keys(is.values)) {
    setText(is.values[kind], now && (now[kind] || kind !== 'forecast') ? bytes(now[kind]) : '–');
  }
  const total = Math.max(1, worker.device.totalBytes, line, memory?.budgetBytes || 0, memory?.peakBytes || 0);
  draw(is, now, total);
  const points = state.hulls.get(name);
  const key = [points?.at.at(-1), theme, is.size.width, total].join();
  if (points && key !== is.drawn && is.size.width) {
    is.drawn = key;
    minutes(is.history, is.size, points, total);
  }
}

function draw(is, now, total) {
  const { parts, drawing } = is;
  if (!now) {
    drawing.setAttribute('aria-label', 'nothing is measured yet');
    return;
  }
  level(parts.used, depth(now.used, total), KEEL);
  level(parts.peak, depth(now.peak, total), KEEL);
  level(parts.others, DECK, DECK + (KEEL - depth(now.others, total)));
  height(parts.forecast, depth(now.forecast, total), now.forecast > 0);
  height(parts.line, depth(now.line, total), now.line > 0);
  height(parts.mark, depth(now.line, total), now.line > 0);
  const words = `memory: ${bytes(now.used)} used, peak ${bytes(now.peak)}, `
    + `others ${bytes(now.others)}, line ${bytes(now.line)} of ${bytes(total)}`
    + (now.cap ? `, capped at ${bytes(now.cap)}` : '');
  if (drawing.getAttribute('aria-label') !== words) {
    drawing.setAttribute('aria-label', words);
    is.node.title = words;
  }
}

/** The same levels over the last ten minutes, from left to right. */
function minutes(canvas, { width, height: tall }, points, total) {
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(tall * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(tall * ratio);
  }
  const ink = canvas.getContext('2d');
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  ink.clearRect(0, 0, width, tall);
  const last = points.at.at(-1);
  const begin = Math.max(last - SPAN_MILLIS, Math.min(points.at[0], last - 60000));
  const x = at => (at - begin) / (last - begin || 1) * width;
  const y = kib => (1 - Math.min(1, kib * KIB / total)) * tall;
  area(ink, points, x, points.peak.map(y), tall, colour('--peak'));
  area(ink, points, x, points.used.map(y), tall, colour('--used'));
  area(ink, points, x, points.others.map(kib => tall - y(kib)), 0, colour('--others'));
  stroke(ink, points, x, points.forecast.map(kib => kib ? y(kib) : null), colour('--ink'), [3, 3]);
  stroke(ink, points, x, points.line.map(y), colour('--line'), []);
  canvas.setAttribute('aria-label', `the same over the last ${duration((last - begin) / 1000)}: highest peak `
    + bytes(Math.max(...points.peak) * KIB));
}

function area(ink, points, x, ys, base, fill) {
  ink.beginPath();
  ink.moveTo(x(points.at[0]), base);
  points.at.forEach((at, i) => ink.lineTo(x(at), ys[i]));
  ink.lineTo(x(points.at.at(-1)), base);
  ink.fillStyle = fill;
  ink.fill();
}

function stroke(ink, points, x, ys, colourOf, dash) {
  ink.beginPath();
  let drawing = false;
  points.at.forEach((at, i) => {
    if (ys[i] === null) drawing = false;
    else {
      if (drawing) ink.lineTo(x(at), ys[i]); else ink.moveTo(x(at), ys[i]);
      drawing = true;
    }
  });
  ink.strokeStyle = colourOf;
  ink.lineWidth = 1.5;
  ink.setLineDash(dash);
  ink.stroke();
}
