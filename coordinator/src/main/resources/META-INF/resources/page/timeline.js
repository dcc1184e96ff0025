// What waited for what: the phases of the last steps, and the micro-batches of each worker.

import { byId, colour, element } from './dom.js';
import { duration, millis, number } from './format.js';
import { PHASES, meanPhases, phases } from './store.js';

const STEPS = 6, MEAN_OF = 50;
const LANE = 18, GAP = 4, TOP = 4, AXIS = 18, LABEL = 110;
const MOST_LANES = 24;
let drawn = '';
let width = 0;

/** To ask for the width makes the browser lay out everything first. */
const resized = new ResizeObserver(([entry]) => { width = entry.contentRect.width; });

export function update(state, theme) {
  const canvas = byId('timeline');
  if (!width) {
    width = canvas.parentElement.clientWidth;
    resized.observe(canvas.parentElement);
  }
  const key = [state.times.at(-1)?.step, state.times.length, state.microBatches.at(-1)?.is.attempt,
    theme, width].join();
  if (key === drawn) return;
  drawn = key;
  mean(state);
  lanes(canvas, state);
}

function mean(state) {
  const { steps, millis: means } = meanPhases(state, MEAN_OF);
  const all = means.reduce((sum, one) => sum + one, 0);
  const bar = byId('phaseBar');
  byId('phasesNone').hidden = steps > 0;
  bar.hidden = byId('phaseLegend').hidden = steps === 0;
  if (!steps) return;
  bar.replaceChildren(...means.map((one, i) => {
    const part = element('span', { class: 'phase-' + i });
    part.style.flexGrow = one;
    return part;
  }));
  byId('phaseLegend').replaceChildren(...means.map((one, i) => {
    const item = element('li');
    item.append(element('i', { class: 'phase-' + i, 'aria-hidden': 'true' }),
      `${PHASES[i][2]} ${millis(one)}, ${Math.round(all ? 100 * one / all : 0)} %`);
    return item;
  }));
  byId('phaseTitle').textContent = `A step takes ${millis(all)} in the mean of the last ${steps}`;
}

/** The last steps that fit, as rows: all steps, then each worker. */
function lanes(canvas, state) {
  const steps = state.times.slice(-STEPS);
  canvas.hidden = byId('timelineHelp').hidden = !steps.length;
  if (!steps.length) return;
  const end = Math.max(...steps.map(step => step.openedMillis + step.ended));
  const begin = steps[0].openedMillis;
  const batches = state.microBatches.map(one => one.is)
    .filter(is => is.endedMillis > begin && is.dispatchedMillis < end);
  const workers = [...new Set(batches.map(is => is.worker))].sort().slice(0, MOST_LANES);
  const rows = workers.length + 1;
  const ratio = devicePixelRatio || 1;
  const wide = Math.max(260, width);
  const tall = TOP + rows * (LANE + GAP) + AXIS;
  canvas.style.height = tall + 'px';
  canvas.width = Math.round(wide * ratio);
  canvas.height = Math.round(tall * ratio);
  const ink = canvas.getContext('2d');
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  ink.font = '11px system-ui, sans-serif';
  ink.textBaseline = 'middle';
  const label = Math.min(LABEL, wide * 0.25);
  const x = at => label + Math.min(1, Math.max(0, (at - begin) / (end - begin || 1))) * (wide - label - 2);
  const name = (text, y) => {
    ink.fillStyle = colour('--quiet');
    ink.fillText(fit(ink, text, label - 8), 0, y + LANE / 2);
  };
  name('steps', TOP);
  for (const step of steps) {
    let from = step.openedMillis;
    phases(step).forEach((took, i) => {
      ink.fillStyle = colour('--phase-' + i);
      ink.fillRect(x(from), TOP, Math.max(0, x(from + took) - x(from)), LANE);
      from += took;
    });
    ink.fillStyle = colour('--card');
    ink.fillRect(x(step.openedMillis) - 0.5, TOP, 1.5, LANE);
    const long = x(step.openedMillis + step.ended) - x(step.openedMillis);
    if (long > 34) {
      ink.fillStyle = colour('--on-phase');
      ink.fillText(step.step + (step.outcome === 'committed' ? '' : ' ' + step.outcome),
        x(step.openedMillis) + 4, TOP + LANE / 2, long - 6);
    }
  }
  workers.forEach((worker, i) => {
    const y = TOP + (i + 1) * (LANE + GAP);
    name(worker, y);
    let free = begin;
    for (const is of batches.filter(one => one.worker === worker)) {
      const from = Math.max(is.dispatchedMillis, free);
      const isFine = is.outcome === 'trained' || is.outcome === 'evaluated';
      ink.fillStyle = colour(isFine ? is.step < 0 ? '--others' : '--phase-1' : '--line');
      ink.fillRect(x(from), y, Math.max(1, x(is.endedMillis) - x(from) - 1), LANE);
      free = Math.max(free, is.endedMillis);
    }
  });
  ink.fillStyle = colour('--quiet');
  ink.fillText('0', label, tall - AXIS / 2);
  ink.textAlign = 'right';
  ink.fillText(duration2((end - begin) / 1000), wide - 2, tall - AXIS / 2);
  canvas.setAttribute('aria-label', `The last ${steps.length} steps and the micro-batches of `
    + `${workers.length} workers, over ${duration2((end - begin) / 1000)}`);
}

function duration2(seconds) {
  return seconds < 10 ? number(seconds, 1) + ' s' : duration(seconds);
}

function fit(ink, text, width) {
  let shown = text;
  while (shown.length > 3 && ink.measureText(shown).width > width) shown = shown.slice(0, -2);
  return shown === text ? text : shown + '…';
}
