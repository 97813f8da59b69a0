// npm's tuf-js, unchanged, made to follow a Pawl server one step at a time.
//
//   node follow.js STORE URL refresh
//   node follow.js STORE URL info PATH
//   node follow.js STORE URL download PATH FILE
//   node follow.js STORE URL cached PATH FILE
//   node follow.js STORE URL download-flipped PATH FILE
//   node follow.js STORE URL refresh-with-timestamp TIMESTAMP_FILE
//
// STORE holds root.json, and whatever the client keeps. A request may take
// INTEROP_SECONDS. Prints one JSON object and exits 0, or prints the client's own
// words and exits 1.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { Updater } = require('tuf-js');

const [store, server, step, ...args] = process.argv.slice(2);

// Between client and server: `change(url, body)` answers with other bytes.
function between(change) {
  return new Promise((resolve) => {
    const proxy = http.createServer((req, res) => {
      http.get(server + req.url, (from) => {
        const parts = [];
        from.on('data', (part) => parts.push(part));
        from.on('end', () => {
          const body = change(req.url, Buffer.concat(parts));
          res.writeHead(from.statusCode, { 'content-length': body.length });
          res.end(body);
        });
      });
    });
    proxy.listen(0, '127.0.0.1', () => {
      proxy.unref();
      resolve(`http://127.0.0.1:${proxy.address().port}`);
    });
  });
}

function flipFirmware(url, body) {
  if (url.startsWith('/targets/fw/') && body.length > 0)
    body[body.length >> 1] ^= 1;
  return body;
}

function updaterFor(url) {
  return new Updater({
    metadataDir: store,
    metadataBaseUrl: `${url}/metadata`,
    targetDir: path.join(store, 'files'),
    targetBaseUrl: `${url}/targets`,
    config: {
      fetchRetry: 0,
      fetchTimeout: 1000 * Number(process.env.INTEROP_SECONDS || 20),
      prefixTargetsWithHash: true,
    },
  });
}

async function find(updater, name) {
  await updater.refresh();
  const info = await updater.getTargetInfo(name);
  if (!info) throw new Error(`${name}: no role lists it`);
  return info;
}

function versionOf(role) {
  const file = path.join(store, `${role}.json`);
  return JSON.parse(fs.readFileSync(file, 'utf8')).signed.version;
}

const steps = {
  async refresh(url) {
    await updaterFor(url).refresh();
    return Object.fromEntries(
      ['root', 'timestamp', 'snapshot', 'targets'].map((role) => [role, versionOf(role)]),
    );
  },
  async info(url, name) {
    const info = await find(updaterFor(url), name);
    return { length: info.length, hashes: info.hashes, custom: info.custom };
  },
  async download(url, name, file) {
    const updater = updaterFor(url);
    const info = await find(updater, name);
    await updater.downloadTarget(info, file);
    return { file };
  },
  async cached(url, name, file) {
    const updater = updaterFor(url);
    const info = await find(updater, name);
    const found = await updater.findCachedTarget(info, file);
    if (!found) throw new Error(`${name}: ${file} is not its copy`);
    return { file: found };
  },
  async 'download-flipped'(url, name, file) {
    return steps.download(await between(flipFirmware), name, file);
  },
  async 'refresh-with-timestamp'(url, file) {
    const old = fs.readFileSync(file);
    return steps.refresh(
      await between((asked, body) => (asked.endsWith('/timestamp.json') ? old : body)),
    );
  },
};

fs.mkdirSync(path.join(store, 'files'), { recursive: true });
steps[step](server, ...args).then(
  (result) => {
    console.log(JSON.stringify(result));
    process.exit(0);
  },
  (error) => {
    console.log(`${error.name}: ${error.message}`, error.cause?.message ?? '');
    process.exit(1);
  },
);
