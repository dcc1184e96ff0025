// What an operator asks for, and what became of it.

import { byId, element } from './dom.js';
import { bytes, clock, number } from './format.js';
import { headers, mayChange } from './session.js';
import { effect } from './store.js';

const SLOW_MILLIS = 15000;
const MOST_SHOWN = 8;
const asked = [];
let current = () => null;

async function post(path) {
  const answer = await fetch(path, { method: 'POST', headers: headers() });
  if (!answer.ok) {
    throw new Error((await answer.text()).slice(0, 300) || 'the coordinator answers ' + answer.status);
  }
  return answer.json();
}

/** @param more of the query */
async function ask(action, name, words, more = '') {
  const from = current().happenings.at(-1)?.number + 1 || 0;
  const one = { action, name, request: null, from, words, atMillis: Date.now(), state: 'sent', text: 'is sent' };
  asked.unshift(one);
  asked.splice(MOST_SHOWN);
  show();
  try {
    const { request } = await post(`api/control/${action}` + (name ? '?name=' + encodeURIComponent(name) : '') + more);
    one.request = request;
    one.state = 'waiting';
    one.text = 'the broker has it; the planner has not acted yet';
  } catch (e) {
    one.state = 'failed';
    one.text = e instanceof TypeError ? 'the coordinator does not answer; ask again' : e.message;
  }
  show();
}

const NAME = { label: 'Name', pattern: '[A-Za-z0-9._\\-]{1,64}', title: 'letters, digits, dots, dashes or underscores' };
const CAP = { label: 'Bytes of the card', pattern: 'off|[0-9]{1,15}(KiB|MiB|GiB)?', title: 'bytes, such as 40GiB or 600MiB, or off' };

/**
 * Resolves to what was put in, or to true; to null when it is not to be done.
 *
 * @param name what stands in the input at first; without it there is no input
 * @param input its label, pattern and title
 */
function confirmed({ title, body, action, destroys, name, input: of = NAME }) {
  const dialog = byId('dialog');
  byId('dialogTitle').textContent = title;
  byId('dialogBody').textContent = body;
  byId('dialogName').hidden = !name;
  const input = byId('nameInput');
  byId('dialogLabel').textContent = of.label;
  input.pattern = of.pattern;
  input.title = of.title;
  input.required = Boolean(name);
  input.value = name || '';
  const yes = byId('dialogYes');
  yes.textContent = action;
  yes.classList.toggle('danger', Boolean(destroys));
  dialog.returnValue = '';
  dialog.showModal();
  (name ? input : destroys ? byId('dialogNo') : yes).focus();
  return new Promise(resolve => dialog.addEventListener('close',
    () => resolve(dialog.returnValue === 'yes' ? name ? input.value.trim() : true : null), { once: true }));
}

/** @param state gives what the page knows */
export function create(state) {
  current = state;
  byId('dialogNo').addEventListener('click', () => byId('dialog').close('no'));
  byId('dialogForm').addEventListener('submit', e => {
    e.preventDefault();
    byId('dialog').close('yes');
  });
  byId('pause').addEventListener('click', () => {
    const resume = current()?.now?.run.planner?.status.paused;
    ask(resume ? 'resume' : 'pause', null, resume ? 'Resume' : 'Pause');
  });
  byId('finish').addEventListener('click', async () => {
    const yes = await confirmed({ title: 'Finish the run?', action: 'Finish the run', destroys: true,
      body: 'What was submitted is trained, then the run ends. A finished run takes no more samples and cannot be resumed.' });
    if (yes) ask('finish', null, 'Finish');
  });
  byId('checkpoint').addEventListener('click', async () => {
    const step = current()?.now?.run.planner?.step ?? 0;
    const name = await confirmed({ title: 'Take a checkpoint', action: 'Take it', name: 'step-' + step,
      body: 'The current version is kept with its optimizer state under this name. One of that name before is replaced.' });
    if (name) ask('checkpoint', name, 'Checkpoint ' + name);
  });
}

async function rollback(name, version) {
  const now = current().now.run.planner.version;
  const yes = await confirmed({ title: `Roll back to ${name}?`, action: 'Roll back', destroys: true,
    body: `Version ${version} becomes the current one again, and what was trained since (versions ${version + 1} to ${now}) `
      + 'waits to be trained again. The step that is open is abandoned. This cannot be undone.' });
  if (yes) ask('rollback', name, 'Rollback to ' + name);
}

