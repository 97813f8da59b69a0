// The canonical form of tuf-js's library, as hex, a document a line.
'use strict';

const fs = require('node:fs');
const { canonicalize } = require('@tufjs/canonical-json');

for (const line of fs.readFileSync(0, 'utf8').split('\n').slice(0, -1))
  console.log(Buffer.from(canonicalize(JSON.parse(line))).toString('hex'));
