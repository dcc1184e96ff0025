// Who looks: the token that a person gave, for as long as the tab is open, and what it allows.

import { byId, text } from './dom.js';

const KEY = 'plimsoll.token';
let role = 'operator';
let again = () => {};

const token = () => sessionStorage.getItem(KEY);

/** Of requests to the coordinator. */
export function headers() {
  return { 'Plimsoll-Page': '1', ...(token() ? { Authorization: 'Bearer ' + token() } : {}) };
}

/** Of the WebSocket, to which a script can give no header. */
export function protocols() {
  if (!token()) return [];
  const bytes = Array.from(new TextEncoder().encode(token()), byte => String.fromCharCode(byte)).join('');
  return ['plimsoll.live', 'plimsoll.token.'
    + btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')];
}

export const mayChange = () => role === 'operator';

/** Whether the coordinator lets this page in: true, false when it was asked to sign in, null when there is no answer. */
export async function letIn() {
  try {
    const answer = await fetch('api/run', { headers: headers() });
    if (answer.status === 401 || answer.status === 429 && token()) {
      signIn(answer.status === 429 ? (await answer.text()).trim()
        : token() ? 'The token is not known (any more).' : '');
      return false;
    }
    if (!answer.ok) return null;
    role = answer.headers.get('Plimsoll-Role') || 'operator';
    document.body.dataset.role = role;
    byId('signIn').hidden = true;
    byId('signOut').hidden = !token();
    byId('viewer').hidden = mayChange();
    return true;
  } catch {
    return null;
  }
}

function signIn(why) {
  document.body.dataset.role = 'none';
  byId('viewer').hidden = true;
  byId('signOut').hidden = true;
  text('signInWhy', why);
  if (byId('signIn').hidden) {
    byId('signIn').hidden = false;
    byId('token').focus();
  }
}

/** @param connect is called when there is another token to try */
export function create(connect) {
  again = connect;
  byId('signInForm').addEventListener('submit', e => {
    e.preventDefault();
    const given = byId('token').value.trim();
    if (!given) return;
    sessionStorage.setItem(KEY, given);
    byId('token').value = '';
    again();
  });
  byId('signOut').addEventListener('click', () => {
    sessionStorage.removeItem(KEY);
    location.reload();
  });
}
