// The dashboard: an operator's token, a question every two seconds, and the
// page renewed from the answer. It only reads.

import { clean, h, show } from './dom.js';
import { identity, needsCatalog, page, spoken, titleOf } from './view.js';
import { duration } from './words.js';

const EVERY_MS = 2000;
const HIDDEN_MS = 30000; // nobody looks
const BACKOFF_MAX_MS = 30000;
const GIVE_UP_MS = 10000; // on one question
const STALE_MS = 10000;
const TOKEN = 'pawl-token';

const at = (id) => document.getElementById(id);

let token = null;
let timer = 0;
let asking = null; // an AbortController
let answeredAt = 0;
let failures = 0;
let trouble = ''; // why the last question had no answer
let catalog = { version: -1, value: null };
let shown = null; // { overview, plans }: the last answer

// "#token=po_…" is for scripts that open the page. It must not stay where
// histories and screenshots keep it.
function tokenFromAddress() {
  const match = /^#token=([^&]+)$/.exec(location.hash);
  if (match === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

function forget(why) {
  sessionStorage.removeItem(TOKEN);
  token = null;
  stop();
  answeredAt = 0;
  failures = 0;
  catalog = { version: -1, value: null };
  shown = null;
  document.body.classList.remove('stale');
  show(at('view'));
  show(at('identity'));
  show(at('freshness'));
  show(at('announce'));
  document.title = 'Pawl';
  at('leave').hidden = true;
  at('door').hidden = false;
  at('refusal').hidden = why === '';
  show(at('refusal'), why);
  at('token').value = '';
  at('token').focus();
}

function use(text) {
  // Anything else cannot stand in a header.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    forget('This is not a token: it has blanks or letters beyond ASCII.');
    return;
  }
  token = text;
  sessionStorage.setItem(TOKEN, text);
  at('door').hidden = true;
  at('leave').hidden = false;
  stop();
  ask();
}

class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function refusalOf(response) {
  try {
    const problem = await response.json();
    return `${problem.detail}`;
  } catch {
    return `status ${response.status}`;
  }
}

async function get(path, signal) {
  const response = await fetch(path, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json' },
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal,
  });
  if (!response.ok)
    throw new Refused(response.status, await refusalOf(response));
  return response.json();
}

// Only needed to name the plans that could be started.
async function catalogFor(overview, signal) {
  if (!needsCatalog(overview)) return null;
  if (catalog.version !== overview.timestamp_version)
    catalog = {
      version: overview.timestamp_version,
      value: await get('/v1/admin/catalog', signal),
    };
  return catalog.value;
}

function draw(isStale) {
  const { overview, plans } = shown;
  show(at('identity'), identity(overview));
  show(at('view'), page(overview, plans, isStale));
  document.title = clean(isStale ? 'Stale · Pawl' : titleOf(overview));
  if (!isStale) announce(spoken(overview));
}

// Only what changed is announced: the same text again says nothing.
function announce(text) {
  const node = at('announce');
  if (node.textContent !== clean(text)) show(node, text);
}

function stop() {
  clearTimeout(timer);
  asking?.abort();
  asking = null;
}

function nextIn() {
  if (document.hidden) return HIDDEN_MS;
  if (failures === 0) return EVERY_MS;
  const wait = Math.min(BACKOFF_MAX_MS, EVERY_MS * 2 ** failures);
  return wait * (0.75 + Math.random() / 2);
}

async function ask() {
  const mine = new AbortController();
  const guard = setTimeout(() => mine.abort(), GIVE_UP_MS);
  asking = mine;
  try {
    const overview = await get('/v1/admin/overview', mine.signal);
    const plans = await catalogFor(overview, mine.signal);
    if (asking !== mine) return;
    failures = 0;
    trouble = '';
    answeredAt = Date.now();
    shown = { overview, plans };
    draw(false);
  } catch (error) {
    if (asking !== mine) return;
    if (error.status === 401 || error.status === 403) {
      forget(`The server does not take this token: ${error.message}`);
      return;
    }
    failures++;
    trouble =
      error instanceof Refused
        ? `the server answers ${error.status}: ${error.message}`
        : error instanceof TypeError || error.name === 'AbortError'
          ? 'the server cannot be reached'
          : `the answer was not understood: ${error.message}`;
  } finally {
    clearTimeout(guard);
  }
  timer = setTimeout(ask, nextIn());
  freshness();
}

// How old is what one sees? Never silently old.
function freshness() {
  if (token === null) return;
  const age = Date.now() - answeredAt;
  const isStale = failures > 0 || (age > STALE_MS && !document.hidden);
  document.body.classList.toggle('stale', isStale);
  if (shown === null) {
    show(at('freshness'), failures === 0 ? 'Asking …' : 'No answer yet');
    if (failures > 0) show(at('view'), unreachable());
  } else {
    if (isStale) draw(true);
    show(
      at('freshness'),
      isStale && h('strong', null, 'Stale: '),
      `last update ${duration(age / 1000)} ago`,
      isStale && trouble !== '' && h('span', { class: 'why' }, trouble),
    );
  }
  if (failures > 1) announce(`No answer from the server: ${trouble}`);
}

function unreachable() {
  return h(
    'section',
    { class: 'verdict warn' },
    h('h1', null, 'No answer from the server'),
    h('p', { class: 'why' }, trouble[0].toUpperCase() + trouble.slice(1)),
    h(
      'p',
      null,
      'Asking again, ever less often. On its machine: ',
      h('code', null, 'systemctl status pawld'),
    ),
  );
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button === null) return;
  navigator.clipboard?.writeText(button.dataset.copy).then(
    () => {
      button.classList.add('copied');
      setTimeout(() => button.classList.remove('copied'), 1500);
    },
    () => {},
  );
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden || token === null) return;
  stop();
  ask();
});

window.addEventListener('hashchange', () => {
  const given = tokenFromAddress();
  if (given !== null) use(given);
});

at('leave').addEventListener('click', () => forget(''));
at('door').addEventListener('submit', (event) => {
  event.preventDefault();
  const given = at('token').value.trim();
  at('token').value = '';
  if (given !== '') use(given);
});
// Over plain HTTP browsers give pages no clipboard.
document.body.classList.toggle('no-clipboard', !navigator.clipboard);

const given = tokenFromAddress() ?? sessionStorage.getItem(TOKEN);
if (given === null) forget('');
else use(given);
setInterval(freshness, 1000);
