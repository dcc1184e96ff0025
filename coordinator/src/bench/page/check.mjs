// See page.sh. Starts a coordinator and two workers, and looks at the page as a person would.
import { spawn, execFileSync } from 'node:child_process';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const { JAVA, PLIMSOLL_HOME: home, OUT: out, CHROMIUM } = process.env;
const samples = Number(process.env.SAMPLES || 1000);
const others = join(out, 'others');
const PATIENCE = 180000;
/** The name of a file that is submitted: the page shows it. */
const SPITEFUL = '<img src=x onerror=alert(1)>';
const children = new Set();
const results = [];

const sleep = millis => new Promise(done => setTimeout(done, millis));

let prefix = 'page';

function plimsoll(log, ...args) {
  const child = spawn(JAVA, ['-XX:+UseSerialGC', '--enable-native-access=ALL-UNNAMED',
    '--sun-misc-unsafe-memory-access=allow', `-Dplimsoll.home=${home}`, '-Dorg.slf4j.simpleLogger.defaultLogLevel=off',
    '-cp', `${home}/common/cli/target/classes:${home}/common/cli/target/lib/*`, 'dev.plimsoll.cli.Plimsoll', ...args,
    '--prefix', prefix], { stdio: ['ignore', 'pipe', 'pipe'] });
  const file = createWriteStream(join(out, log + '.log'), { flags: 'a' });
  child.stdout.pipe(file);
  child.stderr.pipe(file);
  children.add(child);
  const ended = new Promise(done => child.on('exit', code => { children.delete(child); done(code); }));
  return { child, ended };
}

/** The process of the role, below the command that started it. */
function own({ child }) {
  return Number(execFileSync('pgrep', ['-P', String(child.pid)]).toString().trim().split('\n')[0]);
}

