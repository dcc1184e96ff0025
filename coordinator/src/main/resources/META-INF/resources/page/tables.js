// Everything that is read as words and figures.

import { byId, element, row, rows, text, whenChanged } from './dom.js';
import { later } from './frames.js';
import { bytes, clock, count, duration, millis, number, plan } from './format.js';
import { decisions, undone } from './store.js';

const SHOWN_DECISIONS = 200, SHOWN_REJECTS = 100, SHOWN_STEPS = 50, SHOWN_BATCHES = 40;
const KINDS = [['FLEET', 'fleet'], ['MEMORY', 'memory'], ['RETRY', 'retries'], ['SAMPLE', 'samples'],
  ['REQUEST', 'requests'], ['EVALUATION', 'evaluations'], ['STEP', 'steps'], ['RUN', 'run']];
const chosen = new Set(KINDS.map(([kind]) => kind).filter(kind => kind !== 'STEP'));
let workersListed = '';

/** @param again is called when another choice asks for another list */
export function create(again) {
  for (const [kind, label] of KINDS) {
    const box = element('input', { type: 'checkbox', ...(chosen.has(kind) ? { checked: '' } : {}) });
    box.addEventListener('change', () => {
      if (box.checked) chosen.add(kind); else chosen.delete(kind);
      again();
    });
    const chip = element('label', { class: 'chip' });
    chip.append(box, element('span', {}, label));
    byId('kinds').append(chip);
  }
  byId('decisionWorker').addEventListener('change', again);
  byId('decisionText').addEventListener('input', again);
}

const sectionOf = title => byId(title).parentElement;

export function update(state, layers) {
  later('steps', () => steps([state.steps.step.length, state.steps.step.at(-1), state.rollbacks.length].join(), state),
    sectionOf('stepsTitle'));
  later('decisions', () => shownDecisions(state), sectionOf('decisionsTitle'));
  later('batches', () => batches([state.microBatches.length, state.microBatches.at(-1)?.is.attempt].join(), state, layers),
    sectionOf('batchesTitle'));
  later('others', () => {
    rejects([state.rejected.length, state.rejected.at(-1)?.atMillis, state.rejected.at(-1)?.sampleId].join(), state);
    sources(JSON.stringify(state.now.run.planner?.sources ?? {}), state.now.run.planner?.sources ?? {});
    accounts(state);
  }, sectionOf('accountsTitle'));
}

const steps = whenChanged(state => {
  const all = state.steps;
  const gone = undone(state);
  const last = [];
  for (let i = all.step.length - 1; i >= 0 && last.length < SHOWN_STEPS; i--) last.push(i);
  rows(byId('steps'), last, i => `${all.step[i]}-${all.version[i]}${gone[i] ? '-undone' : ''}`, i => {
    const notes = (state.notes.get(all.step[i]) || []).join('; ');
    return row([all.step[i], number(all.loss[i], 4), number(all.tokens[i]), all.samples[i],
      all.microBatches[i], all.workers[i], number(all.gradientNorm[i]), number(all.learningRate[i], 6),
      millis(all.millis[i]), { class: 'text', text: (gone[i] ? 'undone by a rollback' + (notes ? '; ' : '') : '') + notes }],
    gone[i] ? { class: 'undone' } : {});
  });
  byId('noSteps').hidden = last.length > 0;
});

function shownDecisions(state) {
  const seen = [...new Set(state.happenings.map(is => is.worker).filter(Boolean))].sort();
  if (seen.join('\n') !== workersListed) {
    workersListed = seen.join('\n');
    const select = byId('decisionWorker');
    const before = select.value;
    select.replaceChildren(element('option', { value: '' }, 'all workers'),
      ...seen.map(worker => element('option', { value: worker }, worker)));
    select.value = seen.includes(before) ? before : '';
  }
  const choice = { kinds: chosen, worker: byId('decisionWorker').value, text: byId('decisionText').value,
    most: SHOWN_DECISIONS };
  const found = decisions(state, choice);
  drawDecisions([[...chosen].join(), choice.worker, choice.text, found.length, found[0]?.number].join('|'), found);
}

const drawDecisions = whenChanged(found => {
  rows(byId('decisions'), found, is => is.number, is => row([
    { class: 'time', text: clock(is.atMillis) },
    { class: 'text', text: is.worker || (is.step !== undefined ? 'step ' + is.step : 'run') },
    { class: 'text reason', text: is.text }], { 'data-kind': is.kind }));
  text('decisionCount', count(found.length, 'decision') + (found.length === SHOWN_DECISIONS ? ', the latest' : ''));
});

const rejects = whenChanged(state => {
  const counts = Object.entries(state.now.rejectedBy);
  const all = counts.reduce((sum, [, many]) => sum + many, 0);
  text('rejectCount', all ? count(all, 'sample') + ' rejected: '
    + counts.map(([reason, many]) => number(many) + ' ' + reason).join(', ') : 'No sample is rejected.');
  byId('rejectTable').hidden = !all;
  byId('rejects').replaceChildren(...state.rejected.slice(-SHOWN_REJECTS).reverse().map(is => row([
    { class: 'time', text: clock(is.atMillis) }, { class: 'text', text: is.sampleId },
    { class: 'text', text: `${is.origin.partition}/${is.origin.offset}` + (is.source ? ', ' + is.source : '') },
    { class: 'text', text: is.reason }, { class: 'text reason', text: is.note }])));
});

