// What the page knows: the fold of the messages of /api/live. Pure.

/** As many as the coordinator keeps of each. */
const MOST = {
  steps: 10000, happenings: 1000, openings: 200, microBatches: 500, times: 200,
  evaluations: 2000, rollbacks: 500, rejected: 500, hull: 300,
};

const STEP_COLUMNS = ['step', 'version', 'loss', 'gradientNorm', 'learningRate', 'millis', 'tokens',
  'samples', 'microBatches', 'workers'];
const HULL_COLUMNS = ['at', 'used', 'peak', 'others', 'line', 'forecast', 'speed'];
const LISTS = ['happenings', 'openings', 'microBatches', 'times', 'evaluations', 'rollbacks',
  'rejected'];

function columns(names) {
  return Object.fromEntries(names.map(name => [name, []]));
}

export function empty() {
  const state = { now: null, steps: columns(STEP_COLUMNS), notes: new Map(), hulls: new Map(),
    changes: 0 };
  for (const name of LISTS) state[name] = [];
  return state;
}

function append(to, from, most) {
  for (const name of Object.keys(to)) {
    for (const value of from[name]) to[name].push(Number(value));
    if (to[name].length > most) to[name].splice(0, to[name].length - most);
  }
}

/** The state after the message; a message with everything replaces what was there. */
export function take(before, message) {
  const state = message.all ? empty() : before;
  const { news, ...now } = message;
  state.now = now;
  state.changes++;
  append(state.steps, news.steps, MOST.steps);
  for (const [step, notes] of Object.entries(news.steps.notes)) state.notes.set(Number(step), notes);
  while (state.notes.size > MOST.openings) state.notes.delete(state.notes.keys().next().value);
  for (const name of LISTS) {
    if (news[name].length) state[name] = state[name].concat(news[name]).slice(-MOST[name]);
  }
  for (const [worker, points] of Object.entries(news.hulls)) {
    if (!state.hulls.has(worker)) state.hulls.set(worker, columns(HULL_COLUMNS));
    append(state.hulls.get(worker), points, MOST.hull);
  }
  return state;
}

/** For each step whether a rollback undid it; kept until there is another step or rollback. */
export function undone(state) {
  const { rollbacks } = state;
  const { version } = state.steps;
  const key = [version.length, version[0], version.at(-1), rollbacks.length].join();
  if (state.undone?.key !== key) {
    state.undone = { key, gone: version.map(is => rollbacks.some(
      back => back.afterVersion < is && is < back.beforeVersion)) };
  }
  return state.undone.gone;
}

/**
 * Columns of the loss chart: step, loss, undone loss, evaluation. An undone stretch begins at the
 * last step that holds, so that the lines meet.
 */
export function lossColumns(state) {
  const { step, loss } = state.steps;
  const gone = undone(state);
  const xs = [...step];
  const held = loss.map((value, i) => gone[i] ? null : value);
  const lost = loss.map((value, i) =>
    gone[i] || gone[i + 1] && i + 1 < gone.length ? value : null);
  const index = new Map(xs.map((x, i) => [x, i]));
  const evaluated = xs.map(() => null);
  for (const one of state.evaluations) {
    if (index.has(one.step)) {
      evaluated[index.get(one.step)] = one.loss;
    } else if (one.step < 0 && (!xs.length || xs[0] <= 1)) {
      const before = (xs.length ? xs[0] : 1) - 1;
      xs.unshift(before);
      held.unshift(null);
      lost.unshift(null);
      evaluated.unshift(one.loss);
      index.set(one.step, 0);
      for (const [x, i] of index) if (x >= 0) index.set(x, i + 1);
    }
  }
  return [xs, held, lost, evaluated];
}

/** Our columns of the loss chart, and the other run's loss by the same steps: as tables to be joined. */
export function comparedColumns(state, other) {
  const gone = undone(other);
  return [lossColumns(state), [[...other.steps.step], other.steps.loss.map((loss, i) => gone[i] ? null : Number(loss))]];
}

