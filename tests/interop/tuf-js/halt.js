// How long after a report is acknowledged does a stranger see, verified, that
// the cell it broke is halted?
//
//   node halt.js STORE URL TOKEN_FILE BATCH_FILE PLAN_PATH HW,… REGION,…
//
// For each cell of the plan: two devices update and report that it failed,
// one after the other; a single failure halts nothing, the second does. npm's
// tuf-js, unchanged, meanwhile refreshes and reads the rollout state over and
// over. The clock runs from the 200 that acknowledges the second report to
// the moment tuf-js has verified a state with the cell in `halted`. A third
// device asks to start right after that 200, and must not be let.
//
// Prints one JSON object: for each cell the milliseconds to the signed halt
// and to a check-in that says so. Exits 1 when something was not as it must.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Updater } = require('tuf-js');

const [store, server, tokenFile, batchFile, planPath, hws, regions] = process.argv.slice(2);
const GIVE_UP_MS = 5000;
const CHANNEL = 'canary';
const STATE = `rollout/coat/${CHANNEL}.json`;
const OLD = '1'.repeat(64);
const now = () => Number(process.hrtime.bigint()) / 1e6;
const operator = fs.readFileSync(tokenFile, 'utf8').trim();
const batch = fs.readFileSync(batchFile, 'utf8').trim();
const agent = new http.Agent({ keepAlive: true });

function ask(method, route, body, token) {
  const text = body === null ? '' : JSON.stringify(body);
  const headers = { 'content-length': Buffer.byteLength(text) };
  if (token) headers.authorization = `Bearer ${token}`;
  return new Promise((resolve, reject) => {
    const req = http.request(server + route, { method, headers, agent }, (res) => {
      const parts = [];
      res.on('data', (part) => parts.push(part));
      res.on('end', () => {
        const answer = Buffer.concat(parts).toString();
        if (res.statusCode >= 300) reject(new Error(`${route}: ${res.statusCode} ${answer}`));
        else resolve(JSON.parse(answer));
      });
    });
    req.on('error', reject);
    req.end(text);
  });
}

class Device {
  constructor(hw, region) {
    this.id = crypto.randomBytes(16).toString('hex');
    this.cell = { hw, region };
    this.seq = 0;
    this.attempt = null;
  }
  async enrol() {
    const body = { batch_token: batch, product: 'coat', channel: CHANNEL, id: this.id, ...this.cell };
    this.token = (await ask('POST', '/v1/enrol', body)).token;
    await this.checkin(null);
  }
  // As up to date as the last answer said.
  async checkin(want, plan) {
    const answer = await ask('POST', '/v1/checkin', {
      v: 1,
      nonce: 'n',
      root: 1,
      ts: this.ts || 0,
      running: { sha256: OLD, version: '0.9.0', counter: 1 },
      want,
      plan: want ? plan.sha256 : null,
      attempt: this.attempt,
    }, this.token);
    this.ts = answer.ts;
    return answer;
  }
  async start(plan) {
    await this.checkin(null);
    const { grant, why } = await this.checkin('start', plan);
    if (!grant) throw new Error(`${this.id} may not start: ${why.code}: ${why.text}`);
    this.attempt = grant.attempt;
  }
  async fail(plan) {
    this.seq += 1;
    const item = {
      seq: this.seq,
      attempt: this.attempt,
      plan: plan.sha256,
      image: null,
      step: 'failed',
      code: 'boot',
      running: OLD,
      counter: 1,
    };
    const { ack } = await ask('POST', '/v1/reports', { v: 1, id: this.id, items: [item] }, this.token);
    if (!ack.includes(this.seq)) throw new Error(`${this.id}: report not acknowledged`);
    return now();
  }
}

const isHalted = (rule, { hw, region }) =>
  rule.halted.some((c) => [hw, '*'].includes(c.hw) && [region, '*'].includes(c.region));

// One whole refresh from what is stored, then the verified state.
async function verifiedRule(plan) {
  const updater = new Updater({
    metadataDir: store,
    metadataBaseUrl: `${server}/metadata`,
    targetDir: path.join(store, 'files'),
    targetBaseUrl: `${server}/targets`,
    config: { fetchRetry: 0, prefixTargetsWithHash: true },
  });
  await updater.refresh();
  const info = await updater.getTargetInfo(STATE);
  const file = path.join(store, 'state.json');
  if (!(await updater.findCachedTarget(info, file))) await updater.downloadTarget(info, file);
  const state = JSON.parse(fs.readFileSync(file, 'utf8'));
  return state.rules.find((rule) => rule.plan === plan.path);
}

// Refreshes without a pause until the cell is halted; when that was seen.
async function watch(plan, cell, seen) {
  const end = now() + GIVE_UP_MS;
  while (now() < end) {
    const rule = await verifiedRule(plan);
    seen.refreshes += 1;
    if (isHalted(rule, cell)) return now();
  }
  throw new Error(`${cell.hw}/${cell.region}: no signed halt within ${GIVE_UP_MS} ms`);
}

// The device that asks next. What it is told may be that it has to refresh
// first: nothing is granted on old metadata.
async function askAfter(device, plan, acknowledged) {
  const first = await device.checkin('start', plan);
  if (first.grant) throw new Error('a start was granted after the second failure');
  if (!['halted', 'cell_halted', 'stale_metadata'].includes(first.why.code))
    throw new Error(`after the second failure: ${first.why.code}`);
  for (;;) {
    const { why } = await device.checkin(null);
    if (why.code === 'halted') return now() - acknowledged;
    if (now() - acknowledged > GIVE_UP_MS) throw new Error(`check-in still says ${why.code}`);
  }
}

async function haltOf(plan, devices) {
  const [first, second, third] = devices;
  const seen = { refreshes: 0 };
  await first.start(plan);
  await second.start(plan);
  await third.checkin(null);
  await first.fail(plan);
  if (isHalted(await verifiedRule(plan), first.cell)) throw new Error('one failure halted a cell');
  const watching = watch(plan, first.cell, seen);
  const acknowledged = await second.fail(plan);
  const [halted, checkin_ms] = await Promise.all([watching, askAfter(third, plan, acknowledged)]);
  return {
    cell: `${first.cell.hw}/${first.cell.region}`,
    signed_ms: Math.round((halted - acknowledged) * 10) / 10,
    checkin_ms: Math.round(checkin_ms * 10) / 10,
    refreshes: seen.refreshes,
  };
}

async function main() {
  const catalog = await ask('GET', '/v1/admin/catalog', null, operator);
  const plan = catalog.products
    .flatMap((product) => product.plans)
    .find((p) => p.path === planPath);
  const cells = hws.split(',').flatMap((hw) =>
    regions.split(',').map((region) => [0, 1, 2].map(() => new Device(hw, region))),
  );
  // Devices count when they were there before the rollout.
  for (const device of cells.flat()) await device.enrol();
  await ask('POST', '/v1/admin/rollouts', { plan: planPath, reason: 'interop' }, operator);
  const halts = [];
  for (const devices of cells) halts.push(await haltOf(plan, devices));
  return {
    halts,
    signed_ms: Math.max(...halts.map((h) => h.signed_ms)),
    checkin_ms: Math.max(...halts.map((h) => h.checkin_ms)),
  };
}

fs.mkdirSync(path.join(store, 'files'), { recursive: true });
main().then(
  (result) => {
    console.log(JSON.stringify(result));
    process.exit(0);
  },
  (error) => {
    console.log(`${error.name}: ${error.message}`);
    process.exit(1);
  },
);
