// Charts by uPlot: one colour scheme, one behaviour.

import uPlot from '../uplot/uPlot.esm.js';
import { compared } from './compare.js';
import { byId, colour, workerColour } from './dom.js';
import { later } from './frames.js';
import { clock, number } from './format.js';
import { comparedColumns, lossColumns, undone } from './store.js';

const charts = new Map();
const syncKey = 'steps';

function axes(time) {
  const axis = {
    stroke: () => colour('--quiet'),
    grid: { stroke: () => colour('--edge'), width: 1 },
    ticks: { stroke: () => colour('--edge'), width: 1, size: 4 },
    font: '11px system-ui, sans-serif',
  };
  return [
    { ...axis, grid: { show: false }, size: 28, space: 60,
      values: (_, values) => values.map(v => time ? clock(v * 1000).slice(0, v % 60 ? 8 : 5) : Number.isInteger(v) ? v : '') },
    { ...axis, size: 58, values: (_, values) => values.map(v => number(v, 4)) },
  ];
}

function fromZero(_, min, max) {
  return [0, max > 0 ? max * 1.08 : 1];
}

function halfAMinute(_, min, max) {
  return [Math.min(min ?? 0, (max ?? 0) - 30), max ?? 0];
}

function around(_, min, max) {
  if (min === null || max === null) return [0, 1];
  const margin = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
  return [min >= 0 ? Math.max(0, min - margin) : min - margin, max + margin];
}

function line(label, stroke, more = {}) {
  return { label, stroke: () => typeof stroke === 'function' ? stroke() : colour(stroke), width: 1.6,
    points: { show: false }, spanGaps: false, value: (_, v) => v === null ? '–' : number(v, 4), ...more };
}

function make(id, series, { range = around, time = false, hooks = {}, sync = true } = {}) {
  const box = byId(id);
  const options = {
    width: Math.max(240, box.clientWidth), height: Number(box.dataset.height || 190),
    scales: { x: { time, ...(time ? { range: halfAMinute } : {}) }, y: { range } },
    axes: axes(time),
    series: [{ label: time ? 'time' : 'step', value: (_, v) => v === null ? '–' : time ? clock(v * 1000) : v }, ...series],
    legend: { live: true, markers: { width: 2 } },
    cursor: { drag: { x: true, y: false }, points: { size: 6 },
      ...(sync ? { sync: { key: syncKey } } : {}) },
    hooks,
  };
  const chart = new uPlot(options, [[], ...series.map(() => [])], box);
  new ResizeObserver(() => chart.setSize({ width: Math.max(240, box.clientWidth),
    height: Number(box.dataset.height || 190) })).observe(box);
  charts.set(id, chart);
  return chart;
}