const batches = whenChanged((state, layers) => {
  rows(byId('batches'), state.microBatches.slice(-SHOWN_BATCHES).reverse(), one => one.is.attempt, ({ is, measures }) => row([
    is.attempt, is.step < 0 ? 'evaluation' : is.step, { class: 'text', text: is.worker }, is.sequences,
    measures ? number(measures.tokens) : '–', { class: 'text', text: plan(is.plan, layers) },
    measures ? bytes(measures.peakBytes) : '–', millis(is.endedMillis - is.dispatchedMillis),
    measures ? millis((measures.forwardMicros + measures.backwardMicros) / 1000) : '–',
    { class: 'text', text: is.outcome.toLowerCase().replaceAll('_', ' ') }]));
  byId('noBatches').hidden = state.microBatches.length > 0;
});

const sources = whenChanged(all => {
  const entries = Object.entries(all);
  byId('sourcesSection').hidden = entries.length < 2
    && !entries.some(([, is]) => is.weight || is.status !== 'ACTIVE');
  byId('sources').replaceChildren(...entries.map(([name, is]) => row([{ class: 'text', text: name },
    { class: 'text', text: is.status.toLowerCase() + (is.evaluation ? ', for evaluation' : '') },
    is.weight || '–', number(is.waiting), number(is.trained), number(is.rejected)])));
});

function accounts(state) {
  const { run, detail, known, lag, foreign } = state.now;
  const of = detail?.accounts;
  const evaluated = Object.values(run.planner?.sources ?? {}).reduce((sum, is) => sum + (is.evaluation ? is.waiting : 0), 0);
  const trained = Object.values(run.planner?.sources ?? {}).reduce((sum, is) => sum + is.trained, 0);
  const passed = Object.values(foreign).reduce((sum, many) => sum + many, 0);
  const lines = [
    ['admitted', number(known.admitted) + ' sequences'],
    ['in committed steps', number(trained) + (detail?.left.epochs > 1
      ? `, epoch ${detail.left.epoch + 1} of ${detail.left.epochs}` : '')],
    ['in open steps', of ? number(of.members) + ', ' + number(of.waiting) + ' of them in no micro-batch' : '–'],
    ['waiting', number(run.planner?.waiting.backlogSamples)],
    ['kept for evaluation', number(evaluated)],
    ['rejected', number(Object.values(state.now.rejectedBy).reduce((sum, many) => sum + many, 0))],
    ['micro-batches', of ? `${of.dispatched} under way, ${of.trained} trained, ${of.asked} asked for, ${of.contributed} contributed` : '–'],
    ['lost before they were read', number(run.planner?.waiting.inputsLost)],
    ['records of strangers passed over', number(passed)],
    ...Object.entries(lag).map(([topic, many]) => [`lag of ${topic}`, count(many, 'record')]),
  ];
  drawAccounts(JSON.stringify(lines), lines);
}

const drawAccounts = whenChanged(lines => {
  byId('accounts').replaceChildren(...lines.map(([term, value]) => {
    const pair = element('div');
    pair.append(element('dt', {}, term), element('dd', {}, value));
    return pair;
  }));
});

/** Of all workers, over the last ten seconds. */
function speed(state) {
  let sum = 0;
  for (const worker of state.now.run.workers ?? []) {
    const last = worker.silentMillis > 5000 ? [] : state.hulls.get(worker.workerId)?.speed.slice(-5) ?? [];
    sum += last.length ? last.reduce((all, one) => all + one, 0) / last.length : 0;
  }
  return state.now.run.workers ? sum : state.now.run.tokensPerSecond;
}

export function figures(state) {
  const { run, known, detail } = state.now;
  const planner = run.planner;
  const evaluated = planner?.evaluated;
  text('step', planner ? planner.step : '–');
  text('loss', run.lastStep ? number(run.lastStep.loss, 4) : '–');
  text('evaluated', evaluated?.last ? number(evaluated.last.loss, 4) : '–');
  text('evaluatedLabel', evaluated?.best ? `evaluated; lowest ${number(evaluated.best.loss, 4)}` : 'evaluated loss');
  text('speed', number(speed(state), 0));
  text('members', run.workers ? run.workers.length : '–');
  text('backlog', planner ? number((known.left?.samples ?? planner.waiting.backlogSamples)) : '–');
  const status = planner?.status;
  text('left', status?.finished ? 'done' : status?.paused ? 'paused'
    : known.left?.seconds === null || known.left?.seconds === undefined ? '–' : duration(known.left.seconds));
  text('leftLabel', detail?.left.steps !== null && detail?.left.steps !== undefined
    ? `to go, ${number(detail.left.steps)} steps at most` : 'until all of it is trained');
}