/** What may be asked of a worker, as buttons for its card. */
export function ofWorker(workerId) {
  const drain = element('button', { type: 'button', class: 'control', 'aria-label': 'Drain worker ' + workerId }, 'Drain…');
  drain.addEventListener('click', () => drainWorker(workerId));
  const cap = element('button', { type: 'button', class: 'control', 'aria-label': 'Cap memory of worker ' + workerId }, 'Cap memory…');
  cap.addEventListener('click', () => capMemory(workerId));
  return [drain, cap];
}

async function drainWorker(workerId) {
  const ready = (current().now.run.workers ?? []).filter(worker => worker.membership.ready
    && !current().now.detail?.workers[worker.workerId]?.draining);
  const last = ready.length === 1 && ready[0].workerId === workerId;
  const yes = await confirmed({ title: `Drain ${workerId}?`, action: 'Drain it', destroys: true,
    body: 'It ends the micro-batch in work, contributes its sum and leaves; its process ends. '
      + (last ? 'No other worker is ready: nothing is trained until one joins. ' : 'The others go on with its part. ')
      + 'Whatever restarts processes that end would start it again.' });
  if (yes) ask('drain', workerId, 'Drain ' + workerId);
}

async function capMemory(workerId) {
  const deck = current().now.detail?.workers[workerId];
  const now = deck?.capBytes ? `It is capped at ${bytes(deck.capBytes)} now; off takes that away. ` : '';
  const most = deck?.capBytes || deck?.lineBytes || 0;
  const given = await confirmed({ title: `Cap the memory of ${workerId}`, action: 'Cap it', input: CAP,
    name: most ? Math.floor(most / 2 ** 20) + 'MiB' : 'off',
    body: now + 'From the next micro-batch on it is loaded as if its card had so many bytes. The cap holds until it is '
      + 'changed, also when the worker is started again. One below what it needs is refused, with the least that would do.' });
  if (given) {
    ask('memory-cap', workerId, given === 'off' ? `Cap of ${workerId} off` : `Cap ${workerId} at ${given}`,
      '&bytes=' + encodeURIComponent(given));
  }
}

export function update(state) {
  const planner = state.now.run.planner;
  const status = planner?.status;
  const pause = byId('pause');
  const label = status?.paused ? 'Resume' : 'Pause';
  if (pause.textContent !== label) pause.textContent = label;
  const over = !status || status.finished || !mayChange();
  pause.disabled = byId('checkpoint').disabled = over;
  byId('finish').disabled = over || status.finishing;
  checkpoints(planner, over);
  let changed = false;
  for (const one of asked) {
    if (one.state !== 'waiting' && one.state !== 'slow') continue;
    const became = effect(state, one);
    if (became?.done === null) {
      changed ||= one.text !== became.text;
      one.text = became.text;
    } else if (became) {
      one.state = became.done ? 'done' : 'refused';
      one.text = became.text + ` (after ${number((Date.now() - one.atMillis) / 1000, 1)} s)`;
      changed = true;
    } else if (one.state === 'waiting' && Date.now() - one.atMillis > SLOW_MILLIS) {
      one.state = 'slow';
      one.text = 'nothing yet; it takes effect when the planner comes to it';
      changed = true;
    }
  }
  if (changed) show();
}

let listed = '';

function checkpoints(planner, over) {
  const all = Object.entries(planner?.status.checkpoints ?? {}).sort((a, b) => b[1] - a[1]);
  const key = JSON.stringify([all, over]);
  if (key === listed) return;
  listed = key;
  byId('noCheckpoints').hidden = all.length > 0;
  byId('checkpoints').replaceChildren(...all.map(([name, version]) => {
    const item = element('li');
    const words = element('span', {}, name);
    words.append(element('small', {}, ' version ' + number(version)));
    const back = element('button', { type: 'button', class: 'control', 'aria-label': 'Roll back to ' + name }, 'Roll back…');
    back.disabled = over;
    back.addEventListener('click', () => rollback(name, version));
    item.append(words, back);
    return item;
  }));
}

function show() {
  byId('requests').hidden = !asked.length;
  byId('requestList').replaceChildren(...asked.map(one => {
    const item = element('li', { 'data-state': one.state });
    item.append(element('time', {}, clock(one.atMillis)), ' ', element('b', {}, one.words), ': ' + one.text);
    return item;
  }));
}