function freePort() {
  return new Promise(done => {
    const server = createServer().listen(0, 'localhost', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function data(file, many, from) {
  const words = 'keel deck hold ballast cargo draught hull line mark bow stern rudder mast sail anchor tide'.split(' ');
  const lines = [];
  for (let i = 0; i < many; i++) {
    const length = 20 + (i * 37) % 180;
    const text = Array.from({ length }, (_, j) => words[(from + i * 7 + j * (1 + i % 5)) % words.length]).join(' ');
    lines.push(JSON.stringify({ id: `${from}-${i}`, text }));
  }
  writeFileSync(file, lines.join('\n') + '\n');
  return file;
}

async function until(what, check, patience = PATIENCE) {
  const begin = Date.now();
  for (;;) {
    let is = false;
    try { is = await check(); } catch { /* not yet */ }
    if (is) return Date.now() - begin;
    if (Date.now() - begin > patience) throw new Error(`not in ${patience / 1000} s: ${what}`);
    await sleep(50);
  }
}

async function check(what, body) {
  const begin = Date.now();
  try {
    const figure = await body();
    results.push({ what, ok: true, figure: figure ?? null, millis: Date.now() - begin });
    console.log(`ok    ${what}` + (figure === undefined ? '' : `: ${figure}`));
  } catch (e) {
    results.push({ what, ok: false, figure: e.message });
    console.log(`FAILS ${what}: ${e.message}`);
  }
}

const port = await freePort();
const url = `http://localhost:${port}/`;
const coordinate = () => plimsoll('coordinator', 'coordinator', '--port', String(port), '--samples-per-step', '8',
  '--seed', '7', '--learning-rate', '2e-3', '--evaluate-every', '6', '--evaluate-samples', '8');
const work = id => plimsoll(id, 'worker', '--worker-id', id, '--device', 'cpu', '--threads', '1',
  '--simulated-card-bytes', String(64 << 20), ...(id === 'anna' ? ['--simulated-others-file', others] : []));

const browser = await puppeteer.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage();
const problems = [];
page.on('pageerror', e => problems.push(e.message));
page.on('console', message => {
  if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION|Failed to load resource/.test(message.text())) problems.push(message.text());
});
page.on('dialog', dialog => { problems.push('a dialog of a script: ' + dialog.message()); dialog.dismiss(); });
const textOf = id => page.$eval('#' + id, node => node.innerText);
const click = id => page.$eval('#' + id, node => node.click());
const step = async () => Number(await textOf('step'));
const committed = () => page.$$eval('#steps tr', rows => rows.length ? Number(rows[0].cells[0].innerText) : 0);
const says = async (id, words) => (await textOf(id)).includes(words);
const shot = name => page.screenshot({ path: join(out, name + '.png'), fullPage: true });

async function look(width, scheme) {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await sleep(1500);
}

async function axe() {
  await page.setBypassCSP(true);
  const serious = await page.evaluate(readFileSync(join(out, 'browser/node_modules/axe-core/axe.min.js'), 'utf8')
    + ';axe.run().then(is => is.violations.filter(v => v.impact === "serious" || v.impact === "critical")'
    + '.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(", ")))');
  if (serious.length) throw new Error(serious.join('; '));
  return 'no serious finding';
}

/** Another run on the same broker, behind tokens. */
async function guarded() {
  const [viewer, operator] = ['viewer-token-of-page-sh-1', 'operator-token-of-page-sh-1'];
  const file = join(out, 'tokens');
  writeFileSync(file, `viewer ${viewer}\noperator ${operator}\n`);
  prefix = 'guarded';
  const at = await freePort();
  const there = `http://localhost:${at}/`;
  plimsoll('guarded', 'coordinator', '--port', String(at), '--samples-per-step', '8', '--seed', '8',
    '--learning-rate', '5e-4', '--http-tokens', file);
  await until('the second coordinator answers', async () => (await fetch(there + 'q/health/ready')).ok);
  work('carl');
  await plimsoll('submit', 'submit', '--no-wait', data(join(out, 'second.jsonl'), 400, 3)).ended;
  const signIn = async token => {
    await page.waitForSelector('#signIn:not([hidden])', { timeout: PATIENCE });
    await page.$eval('#token', node => { node.value = ''; });
    await page.focus('#token');
    await page.keyboard.type(token);
    await page.keyboard.press('Enter');
  };
  await check('behind tokens the page asks for one, and shows nothing before', async () => {
    await page.goto(there);
    await page.waitForSelector('#signIn:not([hidden])', { timeout: PATIENCE });
    if (await page.$('html[data-ready]')) throw new Error('the run is shown');
    await shot('sign-in');
    await axe();
    await signIn('a-token-that-nobody-gave');
    await until('it is refused', async () => await says('signInWhy', 'not known'));
  });
  const shownControls = () => page.$$eval('.control', all => all.filter(node => node.offsetParent !== null).length);
  await check('a viewer sees the run live and no controls', async () => {
    await signIn(viewer);
    await page.waitForSelector('html[data-ready]', { timeout: PATIENCE });
    const before = await committed();
    await until('a later step', async () => await committed() > before);
    if (await shownControls()) throw new Error(`${await shownControls()} controls are shown`);
    if (!await says('viewer', "viewer's token")) throw new Error('it is not said why');
    await shot('viewer');
    const asked = await page.evaluate(async token => {
      const answer = await fetch('api/control/pause', { method: 'POST', headers: { Authorization: 'Bearer ' + token } });
      return answer.status + ' ' + await answer.text();
    }, viewer);
    if (!asked.startsWith('403 ')) throw new Error(asked);
    return asked.trim();
  });
  await check('an operator signs in after a sign-out, and pauses', async () => {
    await click('signOut');
    await signIn(operator);
    await page.waitForSelector('html[data-ready]', { timeout: PATIENCE });
    if (!await shownControls()) throw new Error('no controls are shown');
    await until('Pause can be asked for', () => page.$eval('#pause', node => !node.disabled));
    await click('pause');
    await until('paused', async () => await says('requestList', 'Pause: paused'));
  });
  await check('another run is compared: its loss over this one, the ends beside each other', async () => {
    await page.$eval('#compare', node => { node.open = true; });
    await until('the other run is listed', () => page.$eval('#compareWith', node => [...node.options].some(one => one.value === 'page')));
    await page.select('#compareWith', 'page');
    await until('its end figures', () => page.$eval('#compareTable', node => !node.hidden));
    await until('its curve', () => page.$eval('#lossChart', node => node.innerText.includes('loss of page')
      && node.getAttribute('aria-label').includes('the loss of run page')));
    await sleep(1000);
    await shot('compared');
    await axe();
    return (await textOf('compareRows')).replace(/\s+/g, ' ').slice(0, 300);
  });
}

try {
  writeFileSync(others, '0');
  let coordinator = coordinate();
  await until('the coordinator answers', async () => (await fetch(url + 'q/health/ready')).ok);
  const workers = { anna: work('anna'), bert: work('bert') };
  const file = data(join(out, SPITEFUL + '.jsonl'), samples, 0);
  writeFileSync(file, readFileSync(file, 'utf8') + '{"id":"broken"\n' + JSON.stringify({ text: 7 }) + '\n');
  await plimsoll('submit', 'submit', '--no-wait', '--eval', data(join(out, 'held-out.jsonl'), 8, 5)).ended;
  await plimsoll('submit', 'submit', '--no-wait', file).ended;

  await look(1280, 'light');
  const client = await page.createCDPSession();
  await client.send('Network.enable');
  let frames = 0, received = 0;
  client.on('Network.webSocketFrameReceived', ({ response }) => { frames++; received += response.payloadData.length; });
  const begin = Date.now();
  await page.goto(url);
  await page.waitForSelector('html[data-ready]', { timeout: PATIENCE });
  results.push({ what: 'load to first drawing', ok: true, figure: `${Date.now() - begin} ms` });

  await check('steps appear without a reload', async () => {
    await until('three steps', async () => await committed() >= 3);
    return `step ${await committed()} is in the table`;
  });
  await check('news come at least once a second', async () => {
    frames = received = 0;
    await sleep(10000);
    if (frames < 10) throw new Error(`${frames} messages in 10 s`);
    return `${frames} messages, ${received} characters in 10 s`;
  });
  await check('both hulls have a line, a peak and a history', async () => {
    await until('two hulls', () => page.$$eval('.worker', all => all.length === 2
      && all.every(one => /peak\s*[1-9].*line\s*[1-9]/s.test(one.innerText))));
    return (await page.$eval('.worker .measures', node => node.innerText)).replace(/\s+/g, ' ');
  });
  await check('rejected samples stand there with origin and reason, and their markup is text', async () => {
    await until('two rejects', () => page.$$eval('#rejects tr', rows => rows.length === 2));
    const words = await textOf('rejects');
    if (!words.includes('NOT_JSON') || !words.includes('0/') || !words.includes(SPITEFUL)) throw new Error(words);
    if (await page.$('#rejects img')) throw new Error('a sample became markup');
  });
  await check('another process comes onto a card: its hull, the lowered line and the reason are seen', async () => {
    writeFileSync(others, String(36 << 20));
    const millis = await until('others hold', async () => await says('decisions', 'others hold'));
    await until('the hull shows others', () => page.$eval('.worker[aria-label="worker anna"] .measures', node => /others\s*[1-9]/.test(node.innerText)));
    return `${millis} ms after it came: ` + await page.$$eval('#decisions tr', rows => rows.map(r => r.cells[2].innerText).find(t => t.startsWith('others hold')));
  });
  await sleep(4000);
  writeFileSync(others, '0');
  await check('pause holds the run and says so', async () => {
    await click('pause');
    return `${await until('paused', async () => await says('phase', 'paused') && await says('requestList', 'Pause: paused'))} ms`;
  });
  await check('resume lets it go on', async () => {
    await click('pause');
    return `${await until('resumed', async () => await says('requestList', 'Resume: training goes on'))} ms`;
  });
  await check('a checkpoint is taken by keyboard alone', async () => {
    await page.focus('#checkpoint');
    await page.keyboard.press('Enter');
    await page.keyboard.type(' bad name');
    await page.keyboard.press('Enter');
    if (!await page.$eval('#dialog', node => node.open)) throw new Error('a bad name is taken');
    await page.$eval('#nameInput', node => node.select());
    await page.keyboard.type('harbour');
    await page.keyboard.press('Enter');
    return `${await until('taken', async () => await says('checkpoints', 'harbour') && await says('requestList', 'checkpoint harbour is version'))} ms`;
  });
  await check('a rollback asks first, and its effect is marked', async () => {
    const before = await committed();
    await until('three more steps', async () => await committed() >= before + 3);
    await page.$eval('#checkpoints button[aria-label="Roll back to harbour"]', node => node.click());
    if (await page.evaluate(() => document.activeElement.id) !== 'dialogNo') throw new Error('Cancel has not the focus');
    await page.keyboard.press('Escape');
    await sleep(500);
    if (await says('requestList', 'Rollback')) throw new Error('it was asked for without consent');
    await page.$eval('#checkpoints button[aria-label="Roll back to harbour"]', node => node.click());
    await click('dialogYes');
    await until('rolled back', async () => await says('requestList', 'is checkpoint harbour again'));
    await until('undone steps', () => page.$$eval('#steps tr.undone', rows => rows.length >= 1));
    return `${await page.$$eval('#steps tr.undone', rows => rows.length)} steps are marked as undone`;
  });
  await check('a cap that is too low is refused with the least; one that is not lowers the line, and is told', async () => {
    const ask = async text => {
      await page.$eval('button[aria-label="Cap memory of worker anna"]', node => node.click());
      await page.$eval('#nameInput', (node, value) => { node.value = value; }, text);
      await click('dialogYes');
    };
    await ask('1MiB');
    await until('refused', async () => await says('requestList', 'below what worker anna needs; the least is'));
    await ask('40MiB');
    await until('capped', async () => await says('requestList', 'Cap anna at 40MiB: capped at 40 MiB by rest'));
    await until('the hull says so', () => page.$eval('.worker[aria-label="worker anna"] .device', node => node.innerText.includes('capped at 40 MiB')));
    const line = await page.$eval('.worker[aria-label="worker anna"] .measures', node => node.innerText.match(/line\s*([0-9]+) MiB/)[1]);
    if (Number(line) > 40) throw new Error(`the line is ${line} MiB`);
    await shot('capped');
    return `line ${line} MiB; ` + (await textOf('requestList')).split('\n').find(words => words.includes('the least is')).slice(0, 200);
  });
  await check('a drain asks first, and the worker leaves without a loss', async () => {
    await page.$eval('button[aria-label="Drain worker bert"]', node => node.click());
    if (await page.evaluate(() => document.activeElement.id) !== 'dialogNo') throw new Error('Cancel has not the focus');
    await click('dialogYes');
    const millis = await until('bert has left', async () => /Drain bert: generation \d+ is gone: left: by rest/.test(await textOf('requestList')));
    const code = await workers.bert.ended;
    if (code !== 0) throw new Error(`the worker ended with ${code}`);
    return `${millis} ms, and its process ended with 0`;
  });
  workers.bert = work('bert');
  await until('bert is back', () => page.$$eval('.worker', all => all.length === 2));
  await check('a killed worker is seen', async () => {
    process.kill(own(workers.bert), 'SIGKILL');
    const millis = await until('bert is gone', async () => (await page.$$eval('#decisions tr', rows => rows.map(r => r.innerText)))
      .some(row => row.includes('bert') && row.includes('is gone')));
    await until('one hull', () => page.$$eval('.worker', all => all.length === 1));
    return `${millis} ms`;
  });
  workers.bert = work('bert');
  await check('a coordinator that is killed and started again is found again, and nothing is missing', async () => {
    const before = await committed();
    process.kill(own(coordinator), 'SIGKILL');
    const lost = await until('the banner', () => page.$eval('#lost', node => !node.hidden));
    await shot('lost');
    await coordinator.ended;
    const again = Date.now();
    coordinator = coordinate();
    await until('connected again', () => page.$eval('#lost', node => node.hidden));
    await until('a later step', async () => await committed() > before);
    await until('the history', async () => await says('decisions', 'checkpoint harbour is version') && await says('rejects', 'NOT_JSON')
      && await page.$$eval('#steps tr.undone', rows => rows.length >= 1));
    return `lost after ${lost} ms, a new step ${Date.now() - again} ms after the start`;
  });
  await until('evaluations', async () => !await says('evaluated', '–'));
  for (const [name, width, scheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['360', 360, 'light']]) {
    await look(width, scheme);
    await shot(name);
    await check(`axe, ${name}`, axe);
    await check(`nothing is wider than the screen, ${name}`, async () => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) throw new Error(`${wide} pixels`);
    });
  }
  await look(1280, 'light');
  await check('finish asks first; the end is seen, and all is there after a reload', async () => {
    await click('finish');
    await click('dialogYes');
    await until('finished', async () => await says('phase', 'the run is finished'), 2 * PATIENCE);
    const last = await committed();
    await page.goto(url);
    await page.waitForSelector('html[data-ready]');
    // the table has the latest only: the first one is looked for
    await page.type('#decisionText', 'the run is created');
    await until('everything', async () => await committed() === last && await says('decisions', 'the run is created')
      && await says('checkpoints', 'harbour') && !await says('evaluated', '–'));
    if (!await page.$eval('#pause', node => node.disabled)) throw new Error('Pause can be asked for');
    await sleep(1500);
    await shot('finished');
    return `${last} is the last step`;
  });
  await guarded();
  await check('no script failed', async () => { if (problems.length) throw new Error(problems.join('; ')); });
} catch (e) {
  results.push({ what: 'the course of the run', ok: false, figure: e.stack });
  console.log(e.stack);
  await shot('failure').catch(() => {});
} finally {
  writeFileSync(join(out, 'checks.json'), JSON.stringify(results, null, 1) + '\n');
  await browser.close();
  for (const child of children) child.kill('SIGTERM');
  await Promise.race([sleep(20000), Promise.all([...children].map(child => new Promise(done => child.on('exit', done))))]);
}
process.exit(results.every(one => one.ok) ? 0 : 1);
