// One rollout: its stages, what it waits for, its cells against their bounds,
// and its halts with their evidence.

import { actor, h, prose, svg, word } from './dom.js';
import {
  ago,
  byWidth,
  capital,
  cellName,
  count,
  duration,
  haltWords,
  holdWords,
  minute,
  number,
  share,
  soak,
  tried,
  type,
} from './words.js';
import {
  haltedCells,
  isClose,
  isRecalled,
  isUnfinished,
  nameOf,
} from './verdict.js';

// Bounds up to here are drawn as so many boxes, larger ones as a bar.
const BOXES_MAX = 12;

export function when(time, now) {
  return h('time', { datetime: time, title: `${time} UTC` }, ago(time, now));
}

// A command to type, with a button that copies it (app.js listens).
export function typed(text) {
  return h(
    'span',
    { class: 'typed' },
    h('code', null, text),
    h(
      'button',
      { type: 'button', class: 'copy', 'data-copy': text },
      'Copy',
      h('span', { class: 'unseen' }, ` ${text}`),
    ),
  );
}

function stateChip(rollout) {
  const halted = haltedCells(rollout).length;
  const held = rollout.cells.filter((c) => c.held).length;
  if (isRecalled(rollout))
    return h(
      'span',
      { class: 'chip' },
      `Halted, and recalled by rollout ${rollout.recalled_by}`,
    );
  if (rollout.state === 'halted')
    return h('span', { class: 'chip bad' }, 'Halted in every cell');
  const words = {
    running: 'Running',
    paused: 'Paused',
    completed: 'Completed',
    superseded: 'Superseded',
  };
  const level = { running: 'go', paused: 'warn' }[rollout.state] ?? 'calm';
  return [
    h('span', { class: `chip ${level}` }, words[rollout.state]),
    halted > 0 &&
      h(
        'span',
        { class: 'chip bad' },
        `${halted} of ${count(rollout.cells.length, 'cell')} halted`,
      ),
    held > 0 &&
      h(
        'span',
        { class: 'chip warn' },
        `${held} of ${count(rollout.cells.length, 'cell')} on hold`,
      ),
  ];
}

function heading(rollout, now) {
  return h(
    'div',
    { class: 'heading' },
    h('h2', { id: `name-${rollout.key}` }, word(nameOf(rollout))),
    h('p', { class: 'chips' }, stateChip(rollout)),
    h(
      'p',
      { class: 'quiet' },
      'By ',
      h('code', null, rollout.plan),
      ', begun ',
      when(rollout.began, now),
      ' by ',
      actor(rollout, 'created_by'),
      rollout.ended !== null && [', ended ', when(rollout.ended, now)],
      ` · rollout ${rollout.key}`,
    ),
  );
}

// A bar of one share, 0 to 1. The number stands beside it as text.
function bar(part, name) {
  const width = Math.round(Math.min(1, Math.max(0, part)) * 100);
  return svg(
    'svg',
    {
      class: `bar ${name}`,
      viewBox: '0 0 100 6',
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
      focusable: 'false',
    },
    svg('rect', { class: 'rest', width: 100, height: 6 }),
    width > 0 && svg('rect', { class: 'part', width, height: 6 }),
  );
}

function boxes(filled, total, name) {
  const step = 100 / total;
  const gap = Math.min(3, step / 5);
  return svg(
    'svg',
    {
      class: `bar ${name}`,
      viewBox: '0 0 100 6',
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
      focusable: 'false',
    },
    Array.from({ length: total }, (_, i) =>
      svg('rect', {
        class: i < filled ? 'part' : 'rest',
        x: (i * step).toFixed(2),
        width: (step - (i + 1 < total ? gap : 0)).toFixed(2),
        height: 6,
      }),
    ),
  );
}

function stageNote(rollout, stage, index, now) {
  if (index < rollout.stage) return h('span', null, 'done');
  if (index > rollout.stage || !isUnfinished(rollout)) {
    if (index > rollout.stage) return h('span', null, 'not reached');
    const isDone = rollout.state === 'completed';
    return h('span', null, isDone ? 'done' : 'ended here');
  }
  if (rollout.state === 'halted') return h('span', null, 'halted here');
  const { part, began, left } = soak(stage, rollout.stage_since, now);
  return [
    h('span', null, began),
    bar(part, 'soak'),
    h('span', null, left),
  ];
}

const WHO = {
  nobody: 'nobody',
  operator: 'an operator',
  approvers: 'the approvers',
};

// When it ends, or who has to act.
function end(rollout) {
  const { at, who, text } = rollout.eta;
  return h(
    'p',
    { class: 'waits' },
    h('strong', null, at ? 'Ends: ' : 'Who must act: '),
    at ? '' : `${WHO[who] ?? who}. `,
    prose(at ? text : capital(text)),
  );
}

