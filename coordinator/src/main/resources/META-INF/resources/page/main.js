// The page: listens to /api/live, keeps what it hears, and draws it.

import { byId, text } from './dom.js';
import { clock } from './format.js';
import { empty, take } from './store.js';
import * as charts from './charts.js';
import { later } from './frames.js';
import * as compare from './compare.js';
import * as controls from './controls.js';
import * as hulls from './hulls.js';
import * as session from './session.js';
import * as tables from './tables.js';
import * as timeline from './timeline.js';

const AGAIN_MILLIS = [300, 1000, 2000, 4000];
const SILENT_MILLIS = 5000;
let state = empty();
let failures = 0;
let heardMillis = 0;
let socket = null;
const dark = matchMedia('(prefers-color-scheme: dark)');

function address() {
  const url = new URL('api/live', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** A browser does not say why a WebSocket was refused: who is not let in is asked first. */
async function connect() {
  const letIn = await session.letIn();
  byId('main').hidden = letIn === false && !state.now;
  if (letIn) listen();
  else if (letIn === null) closed(null);
  else connection(null);
}

function closed(reason) {
  const wait = AGAIN_MILLIS[Math.min(failures++, AGAIN_MILLIS.length - 1)];
  connection(reason);
  setTimeout(connect, wait);
}

function listen() {
  const mine = socket = new WebSocket(address(), session.protocols());
  mine.addEventListener('message', message => {
    failures = 0;
    heardMillis = Date.now();
    state = take(state, JSON.parse(message.data));
    soon();
  });
  mine.addEventListener('close', is => closed(is.reason || null));
}

/** One drawing for all messages since the last; none while nobody sees it. */
function soon() {
  later('page', () => {
    if (!document.hidden) draw();
  });
}

function draw() {
  if (!state.now) return;
  const theme = dark.matches ? 'dark' : 'light';
  const { run } = state.now;
  text('run', `${run.settings.runId} · ${run.settings.model.name}, LoRA rank ${run.settings.lora.loraRank}`);
  connection(null);
  later('figures', () => tables.figures(state));
  later('controls', () => controls.update(state));
  hulls.update(state, theme, run.settings.layers);
  charts.update(state, theme);
  later('compare', () => compare.update(state));
  later('timeline', () => timeline.update(state, theme), byId('timelineTitle').parentElement);
  tables.update(state, run.settings.layers);
  later('ready', () => { document.documentElement.dataset.ready = 'yes'; });
}

function phase() {
  const planner = state.now?.run.planner;
  if (!planner) {
    return state.now ? 'the planner runs in another process'
      : byId('signIn').hidden ? 'connecting…' : 'a token is asked for';
  }
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
compare.create(soon);
dark.addEventListener('change', soon);
addEventListener('resize', soon);
document.addEventListener('visibilitychange', soon);
session.create(connect);
setInterval(() => connection(null), 1000);
connect();