/** Where a rollback took the run back. */
function marks(state, words) {
  return chart => {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.strokeStyle = colour('--line');
    ctx.fillStyle = colour('--line');
    ctx.font = 11 * devicePixelRatio + 'px system-ui, sans-serif';
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    for (const back of state().rollbacks.slice(-20)) {
      const x = chart.valToPos(back.step + 0.5, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (!words) continue;
      const right = x > bbox.left + bbox.width * 0.7;
      ctx.textAlign = right ? 'right' : 'left';
      ctx.fillText('back to ' + back.checkpoint, x + (right ? -4 : 4) * devicePixelRatio,
        bbox.top + 12 * devicePixelRatio);
    }
    ctx.restore();
  };
}

function describe(id, words) {
  const box = byId(id);
  box.setAttribute('aria-label', words);
}

function isZoomed(chart) {
  return chart.scales.x.min > chart.data[0][0]
    || chart.scales.x.max < chart.data[0][chart.data[0].length - 1];
}

/** One that somebody looks into closely stays where it is. */
function show(chart, data) {
  const stay = chart.data[0].length > 1 && isZoomed(chart);
  chart.setData(data, !stay);
  if (stay) chart.redraw();
}

export function create(state) {
  const named = { draw: [marks(state, true)] };
  const back = { draw: [marks(state, false)] };
  make('lossChart', [
    line('loss', '--mark'),
    line('undone', '--quiet', { dash: [4, 4], width: 1.2 }),
    line('evaluation', '--line', { width: 1.2, spanGaps: true,
      points: { show: true, size: 6, fill: () => colour('--card') } }),
  ], { hooks: named });
  make('gradientChart', [line('norm', '--mark')], { range: fromZero, hooks: back });
  make('rateChart', [line('rate', '--mark')], { range: fromZero, hooks: back });
  make('speedChart', [line('tokens/s', '--mark')], { range: fromZero, hooks: back });
}

/** So many steps are drawn again at most every two seconds. */
const MANY_STEPS = 1000, EACH_MILLIS = 2000;
let lastSteps = '';
let lastTheme = '';
let lastOther;
let drawnMillis = 0;

/** @param theme a new one is a reason to draw everything again */
export function update(state, theme) {
  const key = [state.steps.step.length, state.steps.step.at(-1), state.evaluations.length,
    state.rollbacks.length, theme, compared()?.prefix, compared()?.readMillis].join();
  const other = compared()?.readMillis;
  const tooSoon = other === lastOther && state.steps.step.length > MANY_STEPS && performance.now() - drawnMillis < EACH_MILLIS;
  const isNew = theme !== lastTheme;
  if (key !== lastSteps && !(tooSoon && !isNew)) {
    lastSteps = key;
    lastOther = other;
    drawnMillis = performance.now();
    for (const [id, draw] of Object.entries(STEP_CHARTS)) later(id, () => draw(state), byId(id));
  }
  later('workersChart', () => speedByWorker(state, isNew), byId('workersChart'));
  if (isNew) {
    lastTheme = theme;
    for (const [id, chart] of charts) later('theme of ' + id, () => chart.redraw(false, true));
  }
}

const OWN_SERIES = 4;

/** The other run has a series of its own, the last. */
function beside(chart, other) {
  const is = chart.series[OWN_SERIES];
  const label = other ? 'loss of ' + other.prefix : null;
  if (is && is.label !== label) chart.delSeries(OWN_SERIES);
  if (label && chart.series[OWN_SERIES]?.label !== label) {
    chart.addSeries(line(label, '--worker-3', { width: 1.4 }), OWN_SERIES);
  }
}

const last = array => number(array.at(-1), 4);

/** A chart keeps what it is given, and the state's columns grow. */
const byStep = (state, column) => [[...state.steps.step], [...column]];

const STEP_CHARTS = {
  lossChart(state) {
    const gone = undone(state).filter(Boolean).length;
    const evaluated = state.evaluations.at(-1);
    const chart = charts.get('lossChart');
    const other = compared();
    beside(chart, other);
    show(chart, other ? uPlot.join(comparedColumns(state, other)) : lossColumns(state));
    describe('lossChart', `Loss by step: ${state.steps.step.length} steps, from ${number(state.steps.loss[0], 4)} to `
      + `${last(state.steps.loss)} nats a token; ${gone} of them were undone by a rollback; `
      + (evaluated ? `the last evaluation found ${number(evaluated.loss, 4)}` : 'no evaluation yet')
      + (other ? `; beside it the loss of run ${other.prefix}, ${other.steps.step.length} steps` : ''));
  },
  gradientChart(state) {
    show(charts.get('gradientChart'), byStep(state, state.steps.gradientNorm));
    describe('gradientChart', `Gradient norm by step, ${last(state.steps.gradientNorm)} in the last step`);
  },
  rateChart(state) {
    show(charts.get('rateChart'), byStep(state, state.steps.learningRate));
    describe('rateChart', `Learning rate by step, ${last(state.steps.learningRate)} in the last step`);
  },
  speedChart(state) {
    const { tokens, millis } = state.steps;
    const speed = tokens.map((of, i) => of * 1000 / Math.max(1, millis[i]));
    show(charts.get('speedChart'), byStep(state, speed));
    describe('speedChart', `Tokens a second by step, ${last(speed)} in the last step`);
  },
};

const MOST_LINES = 8;
let lines = '';
let lastPoint = 0;

function speedByWorker(state, again) {
  // a hull of one of several cards has a space in its name, and no speed of its own
  const workers = [...state.hulls.keys()].filter(name => !name.includes(' ')).sort();
  const shown = workers.length <= MOST_LINES ? workers : [];
  let chart = charts.get('workersChart');
  if (!chart || lines !== workers.join('\n')) {
    chart?.destroy();
    lines = workers.join('\n');
    lastPoint = 0;
    chart = make('workersChart', [
      line('all', '--mark', { width: 2 }),
      ...shown.map((worker, i) => line(worker, () => workerColour(i), { width: 1.2 })),
    ], { range: fromZero, time: true, sync: false });
  }
  const newest = Math.max(0, ...workers.map(worker => state.hulls.get(worker).at.at(-1) || 0));
  if (newest - lastPoint < EACH_MILLIS && !again) return;
  lastPoint = newest;
  const { xs, all, each } = speeds(state, workers, newest);
  show(chart, [xs, all, ...(shown.length ? each : [])]);
  describe('workersChart', `Tokens a second over the last minutes, ${number(all.at(-1), 0)} now, of `
    + `${workers.length} workers`);
}

/** Points of workers come at times of their own: they are put into the same two seconds. */
function speeds(state, workers, newest) {
  const EACH = 2000, SPAN = 600000;
  const first = Math.min(newest, ...workers.map(worker => state.hulls.get(worker).at[0] || newest));
  const begin = Math.max(first, newest - SPAN);
  const many = newest ? Math.floor((newest - begin) / EACH) + 1 : 0;
  const xs = Array.from({ length: many }, (_, i) => (begin + i * EACH) / 1000);
  const each = workers.map(worker => {
    const hull = state.hulls.get(worker);
    const column = new Array(many).fill(null);
    hull.at.forEach((at, i) => {
      const place = Math.floor((at - begin) / EACH);
      if (place >= 0) column[place] = hull.speed[i];
    });
    for (let i = 1; i < many; i++) {
      if (column[i] === null && column[i + 1] !== undefined && column[i + 1] !== null) column[i] = column[i - 1];
    }
    return column;
  });
  const smooth = each.map(mean);
  const all = xs.map((_, i) => smooth.reduce((sum, column) => sum + (column[i] || 0), 0));
  return { xs, all, each: smooth };
}

/** Over ten seconds: a micro-batch counts when it ends, which makes any two seconds jump. */
function mean(column) {
  const WINDOW = 5;
  let sum = 0, many = 0;
  return column.map((value, i) => {
    const out = i >= WINDOW ? column[i - WINDOW] : null;
    if (value !== null) { sum += value; many++; }
    if (out !== null) { sum -= out; many--; }
    return value === null ? null : sum / many;
  });
}
