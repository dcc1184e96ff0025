// The page: listens to /api/live, keeps what it hears, and draws it.

import { byId, text } from './dom.js';
import { clock } from './format.js';
import { empty, take } from './store.js';
import * as charts from './charts.js';
import * as controls from './controls.js';
import * as hulls from './hulls.js';
import * as tables from './tables.js';
import * as timeline from './timeline.js';

const AGAIN_MILLIS = [300, 1000, 2000, 4000];
const SILENT_MILLIS = 5000;
let state = empty();
let failures = 0;
let heardMillis = 0;
let due = false;
let socket = null;
const dark = matchMedia('(prefers-color-scheme: dark)');

function address() {
  const url = new URL('api/live', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

function connect() {
  const mine = socket = new WebSocket(address());
  mine.addEventListener('message', message => {
    failures = 0;
    heardMillis = Date.now();
    state = take(state, JSON.parse(message.data));
    soon();
  });
  mine.addEventListener('close', closed => {
    const wait = AGAIN_MILLIS[Math.min(failures++, AGAIN_MILLIS.length - 1)];
    connection(closed.reason || null);
    setTimeout(connect, wait);
  });
}

/** One drawing for all messages since the last; none while nobody sees it. */
function soon() {
  if (due) return;
  due = true;
  const begin = () => requestAnimationFrame(() => {
    due = false;
    if (!document.hidden) draw();
  });
  begin();
}

function draw() {
  if (!state.now) return;
  const theme = dark.matches ? 'dark' : 'light';
  const { run } = state.now;
  text('run', `${run.settings.runId} · ${run.settings.model.name}, LoRA rank ${run.settings.lora.loraRank}`);
  connection(null);
  tables.figures(state);
  controls.update(state);
  charts.update(state, theme);
  hulls.update(state, theme, run.settings.layers);
  timeline.update(state, theme);
  tables.update(state, run.settings.layers);
  document.documentElement.dataset.ready = 'yes';
}

function phase() {
  const planner = state.now?.run.planner;
  if (!planner) return state.now ? 'the planner runs in another process' : 'connecting…';
  const status = planner.status;
  return status.finished ? 'the run is finished' : status.paused ? 'paused'
    : planner.phase + (status.finishing ? ', finishing' : '');
}

/** What is shown is said to be old when it is. */
function connection(reason) {
  const silent = socket?.readyState !== WebSocket.OPEN || Date.now() - heardMillis > SILENT_MILLIS;
  const lost = heardMillis > 0 && silent;
  document.body.classList.toggle('lost', lost);
  byId('lost').hidden = !lost && !(failures > 1 && heardMillis === 0);
  if (!byId('lost').hidden) {
    text('lost', (heardMillis ? `The coordinator has not answered since ${clock(heardMillis)}; what is shown is from then. `
      : 'The coordinator does not answer. ') + (reason ? reason + '. ' : '') + 'Trying again.');
  }
  const words = phase();
  text('phase', words);
  byId('phase').dataset.kind = lost ? 'lost' : words.startsWith('paused') ? 'paused'
    : words.includes('finished') ? 'finished' : 'live';
}

charts.create(() => state);
tables.create(soon);
controls.create(() => state);
dark.addEventListener('change', soon);
addEventListener('resize', soon);
document.addEventListener('visibilitychange', soon);
setInterval(() => connection(null), 1000);
connect();
