// What the page says of numbers and times (web/static/words.js).

import assert from 'node:assert/strict';
import { soak, tried } from '../words.js';

const HOUR = 3600;

// A stage that soaks for a day, from Monday on.
const stage = { soak_s: 24 * HOUR, not_before: '2026-11-23T08:00:00Z' };
const FRIDAY = '2026-11-20T08:00:00Z';

const tests = {
  a_stage_whose_date_lies_ahead_opens_then() {
    const s = soak(stage, FRIDAY, '2026-11-22T06:00:00Z');
    assert.equal(s.began, 'opens 2026-11-23 08:00');
    assert.equal(s.left, 'in 1 d 2 h, then 1 d of soak');
    assert.equal(s.part, 0);
  },

  a_soak_counts_from_the_date_when_the_stage_was_entered_before() {
    const s = soak(stage, FRIDAY, '2026-11-23T14:00:00Z');
    assert.equal(s.began, 'now, for 6 h');
    assert.equal(s.left, '18 h of soak left');
    assert.equal(s.part, 0.25);
    assert.equal(
      soak(stage, FRIDAY, '2026-11-24T08:00:00Z').left,
      'soak time is over',
    );
  },

  a_soak_counts_from_the_entry_when_that_came_after_the_date() {
    const s = soak(stage, '2026-11-24T08:00:00Z', '2026-11-24T20:00:00Z');
    assert.equal(s.left, '12 h of soak left');
    assert.equal(s.part, 0.5);
  },

  without_a_soak_it_is_over_at_once() {
    const s = soak({ ...stage, soak_s: 0 }, FRIDAY, '2026-11-23T08:00:00Z');
    assert.equal(s.left, 'soak time is over');
    assert.equal(s.part, 1);
  },

  who_fell_silent_was_tried() {
    const counts = { trials: 12, open: 2, confirmed: 9, failed: 1, silent: 3 };
    assert.equal(tried(counts), 15);
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    test();
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}: ${e.message}`);
  }
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
