// The page: asks the REST interface once a second and draws what it says. No library.

const byId = id => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 190, LEFT = 46, BOTTOM = 18;
const MAX_POINTS = 400, SHOWN_STEPS = 50;

function text(id, value) {
  byId(id).textContent = value;
}

function round(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : digits });
}

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit++; }
  return round(value, 1) + ' ' + units[unit];
}

function element(name, attributes, content) {
  const node = name.startsWith('svg:')
    ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (content !== undefined) node.textContent = content;
  return node;
}

/** At most MAX_POINTS of the points; each stands for the mean of those around it. */
function thin(points) {
  const each = Math.ceil(points.length / MAX_POINTS);
  if (each < 2) return points;
  const thinned = [];
  for (let i = 0; i < points.length; i += each) {
    const some = points.slice(i, i + each);
    thinned.push([some[some.length - 1][0], some.reduce((sum, p) => sum + p[1], 0) / some.length]);
  }
  return thinned;
}

/** A line chart of [x, y] points, with four labelled lines across. */
function chart(figure, all, label) {
  const points = thin(all.filter(p => Number.isFinite(p[1])));
  if (points.length < 2) {
    figure.replaceChildren(element('p', { class: 'quiet' }, 'Two committed steps make a line.'));
    return;
  }
  const width = Math.max(280, figure.clientWidth);
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  const x0 = Math.min(...xs), x1 = Math.max(...xs);
  let y0 = Math.min(...ys), y1 = Math.max(...ys);
  const margin = (y1 - y0) * 0.08 || Math.abs(y1) * 0.1 || 1;
  y0 -= margin; y1 += margin;
  const x = value => LEFT + (value - x0) / (x1 - x0 || 1) * (width - LEFT);
  const y = value => (1 - (value - y0) / (y1 - y0)) * (HEIGHT - BOTTOM);
  const svg = element('svg:svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label':
    `${label}, from ${round(ys[0])} to ${round(ys[ys.length - 1])}` });
  for (let i = 0; i <= 3; i++) {
    const value = y0 + (y1 - y0) * i / 3;
    svg.append(element('svg:line', { class: 'grid', x1: LEFT, x2: width, y1: y(value), y2: y(value) }));
    svg.append(element('svg:text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, round(value, 2)));
  }
  svg.append(element('svg:text', { x: LEFT, y: HEIGHT - 3 }, 'step ' + x0));
  svg.append(element('svg:text', { x: width, y: HEIGHT - 3, 'text-anchor': 'end' }, x1));
  svg.append(element('svg:path', { class: 'curve',
    d: points.map((p, i) => `${i ? 'L' : 'M'}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join('') }));
  figure.replaceChildren(svg);
}

/** Used and peak from the left, other processes from the right, the line across. */
function memoryBar(memory, total) {
  const bar = element('div', { class: 'bar' });
  const full = Math.max(total, memory.budgetBytes, memory.peakBytes, 1);
  const part = value => `${Math.min(100, 100 * value / full).toFixed(1)}%`;
  for (const [kind, value] of [['peak', memory.peakBytes], ['used', memory.usedBytes], ['others', memory.othersBytes]]) {
    bar.append(element('i', { class: kind, style: `width:${part(value)}` }));
  }
  bar.append(element('i', { class: 'line', style: `left:min(${part(memory.budgetBytes)}, calc(100% - 2px))` }));
  bar.title = `used ${bytes(memory.usedBytes)}, peak ${bytes(memory.peakBytes)}, reserved ${bytes(memory.reservedBytes)}, `
    + `others ${bytes(memory.othersBytes)}, line ${bytes(memory.budgetBytes)}`;
  return bar;
}

function workerRow(worker) {
  const row = element('div', { class: worker.silentMillis > 5000 ? 'worker silent' : 'worker' });
  const who = element('div', {});
  who.append(element('b', {}, worker.workerId));
  who.append(element('small', {}, `${worker.device.name}, ${worker.device.precision}, lane ${worker.membership.lane}, `
    + `generation ${worker.membership.generation}` + (worker.membership.ready ? '' : ', loading')));
  const memory = element('div', { class: 'memory' });
  if (worker.memory) {
    memory.append(memoryBar(worker.memory, worker.device.totalBytes));
    memory.append(element('small', {}, `peak ${bytes(worker.memory.peakBytes)} of ${bytes(worker.memory.budgetBytes)}, `
      + `up to ${round(worker.membership.maxTokens)} tokens a micro-batch`));
  } else {
    memory.append(element('small', {}, 'nothing measured yet'));
  }
  const rate = element('div', { class: 'rate' });
  rate.append(element('b', {}, round(worker.tokensPerSecond, 0)));
  rate.append(element('small', {}, 'tokens/s'));
  row.append(who, memory, rate);
  return row;
}

function stepRow(step) {
  const row = element('tr', {});
  const cells = [step.step, round(step.loss, 4), step.counts.tokens, step.counts.samples, step.counts.microBatches,
    step.counts.workers, round(step.rates.gradientNorm), round(step.rates.learningRate, 6),
    round(step.rates.stepMillis / 1000, 2)];
  cells.forEach(cell => row.append(element('td', {}, cell)));
  row.append(element('td', { class: 'text' }, step.notes.join('; ')));
  return row;
}

function sourceRow([name, source]) {
  const row = element('tr', {});
  row.append(element('td', { class: 'text' }, name), element('td', { class: 'text' }, source.status.toLowerCase()));
  [source.weight || '–', source.waiting, source.trained, source.rejected]
    .forEach(cell => row.append(element('td', {}, cell)));
  return row;
}

/** One that nobody spoke of is the default one, and tells nothing. */
function showSources(sources) {
  const all = Object.entries(sources);
  byId('sourcesSection').hidden = all.length < 2 && !all.some(([, source]) => source.weight || source.status !== 'ACTIVE');
  byId('sources').replaceChildren(...all.map(sourceRow));
}

function showRun(run) {
  text('run', `${run.settings.runId} · ${run.settings.model.name}, LoRA rank ${run.settings.lora.loraRank}`);
  text('speed', round(run.tokensPerSecond, 0));
  text('loss', run.lastStep ? round(run.lastStep.loss, 4) : '–');
  const planner = run.planner;
  if (!planner) {
    text('phase', 'the planner runs in another process');
    return;
  }
  const status = planner.status;
  text('phase', status.finished ? 'the run is finished' : status.paused ? 'paused' : planner.phase
    + (status.finishing ? ', finishing' : ''));
  text('step', planner.step);
  text('backlog', round(planner.waiting.backlogSamples));
  text('members', run.workers.length);
  showSources(planner.sources);
  byId('pause').textContent = status.paused ? 'Resume' : 'Pause';
  byId('pause').dataset.action = status.paused ? 'resume' : 'pause';
  byId('pause').disabled = byId('finish').disabled = status.finished;
  byId('finish').disabled ||= status.finishing;
  if (run.workers.length) byId('workers').replaceChildren(...run.workers.map(workerRow));
}

function showSteps(steps) {
  chart(byId('lossChart'), steps.map(s => [s.step, s.loss]), 'Loss');
  chart(byId('speedChart'), steps.map(s => [s.step, s.rates.tokensPerSecond]), 'Tokens a second');
  byId('steps').replaceChildren(...steps.slice(-SHOWN_STEPS).reverse().map(stepRow));
}

async function get(path) {
  const answer = await fetch(path, { cache: 'no-store' });
  if (!answer.ok) throw new Error(path + ' answers ' + answer.status);
  return answer.json();
}

async function refresh() {
  try {
    const [run, steps] = await Promise.all([get('api/run'), get('api/steps?limit=2000')]);
    showRun(run);
    showSteps(steps);
  } catch (e) {
    text('phase', 'the coordinator does not answer; trying again');
  }
  setTimeout(refresh, document.hidden ? 5000 : 1000);
}

async function ask(action) {
  await fetch('api/control/' + action, { method: 'POST' });
}

byId('pause').dataset.action = 'pause';
byId('pause').addEventListener('click', e => ask(e.target.dataset.action));
byId('finish').addEventListener('click', () => {
  if (confirm('Train what was submitted, then end the run? A finished run cannot be resumed.')) ask('finish');
});
refresh();
