// What an operator asks for, and what became of it.

import { byId, element } from './dom.js';
import { clock, number } from './format.js';
import { effect } from './store.js';

const SLOW_MILLIS = 15000;
const MOST_SHOWN = 8;
const asked = [];
let current = () => null;

async function post(path) {
  const answer = await fetch(path, { method: 'POST' });
  if (!answer.ok) {
    throw new Error((await answer.text()).slice(0, 300) || 'the coordinator answers ' + answer.status);
  }
  return answer.json();
}

async function ask(action, name, words) {
  const from = current().happenings.at(-1)?.number + 1 || 0;
  const one = { action, name, request: null, from, words, atMillis: Date.now(), state: 'sent', text: 'is sent' };
  asked.unshift(one);
  asked.splice(MOST_SHOWN);
  show();
  try {
    const { request } = await post(`api/control/${action}` + (name ? '?name=' + encodeURIComponent(name) : ''));
    one.request = request;
    one.state = 'waiting';
    one.text = 'the broker has it; the planner has not acted yet';
  } catch (e) {
    one.state = 'failed';
    one.text = e instanceof TypeError ? 'the coordinator does not answer; ask again' : e.message;
  }
  show();
}

/** Resolves to the name, or to true; to null when it is not to be done. */
function confirmed({ title, body, action, destroys, name }) {
  const dialog = byId('dialog');
  byId('dialogTitle').textContent = title;
  byId('dialogBody').textContent = body;
  byId('dialogName').hidden = !name;
  const input = byId('nameInput');
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

export function update(state) {
  const planner = state.now.run.planner;
  const status = planner?.status;
  const pause = byId('pause');
  const label = status?.paused ? 'Resume' : 'Pause';
  if (pause.textContent !== label) pause.textContent = label;
  const over = !status || status.finished;
  pause.disabled = byId('checkpoint').disabled = over;
  byId('finish').disabled = over || status.finishing;
  checkpoints(planner, over);
  let changed = false;
  for (const one of asked) {
    if (one.state !== 'waiting' && one.state !== 'slow') continue;
    const became = effect(state, one);
    if (became) {
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
    const back = element('button', { type: 'button', 'aria-label': 'Roll back to ' + name }, 'Roll back…');
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
