// Run by PageScriptsTest, where node is found: node --test src/test/js
import assert from 'node:assert/strict';
import test from 'node:test';
import * as format from '../../main/resources/META-INF/resources/page/format.js';
import * as store from '../../main/resources/META-INF/resources/page/store.js';

const steps = (from, to, version = n => n) => {
  const all = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return { step: all, version: all.map(version), loss: all.map(n => 10 - n), gradientNorm: all, learningRate: all,
    millis: all, tokens: all, samples: all, microBatches: all, workers: all, notes: { [to]: ['a note'] } };
};
const news = (more = {}) => ({ steps: steps(1, 0), happenings: [], openings: [], microBatches: [], times: [],
  evaluations: [], rollbacks: [], rejected: [], hulls: {}, ...more });
const message = (more, all = false, now = {}) => ({ all, run: { planner: { status: {} } }, ...now, news: news(more) });
const happening = (number, text, more = {}) => ({ number, atMillis: number, kind: 'REQUEST', text, ...more });

test('what is new is added, and everything replaces what was there', () => {
  let state = store.take(store.empty(), message({ steps: steps(1, 3) }, true));
  state = store.take(state, message({ steps: steps(4, 5) }));
  assert.deepEqual(state.steps.step, [1, 2, 3, 4, 5]);
  assert.deepEqual(state.notes.get(5), ['a note']);
  state = store.take(state, message({ steps: steps(2, 3) }, true));
  assert.deepEqual(state.steps.step, [2, 3]);
});

test('no more is kept than the coordinator keeps', () => {
  let state = store.take(store.empty(), message({ steps: steps(1, 9000) }, true));
  state = store.take(state, message({ steps: steps(9001, 12000) }));
  assert.equal(state.steps.step.length, 10000);
  assert.equal(state.steps.step[0], 2001);
  assert.equal(state.steps.loss.length, 10000);
});

