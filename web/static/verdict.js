// "Is any rollout going wrong, and why?" Pure: an overview in, words out.

import {
  ago,
  byWidth,
  capital,
  cellName,
  count,
  haltWords,
  holdWords,
  list,
  secondsBetween,
} from './words.js';

const UNFINISHED = new Set(['running', 'paused', 'halted']);

// Another rollout takes back what it installed: it is dealt with. A recall
// begins only when this one is halted everywhere.
export function isRecalled(rollout) {
  return rollout.recalled_by !== null;
}

export function isUnfinished(rollout) {
  return UNFINISHED.has(rollout.state) && !isRecalled(rollout);
}

export function nameOf(rollout) {
  const name = `${rollout.product} ${rollout.version}`;
  return rollout.kind === 'recall' ? `Recall to ${name}` : name;
}

export function haltedCells(rollout) {
  return rollout.cells.filter((c) => c.halted);
}

// Half way to its bound, with at least two devices that failed: one failure
// is what every healthy fleet has.
export function isClose(cell) {
  return (
    !cell.halted &&
    cell.failed >= 2 &&
    cell.bound !== null &&
    2 * cell.failed >= cell.bound
  );
}

// Where it stopped, by the narrowest words: every cell named when they are
// few, else how many.
function whereHalted(rollout) {
  const halted = haltedCells(rollout);
  if (rollout.state === 'halted' || halted.length === rollout.cells.length)
    return 'in every cell';
  if (halted.length <= 3)
    return `in ${list(halted.map((c) => cellName(c.hw, c.region)))}`;
  return `in ${halted.length} of ${rollout.cells.length} cells`;
}

function whereHeld(rollout) {
  const held = rollout.cells.filter((c) => c.held);
  const left = rollout.cells.filter((c) => !c.halted);
  if (held.length === left.length) return 'in every cell';
  if (held.length <= 3)
    return `in ${list(held.map((c) => cellName(c.hw, c.region)))}`;
  return `in ${held.length} of ${rollout.cells.length} cells`;
}

// The first few, and how many there are beyond.
function closeWords(cells) {
  const named = cells
    .slice(0, 3)
    .map(
      (c) =>
        `${cellName(c.hw, c.region)}: ${c.failed} failed, halts at ${c.bound}`,
    );
  if (cells.length > 3) named.push(count(cells.length - 3, 'more cell'));
  return named.join('; ');
}

export function isHurt(rollout) {
  return (
    rollout.state === 'halted' ||
    haltedCells(rollout).length > 0 ||
    rollout.halts.length > 0
  );
}

// Belongs in front: under way, or ended with a halt that nobody has dealt with
// by a new revision of its plan or by a recall.
export function isOpen(rollout) {
  return (
    isUnfinished(rollout) ||
    (rollout.state === 'completed' &&
      isHurt(rollout) &&
      !isRecalled(rollout))
  );
}

function judgeRollout(rollout) {
  const link = `#rollout-${rollout.key}`;
  const found = [];
  if (isHurt(rollout))
    found.push({
      level: 'bad',
      text: `${nameOf(rollout)} is halted ${whereHalted(rollout)}`,
      why: rollout.halts.slice(0, 1).map(haltWords).join(''),
      link,
    });
  if (rollout.state === 'paused')
    found.push({
      level: 'warn',
      text: `${nameOf(rollout)} is paused`,
      why: 'Nothing starts and nothing activates until somebody resumes it',
      link,
    });
  if (rollout.holds.length > 0)
    found.push({
      level: 'warn',
      text: `${nameOf(rollout)} is on hold ${whereHeld(rollout)}`,
      why:
        `${holdWords(byWidth(rollout.holds)[0])}. Nothing new starts until ` +
        'they report; nobody has to lift it',
      link,
    });
  const close = rollout.cells.filter(isClose);
  if (close.length > 0)
    found.push({
      level: 'warn',
      text: `${nameOf(rollout)} comes close to a halt`,
      why: closeWords(close),
      link,
    });
  return found;
}

// A server that is only waiting for its first publish is no trouble.
export function isNew(overview) {
  return (
    overview.root_version === 0 &&
    overview.trouble.every((t) => t === 'nothing_published')
  );
}

// The server says "what is wrong: who must do what", or "ROLE expires …".
function sentence(level, text) {
  const end = text.indexOf(': ');
  const what = end < 0 ? text : text.slice(0, end);
  return {
    level,
    text: /^\S+ (expires|has expired)/.test(what) ? what : capital(what),
    why: end < 0 ? '' : capital(text.slice(end + 2)),
  };
}

function judgeServer(overview) {
  const found = [];
  if (!overview.ready && !isNew(overview))
    found.push(...overview.advice.map((text) => sentence('bad', text)));
  const expires = overview.timestamp_expires;
  if (expires !== null && secondsBetween(overview.time, expires) <= 0)
    found.push({
      level: 'bad',
      text: 'The signed timestamp has expired',
      why: `${ago(expires, overview.time)}; devices hold until it is renewed`,
    });
  found.push(...overview.warnings.map((text) => sentence('warn', text)));
  if (overview.publish_warnings.length > 0)
    found.push({
      level: 'warn',
      text: `The last publish has ${count(
        overview.publish_warnings.length,
        'warning',
      )}`,
      why:
        `${overview.publish_warnings.join('; ')}. Mend and publish again, or ` +
        'name the codes in `lint_accept`',
    });
  if (overview.alarms > 0)
    found.push({
      level: 'warn',
      text: `${count(overview.alarms, 'device')} ${
        overview.alarms === 1 ? 'raises' : 'raise'
      } an alarm`,
      why: 'Which, and of what: `pawlctl audit list`, device.alarm',
    });
  return found;
}

function whenCalm(overview) {
  const active = overview.rollouts.filter(isUnfinished);
  if (overview.root_version === 0)
    return { title: 'Nothing is published yet', text: '' };
  if (active.length > 0)
    return {
      title: 'Nothing is going wrong',
      text: `${count(active.length, 'rollout')} under way`,
    };
  const last = overview.rollouts[0];
  if (last === undefined)
    return { title: 'Nothing is being rolled out', text: '' };
  const since = last.ended === null ? '' : ` ${ago(last.ended, overview.time)}`;
  return {
    title: 'Nothing is being rolled out',
    text: `Last: ${nameOf(last)}, ${last.state}${since}`,
  };
}

// { level, title, text, findings: [{ level, text, why, link? }] }
export function judge(overview) {
  const findings = [
    ...judgeServer(overview),
    ...overview.rollouts.filter(isOpen).flatMap(judgeRollout),
  ];
  const bad = findings.filter((f) => f.level === 'bad');
  if (findings.length === 0)
    return { level: 'ok', ...whenCalm(overview), findings };
  const first = bad[0] ?? findings[0];
  const others = findings.length - 1;
  return {
    level: first.level,
    title: first.text,
    text: others === 0 ? '' : 'Also:',
    findings: [first, ...findings.filter((f) => f !== first)],
  };
}
