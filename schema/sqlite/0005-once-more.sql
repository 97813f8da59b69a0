-- What an operator lets devices that failed do once more, and which devices
-- he leaves out.

-- A device that is tried once more keeps its trial, which failed, and has one
-- row more that counts in no gate: `retry` numbers them.
CREATE TABLE trials_with_retries (
  number INTEGER PRIMARY KEY,
  rollout INTEGER NOT NULL REFERENCES rollouts (key),
  device INTEGER NOT NULL REFERENCES devices (key),
  -- Of no use to a control unit, which is told nothing.
  attempt INTEGER CHECK (attempt BETWEEN 1 AND 2147483647 AND attempt % 10 > 0),
  -- Held back on purpose, to compare with.
  control INTEGER NOT NULL CHECK (control IN (0, 1)),
  -- Index into the plan's hw x regions, hw major; frozen.
  cell INTEGER NOT NULL CHECK (cell BETWEEN 0 AND 4095),
  -- Enrolled before the rollout began: counts in gates and caps.
  counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
  -- 0 granted, 1 downloaded, 2 verified, 3 installed, 4 activated, 5 booted,
  -- 6 confirmed, 7 failed, 8 reverted, 9 silent, 10 void.
  step INTEGER NOT NULL CHECK (step BETWEEN 0 AND 10),
  granted_ms INTEGER NOT NULL CHECK (granted_ms > 0),
  step_ms INTEGER NOT NULL CHECK (step_ms > 0),
  -- How long a pause kept its deadlines from running.
  stood_still_ms INTEGER NOT NULL DEFAULT 0 CHECK (stood_still_ms >= 0),
  -- What it was last told, seconds.
  poll_after_s INTEGER NOT NULL CHECK (poll_after_s BETWEEN 0 AND 86400),
  -- Of its last report.
  image BLOB CHECK (length(image) = 32),
  code TEXT NOT NULL DEFAULT '' CHECK (length(code) <= 64),
  -- 0: the trial; n: the n-th time that it was tried once more.
  retry INTEGER NOT NULL DEFAULT 0 CHECK (retry BETWEEN 0 AND 2147483647),
  UNIQUE (rollout, device, retry),
  UNIQUE (device, attempt),
  CHECK ((attempt IS NULL) = (control = 1)),
  CHECK (retry = 0 OR (counted = 0 AND control = 0))
) STRICT;
INSERT INTO trials_with_retries (number, rollout, device, attempt, control,
  cell, counted, step, granted_ms, step_ms, stood_still_ms, poll_after_s,
  image, code)
SELECT number, rollout, device, attempt, control, cell, counted, step,
  granted_ms, step_ms, stood_still_ms, poll_after_s, image, code FROM trials;
DROP TABLE trials;
ALTER TABLE trials_with_retries RENAME TO trials;

-- When an operator last let the failed devices of a cell try once more.
CREATE TABLE retries (
  rollout INTEGER NOT NULL REFERENCES rollouts (key),
  cell INTEGER NOT NULL CHECK (cell BETWEEN 0 AND 4095),
  asked_ms INTEGER NOT NULL CHECK (asked_ms > 0),
  PRIMARY KEY (rollout, cell)
) STRICT, WITHOUT ROWID;

-- Devices that the state leaves out, whatever revision of the plan it names.
CREATE TABLE exclusions (
  product TEXT NOT NULL CHECK (length(product) BETWEEN 1 AND 40),
  plan_id TEXT NOT NULL CHECK (length(plan_id) BETWEEN 1 AND 40),
  device INTEGER NOT NULL REFERENCES devices (key),
  since_ms INTEGER NOT NULL CHECK (since_ms > 0),
  PRIMARY KEY (product, plan_id, device)
) STRICT, WITHOUT ROWID;
