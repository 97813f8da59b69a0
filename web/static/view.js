// The page for one overview.

import { actor, h, prose, word } from './dom.js';
import { rolloutCard, typed, when } from './rollout.js';
import { count, number, second, share, type } from './words.js';
import {
  isHurt,
  isNew,
  isOpen,
  isRecalled,
  isUnfinished,
  judge,
  nameOf,
} from './verdict.js';

function readiness(overview) {
  if (overview.ready) return h('span', { class: 'chip go' }, 'Ready');
  if (isNew(overview)) return h('span', { class: 'chip' }, 'New');
  return h('span', { class: 'chip bad' }, 'Not ready');
}

export function identity(overview) {
  return [
    overview.solo &&
      h(
        'strong',
        { class: 'chip bad solo', title: 'Some role has a threshold of one' },
        'SOLO: one key signs alone',
      ),
    readiness(overview),
    h(
      'span',
      { class: 'repo' },
      'Repository ',
      overview.repo === null
        ? 'not yet'
        : h('code', { title: overview.repo }, overview.repo),
    ),
  ];
}

function finding(found) {
  const text = [
    h('strong', null, word(found.text)),
    found.why !== '' && [': ', prose(found.why)],
  ];
  return h(
    'li',
    { class: found.level },
    found.link === undefined ? text : h('a', { href: found.link }, text),
  );
}

// What is old is never said as if it were so now.
function verdict(overview, isStale) {
  const v = judge(overview);
  const first = v.findings[0];
  const level = isStale && v.level === 'ok' ? 'warn' : v.level;
  return h(
    'section',
    { class: `verdict ${level}`, 'aria-labelledby': 'verdict' },
    h(
      'h1',
      { id: 'verdict' },
      isStale && `At ${overview.time.slice(11, 19)}: `,
      first?.link === undefined
        ? word(v.title)
        : h('a', { href: first.link }, word(v.title)),
    ),
    first !== undefined &&
      first.why !== '' &&
      h('p', { class: 'why' }, prose(first.why)),
    v.text !== '' && h('p', null, word(v.text)),
    v.findings.length > 1 && h('ul', null, v.findings.slice(1).map(finding)),
  );
}

function fact(name, value, note) {
  return h(
    'div',
    null,
    h('dt', null, name),
    h('dd', null, value, note && h('span', { class: 'quiet' }, note)),
  );
}

function facts(overview) {
  const expires = overview.timestamp_expires;
  return h(
    'dl',
    { class: 'facts' },
    fact('Devices', number(overview.devices)),
    fact(
      'Seen in 24 h',
      number(overview.seen_24h),
      overview.devices > 0 &&
        share((overview.seen_24h / overview.devices) * 1e6),
    ),
    fact('Reports on disk', number(overview.reports_stored)),
    fact('Root', overview.root_version || '–'),
    fact(
      'Timestamp',
      overview.timestamp_version || '–',
      expires !== null && ['expires ', when(expires, overview.time)],
    ),
  );
}

function soloNotice(overview) {
  return (
    overview.solo &&
    h(
      'p',
      { class: 'notice' },
      h('strong', null, 'This repository is solo. '),
      'Some offline role is content with one signature, so one stolen key ' +
        'can speak for it. Good for trying things out; a fleet in the field ' +
        'deserves a threshold of two.',
    )
  );
}

function step(title, ...rest) {
  return h('li', null, h('strong', null, title), ...rest);
}

function nothingPublished() {
  return h(
    'section',
    { class: 'card empty' },
    h('h2', null, 'First steps'),
    h(
      'ol',
      null,
      step(
        'Publish what the offline keys signed. ',
        'Where the repository folder is: ',
        typed(type.publish()),
      ),
      step(
        'Let devices in. ',
        'A batch is leave for a number of them to enrol: ',
        typed(type.addBatch()),
      ),
      step(
        'Roll out. ',
        'A published plan waits until somebody starts it: ',
        typed(type.start('plan/PRODUCT/ID.1.json')),
      ),
    ),
  );
}