function stages(rollout, now) {
  return h(
    'div',
    { class: 'stages' },
    h('h3', null, 'Stages'),
    h(
      'ol',
      null,
      rollout.stages.map((stage, i) => {
        const isNow =
          i === rollout.stage &&
          isUnfinished(rollout) &&
          rollout.state !== 'halted';
        const isDone =
          i < rollout.stage ||
          (i === rollout.stage && rollout.state === 'completed');
        return h(
          'li',
          {
            class: isNow ? 'now' : isDone ? 'done' : 'later',
            'aria-current': isNow && 'step',
          },
          h('strong', null, `Stage ${i + 1}: ${share(stage.ppm)}`),
          h(
            'span',
            null,
            'from ',
            h(
              'time',
              { datetime: stage.not_before },
              minute(stage.not_before),
            ),
          ),
          h('span', null, `soak ${duration(stage.soak_s)}`),
          stageNote(rollout, stage, i, now),
        );
      }),
    ),
    isUnfinished(rollout) &&
      rollout.waits_for !== '' &&
      h(
        'p',
        { class: 'waits' },
        h('strong', null, 'Waits for: '),
        word(rollout.waits_for),
      ),
    isUnfinished(rollout) && end(rollout),
  );
}

function counts(rollout) {
  const c = rollout.counts;
  const rows = [
    ['Tried', tried(c), 'devices that were granted this release'],
    ['Under way', c.open, 'granted, not yet at an end'],
    ['Confirmed', c.confirmed, 'booted it and said that it works'],
    ['Failed', c.failed, 'failed or reverted'],
    ['Overdue', c.overdue, 'under way and not heard of as soon as they should'],
    ['Silent', c.silent, 'not heard of again in time'],
  ];
  return h(
    'dl',
    { class: 'counts' },
    rows.map(([name, n, title]) =>
      h(
        'div',
        null,
        h('dt', { title }, name),
        h('dd', null, number(n)),
      ),
    ),
  );
}

function cellWords(cell) {
  const parts = [
    `${number(cell.confirmed)} confirmed`,
    `${number(cell.open)} under way`,
  ];
  if (cell.overdue > 0) parts.push(`${number(cell.overdue)} overdue`);
  if (cell.silent > 0) parts.push(`${number(cell.silent)} silent`);
  return parts.join(', ');
}

function cellBound(cell) {
  const failed = `${number(cell.failed)} failed`;
  if (cell.bound === null) return failed;
  return cell.halted
    ? `${failed}, limit ${number(cell.bound)}`
    : `${failed}, halts at ${number(cell.bound)}`;
}

function cellBar(cell) {
  const name = cell.halted ? 'bad' : isClose(cell) ? 'warn' : 'calm';
  if (cell.bound === null || cell.bound === 0) return bar(0, name);
  if (cell.bound <= BOXES_MAX)
    return boxes(Math.min(cell.failed, cell.bound), cell.bound, name);
  return bar(cell.failed / cell.bound, name);
}

function cellOf(cell, region) {
  if (cell === undefined)
    return h('td', { role: 'cell', 'data-region': region }, '–');
  const isUntried = tried(cell) === 0 && !cell.halted;
  const isWarned = cell.held || isClose(cell);
  const name = cell.halted ? 'halted' : isWarned ? 'close' : null;
  return h(
    'td',
    { role: 'cell', class: name, 'data-region': region },
    cell.halted && h('strong', { class: 'mark' }, 'Halted'),
    cell.held && h('strong', { class: 'mark' }, 'On hold'),
    isClose(cell) && h('strong', { class: 'mark' }, 'Close to a halt'),
    isUntried
      ? h('span', { class: 'quiet' }, 'no device yet')
      : [
          h('span', { class: 'bound' }, cellBound(cell)),
          cellBar(cell),
          h('span', { class: 'quiet' }, cellWords(cell)),
        ],
  );
}

// Explicit roles: at phone width the style sheet lays the rows out as blocks,
// which would otherwise take the table's meaning away.
function cells(rollout) {
  const hw = [...new Set(rollout.cells.map((c) => c.hw))];
  const regions = [...new Set(rollout.cells.map((c) => c.region))];
  const at = new Map(rollout.cells.map((c) => [`${c.hw} ${c.region}`, c]));
  return h(
    'section',
    {
      class: 'matrix',
      tabindex: regions.length > 4 ? '0' : null,
      'aria-label': `Cells of rollout ${rollout.key}`,
    },
    h('h3', null, 'Cells'),
    h(
      'table',
      { role: 'table' },
      h(
        'caption',
        null,
        'Hardware revision by region. A cell halts itself when failed ' +
          'devices fill its bar.',
      ),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          h('th', { role: 'columnheader', scope: 'col' }, 'Hardware'),
          regions.map((r) =>
            h('th', { role: 'columnheader', scope: 'col' }, word(r)),
          ),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        hw.map((w) =>
          h(
            'tr',
            { role: 'row' },
            h('th', { role: 'rowheader', scope: 'row' }, word(w)),
            regions.map((r) => cellOf(at.get(`${w} ${r}`), r)),
          ),
        ),
      ),
    ),
  );
}

// What the words above leave out, and the sentence as the audit log has it.
function figures(halt) {
  const e = halt.evidence;
  if (halt.by_hand) return null;
  const risk = share((e.alpha_ppm * e.weight_ppm) / 1e6 / 2 ** e.epoch);
  return h(
    'p',
    { class: 'quiet' },
    `Of rollouts in which nothing is wrong, at most ${risk} are halted by ` +
      `this sum. In the audit log: `,
    word(e.text),
  );
}