test('steps that a rollback undid are in a curve of their own', () => {
  // versions 1..4, back to 2 as version 5, then 6
  const all = { ...steps(1, 5, n => n < 5 ? n : 6) };
  const state = store.take(store.empty(), message({ steps: all,
    rollbacks: [{ checkpoint: 'c', afterVersion: 2, beforeVersion: 5, step: 4 }],
    evaluations: [{ step: 2, loss: 7 }, { step: -1, loss: 11 }] }, true));
  assert.deepEqual(store.undone(state), [false, false, true, true, false]);
  const [xs, held, lost, evaluated] = store.lossColumns(state);
  assert.deepEqual(xs, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(held, [null, 9, 8, null, null, 5]);
  assert.deepEqual(lost, [null, null, 8, 7, 6, null]);
  assert.deepEqual(evaluated, [11, null, 7, null, null, null]);
});

test('decisions are found by kind, worker and words, the latest first', () => {
  const state = store.take(store.empty(), message({
    happenings: [happening(0, 'joins', { kind: 'FLEET', worker: 'anna' }), happening(2, 'down to 3 MiB', { kind: 'MEMORY', worker: 'bert' })],
    openings: [happening(1, 'opens', { kind: 'STEP', step: 4 })] }, true));
  const find = more => store.decisions(state, { kinds: new Set(['FLEET', 'MEMORY', 'STEP']), worker: '', text: '', most: 9, ...more })
    .map(is => is.number);
  assert.deepEqual(find({}), [2, 1, 0]);
  assert.deepEqual(find({ most: 1 }), [2]);
  assert.deepEqual(find({ worker: 'anna' }), [0]);
  assert.deepEqual(find({ text: ' DOWN to' }), [2]);
  assert.deepEqual(find({ text: 'step 4' }), [1]);
  assert.deepEqual(find({ kinds: new Set(['FLEET']) }), [0]);
});

test('a request is followed to its effect', () => {
  let state = store.take(store.empty(), message({ happenings: [happening(0, 'checkpoint c is version 1')] }, true));
  const asked = { action: 'checkpoint', name: 'c', request: 'r', from: 1 };
  assert.equal(store.effect(state, asked), null, 'the one before is not its effect');
  state = store.take(state, message({ happenings: [happening(1, 'a request is refused: no', { request: 'other' })] }));
  assert.equal(store.effect(state, asked), null, 'another one is refused');
  state = store.take(state, message({ happenings: [happening(2, 'checkpoint c is version 2')] }));
  assert.deepEqual(store.effect(state, asked), { done: true, text: 'checkpoint c is version 2' });
  state = store.take(state, message({ happenings: [happening(3, 'a request is refused: there is none', { request: 'q' })] }));
  assert.deepEqual(store.effect(state, { action: 'rollback', name: 'd', request: 'q', from: 3 }),
    { done: false, text: 'refused: there is none' });
  assert.equal(store.effect(state, { action: 'pause', from: 0 }), null);
  state = store.take(state, message({}, false, { run: { planner: { status: { paused: true } } } }));
  assert.equal(store.effect(state, { action: 'pause', from: 0 }).done, true);
});

test('a drain is under way until its worker is gone, and a cap is done when it is told', () => {
  const fleet = (number, text, more) => happening(number, text, { kind: 'FLEET', worker: 'anna', ...more });
  let state = store.take(store.empty(), message({ happenings: [fleet(0, 'generation 1 is gone: left: once')] }, true));
  const drain = { action: 'drain', name: 'anna', request: 'r', from: 1 };
  assert.equal(store.effect(state, drain), null);
  state = store.take(state, message({ happenings: [fleet(1, 'drains: by rest', { request: 'r' })] }));
  assert.equal(store.effect(state, drain).done, null);
  state = store.take(state, message({ happenings: [fleet(2, 'generation 9 is gone: left', { worker: 'bert' })] }));
  assert.equal(store.effect(state, drain).done, null, 'another worker has left');
  state = store.take(state, message({ happenings: [fleet(3, 'generation 2 is gone: left: by rest')] }));
  assert.deepEqual(store.effect(state, drain), { done: true, text: 'generation 2 is gone: left: by rest' });
  const cap = { action: 'memory-cap', name: 'bert', request: 'q', from: 4 };
  assert.equal(store.effect(state, cap), null);
  state = store.take(state, message({ happenings: [
    happening(4, 'capped at 5 MiB by cli', { kind: 'MEMORY', worker: 'bert', request: 'other' }),
    happening(5, 'capped at 9 MiB by rest', { kind: 'MEMORY', worker: 'bert', request: 'q' })] }));
  assert.deepEqual(store.effect(state, cap), { done: true, text: 'capped at 9 MiB by rest' });
});

test('another run is drawn by the same steps, and both have their ends', () => {
  const state = store.take(store.empty(), message({ steps: steps(1, 4) }, true));
  const other = { steps: steps(3, 6, n => n), evaluations: [{ step: 4, loss: 3 }, { step: 6, loss: 5 }],
    rollbacks: [{ checkpoint: 'c', afterVersion: 3, beforeVersion: 6, step: 5 }] };
  const [ours, theirs] = store.comparedColumns(state, other);
  assert.equal(ours.length, 4);
  assert.deepEqual(theirs, [[3, 4, 5, 6], [7, null, null, 4]]);
  const end = store.ends(other);
  assert.equal(end.steps, 2);
  assert.equal(end.undone, 2);
  assert.equal(end.loss, 5.5, 'the mean of those that hold');
  assert.deepEqual(end.lowest, { step: 4, loss: 3 });
  assert.equal(end.evaluated, 5);
  assert.equal(store.ends(store.empty()).loss, null);
});

test('phases of a step follow each other, and one that is not shown takes no time', () => {
  assert.deepEqual(store.phases({ dispatched: 10, trained: 50, contributed: -1, summed: 70, ended: 80 }), [10, 40, 0, 20, 10]);
  const state = store.empty();
  state.times = [{ outcome: 'abandoned', dispatched: 900, trained: -1, contributed: -1, summed: -1, ended: 900 },
    { outcome: 'committed', dispatched: 10, trained: 50, contributed: 60, summed: 70, ended: 80 },
    { outcome: 'committed', dispatched: 30, trained: 50, contributed: 60, summed: 70, ended: 80 }];
  assert.deepEqual(store.meanPhases(state, 10), { steps: 2, millis: [20, 30, 10, 10, 10] });
});

test('figures read as people write them', () => {
  assert.equal(format.bytes(0), '0 B');
  assert.equal(format.bytes(1536), '1.5 KiB');
  assert.equal(format.bytes(80 * 2 ** 30), '80 GiB');
  assert.equal(format.duration(3725), '1 h 2 min');
  assert.equal(format.number('NaN'), '–');
  assert.equal(format.number(null), '–');
  assert.equal(format.number(12345.6), '12,346');
  assert.equal(format.millis(-1), '–');
  assert.equal(format.plan({ recomputeLayers: 2147483647, mlpTileTokens: 1024, offloadLayers: 2147483647, attentionGroups: 64 }),
    'recompute all layers, offload all, tiles of 1024, 64 head groups');
});