// The published plans that no rollout has carried out and that still may be.
function plansToStart(overview, catalog) {
  const begun = new Set(overview.rollouts.map((r) => r.plan));
  const plans = (catalog?.products ?? [])
    .flatMap((p) => p.plans)
    .filter((p) => !begun.has(p.path) && p.expires > overview.time);
  if (plans.length === 0)
    return h(
      'p',
      null,
      'No published plan is left to start. Add one, have it signed, publish ' +
        'it: ',
      typed(type.addPlan()),
      ' ',
      typed(type.sign()),
      ' ',
      typed(type.publish()),
    );
  return [
    h('p', null, 'What is published stays put until somebody starts a plan:'),
    h(
      'ul',
      { class: 'devices' },
      plans.map((p) => h('li', null, typed(type.start(p.path)))),
    ),
  ];
}

function noRollout(overview, catalog) {
  return h(
    'section',
    { class: 'card empty' },
    h('h2', null, 'What could be rolled out'),
    overview.devices === 0 &&
      h(
        'p',
        null,
        'No device is enrolled yet. A batch lets them in: ',
        typed(type.addBatch()),
      ),
    plansToStart(overview, catalog),
  );
}

function finished(rollouts, now) {
  if (rollouts.length === 0) return null;
  return h(
    'section',
    { class: 'finished', 'aria-labelledby': 'finished' },
    h('h2', { id: 'finished' }, 'Finished rollouts'),
    rollouts.map((r) =>
      h(
        'details',
        { id: `finished-${r.key}` },
        h(
          'summary',
          null,
          h('strong', null, word(nameOf(r))),
          ` ${r.state}`,
          r.ended !== null && [' ', when(r.ended, now)],
          isRecalled(r) && `, recalled by rollout ${r.recalled_by}`,
          `, ${count(r.counts.confirmed, 'device')} confirmed, ` +
            `${number(r.counts.failed)} failed`,
        ),
        rolloutCard(r, now),
      ),
    ),
  );
}

function eventRow(event) {
  return h(
    'tr',
    { role: 'row' },
    h(
      'td',
      { role: 'cell' },
      h('time', { datetime: event.at }, second(event.at)),
    ),
    h('td', { role: 'cell' }, h('code', null, event.action)),
    h('td', { role: 'cell' }, word(event.object)),
    h('td', { role: 'cell' }, actor(event, 'actor')),
    h('td', { role: 'cell' }, word(event.reason)),
  );
}

function events(overview) {
  return h(
    'section',
    { class: 'events', 'aria-labelledby': 'events' },
    h('h2', { id: 'events' }, 'Last events'),
    overview.events.length === 0
      ? h('p', { class: 'quiet' }, 'Nothing has happened yet.')
      : h(
          'table',
          { role: 'table' },
          h('caption', { class: 'unseen' }, 'From the audit log'),
          h(
            'thead',
            { role: 'rowgroup' },
            h(
              'tr',
              { role: 'row' },
              ['When', 'What', 'On', 'By', 'Why'].map((name) =>
                h('th', { role: 'columnheader', scope: 'col' }, name),
              ),
            ),
          ),
          h('tbody', { role: 'rowgroup' }, overview.events.map(eventRow)),
        ),
    overview.events.length > 0 &&
      h('p', { class: 'quiet' }, 'All of them: ', typed(type.audit())),
  );
}

export function needsCatalog(overview) {
  return overview.root_version > 0 && !overview.rollouts.some(isUnfinished);
}

// catalog is null where it was not asked for.
export function page(overview, catalog, isStale) {
  const now = overview.time;
  const active = overview.rollouts
    .filter(isOpen)
    .sort((a, b) => isHurt(b) - isHurt(a) || b.key - a.key);
  return [
    verdict(overview, isStale),
    soloNotice(overview),
    facts(overview),
    overview.root_version === 0 && nothingPublished(),
    active.map((r) => rolloutCard(r, now)),
    needsCatalog(overview) && noRollout(overview, catalog),
    finished(
      overview.rollouts.filter((r) => !isOpen(r)),
      now,
    ),
    events(overview),
  ];
}

// What a screen reader is told when it changes: the verdict, in one sentence.
export function spoken(overview) {
  const v = judge(overview);
  return [v.title, ...v.findings.map((f) => f.why.replaceAll('`', '')), v.text]
    .filter((t) => t !== '')
    .join('. ');
}

export function titleOf(overview) {
  const v = judge(overview);
  const mark = { ok: '', warn: '! ', bad: '!! ' }[v.level];
  return `${mark}${v.title} · Pawl`;
}

