// How the page bears a large run, without one: 64 workers and 10,000 steps, told by a made-up
// connection. Needs chromium; after `npm ci` here:
//     CHROMIUM=/usr/bin/chromium node load.mjs DIRECTORY_OF_THE_PAGE [SECONDS]
// where PROFILE=FILE writes a profile for Chromium's developer tools, and the directory has the page's
// files and uplot/, as coordinator/target/classes/META-INF/resources.
import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import puppeteer from 'puppeteer-core';

const [, , directory, seconds = '60'] = process.argv;
const types = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.svg': 'image/svg+xml' };
const server = createServer((request, response) => {
  if (request.url === '/api/run') { // the page asks whether it is let in
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    return;
  }
  const path = normalize(request.url === '/' ? '/index.html' : request.url);
  try {
    const body = readFileSync(join(directory, path));
    response.writeHead(200, { 'content-type': types[extname(path)] || 'text/plain',
      'content-security-policy': "default-src 'self'; require-trusted-types-for 'script'" });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(0, 'localhost');
await new Promise(done => server.on('listening', done));

/** Runs in the page, before its own scripts. */
function madeUp() {
  const WORKERS = 64, STEPS = 10000, POINTS = 300, PLAN = { recomputeLayers: 8, headChunkTokens: 1024, mlpTileTokens: 0, offloadLayers: 0, attentionGroups: 1 };
  const GIB = 2 ** 30;
  let step = STEPS, number = 1000, attempt = 500;
  const ids = Array.from({ length: WORKERS }, (_, i) => 'worker-' + String(i + 1).padStart(2, '0'));
  const many = (from, to, of) => Array.from({ length: to - from }, (_, i) => of(from + i));
  const steps = (from, to) => ({ step: many(from, to, n => n), version: many(from, to, n => n), loss: many(from, to, n => 1 + 3 / (1 + n / 500) + Math.random() / 10),
    gradientNorm: many(from, to, () => 0.5 + Math.random()), learningRate: many(from, to, n => 1e-4 * (1 - n / 20000)), millis: many(from, to, () => 900 + Math.random() * 200),
    tokens: many(from, to, () => 500000), samples: many(from, to, () => 512), microBatches: many(from, to, () => 130), workers: many(from, to, () => WORKERS), notes: {} });
  const happening = n => ({ number: n, atMillis: Date.now(), kind: ['MEMORY', 'FLEET', 'RETRY'][n % 3], worker: ids[n % WORKERS], step: step, text: 'others hold 18 GiB and the card is full: down to 27 GiB, for more of them' });
  const batch = n => ({ is: { attempt: n, step, worker: ids[n % WORKERS], sequences: 4, plan: PLAN, dispatchedMillis: Date.now() - 1500, endedMillis: Date.now() - Math.random() * 500, outcome: 'trained' },
    measures: { tokens: 4000, peakBytes: 60 * GIB, forwardMicros: 200000, backwardMicros: 500000 } });
  const times = n => ({ step: n, openedMillis: Date.now() - 1000, dispatched: 5, trained: 800, contributed: 850, summed: 950, ended: 1000, outcome: 'committed' });
  const hull = (from, points) => ({ at: many(0, points, i => from + i * 2000), used: many(0, points, () => 20e6), peak: many(0, points, () => 50e6 + Math.random() * 1e7), others: many(0, points, () => 0),
    line: many(0, points, () => 78e6), forecast: many(0, points, () => 60e6), speed: many(0, points, () => 7000 + Math.random() * 2000) });
  const message = (all, news) => ({ all, atMillis: Date.now(), run: { settings: { runId: 'large', model: { name: 'made up' }, lora: { loraRank: 16 } },
    planner: { step, version: step, phase: 'training', waiting: { backlogSamples: 1000, inputsLost: 0 }, status: { paused: false, finishing: false, finished: false, checkpoints: { a: 1 } }, sources: { default: { status: 'ACTIVE', weight: 0, waiting: 1, trained: 1, rejected: 0 } }, evaluated: {} },
    tokensPerSecond: 500000, lastStep: { loss: 1 }, workers: ids.map((workerId, i) => ({ workerId, device: { kind: 'cuda', name: 'a card', precision: 'bf16', totalBytes: 80 * GIB }, membership: { generation: 1, lane: i, ready: true, maxTokens: 8192 },
      tokensPerSecond: 8000, silentMillis: 100, memory: { usedBytes: 20 * GIB, peakBytes: (50 + Math.random() * 10) * GIB, reservedBytes: 0, freeBytes: 0, othersBytes: 0, budgetBytes: 79 * GIB } })) },
  detail: { workers: Object.fromEntries(ids.map(id => [id, { draining: false, lineBytes: 78 * GIB, restBytes: 20 * GIB, forecastBytes: 60 * GIB, tasks: [1, 2].map(n => ({ attempt: n, step, sequences: 4, tokens: 4000, plan: PLAN, forecastBytes: 60 * GIB })) }])),
    accounts: { members: 512, waiting: 10, dispatched: 128, trained: 1, asked: 0, contributed: 0 }, left: { samples: 100000, steps: null, epoch: 0, epochs: 1 }, nextOffsets: {} },
  known: { admitted: 5120000, rejected: 0, left: { samples: 100000, seconds: 200 } }, lag: { samples: 0 }, foreign: {}, rejectedBy: {},
  news: { steps: steps(0, 0), happenings: [], openings: [], microBatches: [], times: [], evaluations: [], rollbacks: [], rejected: [], hulls: {}, ...news } });
  window.measured = { frames: [], characters: 0, messages: 0, first: null };
  window.WebSocket = class extends EventTarget {
    static OPEN = 1;
    readyState = 1;
    constructor() {
      super();
      const tell = said => {
        const data = JSON.stringify(said);
        window.measured.characters += data.length;
        window.measured.messages++;
        this.dispatchEvent(new MessageEvent('message', { data }));
      };
      setTimeout(() => {
        const said = message(true, { steps: steps(1, STEPS + 1), happenings: many(0, 1000, happening), microBatches: many(0, 500, batch), times: many(STEPS - 200, STEPS, times),
          rollbacks: [{ checkpoint: 'a', afterVersion: 4000, beforeVersion: 4300, step: 4299 }], evaluations: many(1, 200, n => ({ step: n * 50, loss: 2 + 3 / n })),
          hulls: Object.fromEntries(ids.map(id => [id, hull(Date.now() - POINTS * 2000, POINTS)])) });
        window.measured.first = JSON.stringify(said).length;
        tell(said);
        setInterval(() => {
          step++;
          tell(message(false, { steps: steps(step, step + 1), happenings: [happening(number++)], microBatches: many(attempt, attempt += 64, batch), times: [times(step)],
            hulls: Object.fromEntries(ids.map(id => [id, hull(Date.now(), step % 4 ? 0 : 1)])) }));
        }, 500);
      }, 0);
    }
  };
  let last = performance.now();
  const frame = now => { window.measured.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage();
page.on('pageerror', e => console.log('page error', e.message));
await page.setViewport({ width: 1280, height: 900 });
await page.evaluateOnNewDocument(madeUp);
const begin = Date.now();
const client = await page.createCDPSession();
if (process.env.PROFILE) {
  await client.send('Profiler.enable');
  await client.send('Profiler.setSamplingInterval', { interval: 500 });
}
await page.goto(`http://localhost:${server.address().port}/`);
await page.waitForSelector('html[data-ready]', { timeout: 180000 });
const load = Date.now() - begin;
await new Promise(done => setTimeout(done, 5000));
await page.evaluate(() => { window.measured.frames.length = 0; window.measured.characters = 0; });
const before = await page.metrics();
if (process.env.PROFILE) await client.send('Profiler.start');
await new Promise(done => setTimeout(done, Number(seconds) * 1000));
const is = await page.evaluate(() => window.measured);
const after = await page.metrics();
if (process.env.PROFILE) writeFileSync(process.env.PROFILE, JSON.stringify((await client.send('Profiler.stop')).profile));
const frames = is.frames.sort((a, b) => a - b);
const at = part => frames[Math.floor((frames.length - 1) * part)].toFixed(1);
console.log(JSON.stringify({ loadMillis: load, firstMessageCharacters: is.first, seconds: Number(seconds), frames: frames.length,
  frameMillis: { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) }, scriptSeconds: (after.ScriptDuration - before.ScriptDuration).toFixed(2),
  charactersASecond: Math.round(is.characters / seconds), heapMiB: [before.JSHeapUsedSize, after.JSHeapUsedSize].map(bytes => (bytes / 2 ** 20).toFixed(1)) }));
await browser.close();
server.close();