function firstDevices(halt) {
  const ids = halt.evidence.first_devices;
  if (ids.length === 0) return null;
  return [
    h(
      'h4',
      null,
      halt.evidence.silence
        ? 'First devices that fell silent'
        : 'First devices that failed',
    ),
    h(
      'ul',
      { class: 'devices' },
      ids.map((id) => h('li', null, typed(type.why(id)))),
    ),
  ];
}

function resumable(rollout) {
  return haltedCells(rollout).map((c) => `${c.hw}/${c.region}`);
}

function halts(rollout, now) {
  if (rollout.halts.length === 0) return null;
  return h(
    'section',
    { class: 'halts', 'aria-label': `Halts of rollout ${rollout.key}` },
    rollout.halts.map((halt) =>
      h(
        'div',
        { class: 'halt' },
        h('h3', null, 'Halted: ', word(cellName(halt.hw, halt.region))),
        h('p', { class: 'evidence' }, word(capital(haltWords(halt))), '.'),
        figures(halt),
        h(
          'p',
          { class: 'quiet' },
          when(halt.at, now),
          ' (',
          minute(halt.at),
          halt.by_hand ? '), by hand: ' : '), automatically: ',
          actor(halt, 'actor'),
        ),
        firstDevices(halt),
      ),
    ),
    isUnfinished(rollout) &&
      h(
        'p',
        { class: 'next' },
        'A halt is a latch. What opens it is a higher revision of this plan ' +
          'that resumes the cell, signed by its approvers: ',
        typed(type.resumePlan(rollout, resumable(rollout))),
        ' ',
        typed(type.sign()),
        ' ',
        typed(type.publish()),
      ),
  );
}

// What failed in cells that are not halted may try once more.
function once(rollout) {
  const failed = rollout.cells
    .filter((c) => !c.halted)
    .reduce((n, c) => n + c.failed, 0);
  if (failed === 0 || !isUnfinished(rollout)) return null;
  return h(
    'p',
    { class: 'quiet' },
    'What failed counts for good. To let it try once more, in no gate: ',
    typed(type.retry(rollout.key)),
  );
}

function leftOut(rollout) {
  if (rollout.excluded.length === 0) return null;
  return h(
    'section',
    { 'aria-label': `Devices left out of rollout ${rollout.key}` },
    h('h3', null, `${count(rollout.excluded.length, 'device')} left out`),
    h(
      'ul',
      { class: 'devices' },
      rollout.excluded.map((id) => h('li', null, typed(type.why(id)))),
    ),
  );
}

function holds(rollout) {
  if (rollout.holds.length === 0) return null;
  const [widest, ...others] = byWidth(rollout.holds);
  return h(
    'section',
    { class: 'holds', 'aria-label': `Holds of rollout ${rollout.key}` },
    h('h3', null, 'On hold: ', word(cellName(widest.hw, widest.region))),
    h('p', { class: 'evidence' }, word(holdWords(widest)), '.'),
    others.length > 0 && [
      h('p', null, 'By themselves on hold as well:'),
      h(
        'ul',
        null,
        others.map((hold) => h('li', null, word(holdWords(hold)))),
      ),
    ],
    h(
      'p',
      { class: 'quiet' },
      widest.since !== null && ['Since ', minute(widest.since), '; '],
      'nothing new starts there, and devices under way go on. It lifts by ' +
        'itself when they report; those that stay silent may halt it.',
    ),
  );
}

function keptBack(rollout) {
  const k = rollout.kept_back;
  if (k === null) return null;
  return h(
    'p',
    { class: 'quiet' },
    `${share(k.ppm)} are kept back to compare with: ` +
      `${count(k.units, 'device')} so far, ${number(k.heard)} heard of again, ` +
      `${number(k.silent)} silent.`,
  );
}

// Devices that two rollouts want.
function precedence(rollout) {
  const rows = [
    ...rollout.takes.map(
      (o) => `Takes ${count(o.devices, 'device')} of rollout ${o.rollout}, ` +
        'which has not ended.',
    ),
    ...rollout.loses.map(
      (o) => `Rollout ${o.rollout} stands above and takes ` +
        `${count(o.devices, 'device')}.`,
    ),
  ];
  return rows.map((text) => h('p', { class: 'quiet' }, text));
}

export function rolloutCard(rollout, now) {
  return h(
    'article',
    {
      id: `rollout-${rollout.key}`,
      class: `card ${haltedCells(rollout).length > 0 ? 'has-halt' : ''}`,
      'aria-labelledby': `name-${rollout.key}`,
    },
    heading(rollout, now),
    halts(rollout, now),
    holds(rollout),
    rollout.state === 'paused' &&
      h(
        'p',
        { class: 'next' },
        'An operator paused it. To go on: ',
        typed(type.resume(rollout.key)),
      ),
    precedence(rollout),
    stages(rollout, now),
    counts(rollout),
    keptBack(rollout),
    cells(rollout),
    once(rollout),
    leftOut(rollout),
  );
}
