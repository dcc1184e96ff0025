// Drawing in small parts: what there is to draw is spread over frames, so that none takes long, and
// what nobody sees is drawn seldom.

const BUDGET_MILLIS = 6;
const REST_MILLIS = 3000;
const waiting = new Map();
const resting = new Map();
const doneMillis = new Map();
const seen = new WeakMap();
let running = false;

const sight = new IntersectionObserver(entries => entries.forEach(({ target, isIntersecting }) => {
  seen.set(target, isIntersecting);
  if (isIntersecting) wake(({ node }) => node === target);
}), { rootMargin: '100px' });

/** Draws what rests and is chosen. */
function wake(which) {
  for (const [name, rests] of [...resting]) {
    if (which(rests, name)) {
      resting.delete(name);
      enqueue(name, rests.job);
    }
  }
}

setInterval(() => wake((_, name) => performance.now() - doneMillis.get(name) >= REST_MILLIS), 500);

function enqueue(name, job) {
  waiting.delete(name);
  waiting.set(name, job);
  if (!running) {
    running = true;
    requestAnimationFrame(run);
  }
}

/**
 * Draws soon. Of two jobs of the same name that wait, the later one is done.
 *
 * @param node what is drawn: while it is out of sight, it is drawn every few seconds only
 */
export function later(name, job, node) {
  if (node) {
    if (!seen.has(node)) {
      seen.set(node, true);
      sight.observe(node);
    }
    if (!seen.get(node) && performance.now() - (doneMillis.get(name) ?? -REST_MILLIS) < REST_MILLIS) {
      resting.set(name, { job, node });
      return;
    }
  }
  resting.delete(name);
  enqueue(name, job);
}

function run() {
  const end = performance.now() + BUDGET_MILLIS;
  for (const [name, job] of waiting) {
    waiting.delete(name);
    doneMillis.set(name, performance.now());
    job();
    if (performance.now() > end) break;
  }
  running = waiting.size > 0;
  if (running) requestAnimationFrame(run);
}
