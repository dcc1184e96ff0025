// Another run of this broker beside this one: its loss in the chart, its end figures beside ours.

import { byId, element } from './dom.js';
import { count, duration, number } from './format.js';
import { headers } from './session.js';
import { ends } from './store.js';

let other = null;
let drawn = '';
let listed = false;

/** The run that is compared with; null without one. */
export const compared = () => other;

async function ask(path) {
  const answer = await fetch(path, { headers: headers() });
  if (!answer.ok) throw new Error((await answer.text()).trim().slice(0, 300) || 'the coordinator answers ' + answer.status);
  return answer.json();
}

function say(words) {
  byId('compareSays').textContent = words;
}

async function list() {
  if (listed) return;
  listed = true;
  try {
    const prefixes = await ask('api/runs');
    byId('compareWith').append(...prefixes.map(prefix => element('option', { value: prefix }, prefix)));
    say(prefixes.length ? '' : 'This broker has no other run that this coordinator sees.');
  } catch (e) {
    listed = false;
    say(e.message);
  }
}

async function choose(again) {
  const prefix = byId('compareWith').value;
  byId('compareAgain').disabled = !prefix;
  other = null;
  if (prefix) {
    say('reads the topics of ' + prefix + '…');
    try {
      const read = await ask('api/runs/' + encodeURIComponent(prefix));
      if (byId('compareWith').value !== prefix) return;
      other = { ...read, readMillis: Date.now() };
      say('');
    } catch (e) {
      say(e.message);
    }
  } else say('');
  again();
}

/** @param again draws everything that depends on the choice */
export function create(again) {
  byId('compareWith').addEventListener('focus', list);
  byId('compareWith').addEventListener('pointerdown', list);
  byId('compareWith').addEventListener('change', () => choose(again));
  byId('compareAgain').addEventListener('click', () => choose(again));
  byId('compare').addEventListener('toggle', list);
}

/** What the columns of steps and the evaluations come to, as words. */
function figures(steps, evaluations, rollbacks, settings, over) {
  const is = ends({ steps, evaluations, rollbacks });
  return [
    ['run', settings ? `${settings.runId}, ${settings.model.name}` : '–'],
    ['LoRA rank', settings?.lora.loraRank ?? '–'],
    ['highest learning rate', number(settings?.optimizer?.learningRate?.peak ?? is.highestRate, 6)],
    ['steps', number(is.steps) + (is.undone ? `, ${number(is.undone)} more undone` : '')],
    ['samples', number(is.samples)],
    ['tokens', number(is.tokens)],
    ['loss, mean of the last 10 steps', number(is.loss, 4)],
    ['last evaluation', number(is.evaluated, 4)],
    ['lowest evaluation', is.lowest ? `${number(is.lowest.loss, 4)} after step ${is.lowest.step}` : '–'],
    ['time in steps', duration(is.seconds)],
    ['tokens a second', number(is.tokensPerSecond, 0)],
    ['state', over ? 'finished' : 'not finished'],
  ];
}

export function update(state) {
  const shown = byId('compareTable');
  shown.hidden = !other;
  if (!other) {
    drawn = '';
    return;
  }
  const { run } = state.now;
  const key = [other.prefix, other.readMillis, state.steps.step.at(-1), state.steps.step.length,
    state.rollbacks.length, state.evaluations.length, run.planner?.status.finished].join();
  if (key === drawn) return;
  drawn = key;
  const ours = figures(state.steps, state.evaluations, state.rollbacks, run.settings, run.planner?.status.finished);
  const theirs = figures(other.steps, other.evaluations, other.rollbacks, other.settings, other.finished !== null);
  byId('compareOther').textContent = other.prefix;
  byId('compareRows').replaceChildren(...ours.map(([label, value], i) => {
    const tr = element('tr');
    tr.append(element('th', { scope: 'row', class: 'text' }, label), element('td', {}, value), element('td', {}, theirs[i][1]));
    return tr;
  }));
  byId('compare').dataset.steps = count(other.steps.step.length, 'step');
}