/** Where a run has got to: of the steps that no rollback undid. */
export function ends(state) {
  const { steps } = state;
  const gone = undone(state);
  const held = [...steps.step.keys()].filter(i => !gone[i]);
  const sum = column => held.reduce((all, i) => all + Number(column[i]), 0);
  const last = held.slice(-10);
  const seconds = steps.millis.reduce((all, one) => all + Number(one), 0) / 1000;
  const lowest = state.evaluations.reduce((best, is) => !best || is.loss < best.loss ? is : best, null);
  return {
    steps: held.length, undone: steps.step.length - held.length,
    samples: sum(steps.samples), tokens: sum(steps.tokens), seconds,
    tokensPerSecond: seconds ? steps.tokens.reduce((all, one) => all + Number(one), 0) / seconds : null,
    loss: last.length ? last.reduce((all, i) => all + Number(steps.loss[i]), 0) / last.length : null,
    highestRate: held.length ? held.reduce((most, i) => Math.max(most, Number(steps.learningRate[i])), 0) : null,
    evaluated: state.evaluations.at(-1)?.loss ?? null, lowest,
  };
}

/** Mean part of each phase in the last steps, and what they are called. */
export const PHASES = [
  ['opened', 'dispatched', 'waits for a worker'],
  ['dispatched', 'trained', 'trains'],
  ['trained', 'contributed', 'waits for gradients'],
  ['contributed', 'summed', 'sums'],
  ['summed', 'ended', 'commits'],
];

/** Milliseconds of each phase of a step; one that the records do not show is part of the next. */
export function phases(times) {
  let from = 0;
  return PHASES.map(([, to]) => {
    const until = times[to] < 0 ? from : Math.max(from, times[to]);
    const took = until - from;
    from = until;
    return took;
  });
}

export function meanPhases(state, last) {
  const steps = state.times.filter(times => times.outcome === 'committed').slice(-last);
  const sums = PHASES.map(() => 0);
  for (const step of steps) phases(step).forEach((took, i) => { sums[i] += took; });
  return { steps: steps.length, millis: sums.map(sum => steps.length ? sum / steps.length : 0) };
}

/** Decisions that are asked for, the latest first. */
export function decisions(state, { kinds, worker, text, most }) {
  const words = text.trim().toLowerCase();
  const found = [];
  const all = kinds.has('STEP')
    ? [...state.happenings, ...state.openings].sort((a, b) => a.number - b.number)
    : state.happenings;
  for (let i = all.length - 1; i >= 0 && found.length < most; i--) {
    const is = all[i];
    if (!kinds.has(is.kind) || worker && is.worker !== worker) continue;
    if (words && !`${is.worker || ''} step ${is.step ?? ''} ${is.text}`.toLowerCase().includes(words)) {
      continue;
    }
    found.push(is);
  }
  return found;
}

/**
 * What became of a request: null while nothing did, and done is null while it is under way.
 *
 * @param asked action, request (its id, may be null), name, and the number of happenings before it
 */
export function effect(state, asked) {
  const status = state.now?.run?.planner?.status;
  const after = state.happenings.filter(is => is.number >= asked.from);
  const refused = asked.request && after.find(
    is => is.request === asked.request && is.text.startsWith('a request is refused: '));
  if (refused) return { done: false, text: refused.text.slice('a request is '.length) };
  const find = start => after.find(is => is.kind === 'REQUEST' && is.text.startsWith(start));
  switch (asked.action) {
    case 'pause': return status?.paused ? { done: true, text: 'paused' } : null;
    case 'resume': return status && !status.paused ? { done: true, text: 'training goes on' } : null;
    case 'finish': return status?.finished ? { done: true, text: 'the run is finished' }
      : status?.finishing ? { done: true, text: 'what was submitted is trained, then the run ends' }
        : null;
    case 'checkpoint': {
      const taken = find(`checkpoint ${asked.name} is version `);
      return taken ? { done: true, text: taken.text } : null;
    }
    case 'rollback': {
      const back = after.find(is => is.kind === 'REQUEST'
        && is.text.includes(` is checkpoint ${asked.name} again`));
      return back ? { done: true, text: back.text } : null;
    }
    case 'drain': {
      const gone = after.find(is => is.kind === 'FLEET' && is.worker === asked.name && / is gone: /.test(is.text));
      const drains = after.find(is => is.request === asked.request && is.text.startsWith('drains'));
      if (!drains) return null;
      return gone && gone.number > drains.number ? { done: true, text: gone.text }
        : { done: null, text: 'it ends what it has in work, and leaves' };
    }
    case 'memory-cap': {
      const capped = after.find(is => is.request === asked.request && is.kind === 'MEMORY');
      return capped ? { done: true, text: capped.text } : null;
    }
    default: return null;
  }
}
