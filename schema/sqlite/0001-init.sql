-- The whole memory of a server, except what must outlive a lost database (the
-- halt journal and the version blocks, which are a file of their own).
--
-- Times are milliseconds since 1970 UTC, in columns named *_ms. A moment that
-- has not come is NULL. Digests are the 32 bytes of SHA-256. Names are the
-- words of the contract: lower case, ASCII, bounded. Rules the whole product
-- rests on (a version has one content, the audit log is append-only, a halt
-- stays) are constraints and triggers here, so that no code path goes round
-- them.

-- Small facts about this server, for example the identity of its repository.
CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  value TEXT NOT NULL CHECK (length(value) <= 65536)
) STRICT, WITHOUT ROWID;

-- Every version of every signed role file that was ever issued. The key makes
-- it impossible to issue a version again with other bytes.
CREATE TABLE metadata (
  role TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 127),
  version INTEGER NOT NULL CHECK (version BETWEEN 1 AND 9007199254740991),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  -- What the file itself says.
  expires_ms INTEGER NOT NULL CHECK (expires_ms > 0),
  created_ms INTEGER NOT NULL CHECK (created_ms > 0),
  -- The file exactly as served; last, so that the rest is read without it.
  bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 2 AND 5000000),
  PRIMARY KEY (role, version)
) STRICT;

CREATE TRIGGER metadata_not_changed BEFORE UPDATE ON metadata
BEGIN
  SELECT RAISE(ABORT, 'metadata: an issued version is never changed');
END;
CREATE TRIGGER metadata_not_removed BEFORE DELETE ON metadata
BEGIN
  SELECT RAISE(ABORT, 'metadata: an issued version is never removed');
END;
-- Against INSERT OR REPLACE, which fires no DELETE trigger.
CREATE TRIGGER metadata_not_replaced BEFORE INSERT ON metadata
WHEN EXISTS (
  SELECT 1 FROM metadata WHERE role = NEW.role AND version = NEW.version
)
BEGIN
  SELECT RAISE(ABORT, 'metadata: an issued version is never replaced');
END;

-- One row for each change of the visible set, whatever caused it.
CREATE TABLE publishes (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  at_ms INTEGER NOT NULL CHECK (at_ms > 0),
  -- publish: new signed files came in; resign: lives were renewed;
  -- rollout: a stage or a state changed; halt: something was stopped.
  cause TEXT NOT NULL CHECK (cause IN ('publish', 'resign', 'rollout', 'halt')),
  actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 128)
) STRICT;

-- The visible set: which version of each role is current.
CREATE TABLE published (
  role TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  -- The change that made it current.
  publish INTEGER NOT NULL REFERENCES publishes (number),
  FOREIGN KEY (role, version) REFERENCES metadata (role, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER published_not_back BEFORE UPDATE ON published
WHEN NEW.version < OLD.version OR NEW.role <> OLD.role
BEGIN
  SELECT RAISE(ABORT, 'published: a version never goes back');
END;

-- Firmware images that signed metadata lists or once listed.
CREATE TABLE releases (
  key INTEGER PRIMARY KEY,
  product TEXT NOT NULL CHECK (length(product) BETWEEN 1 AND 40),
  version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 64),
  -- Target path; for ever the same bytes.
  path TEXT NOT NULL UNIQUE CHECK (length(path) BETWEEN 1 AND 1024),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  length INTEGER NOT NULL CHECK (length >= 0),
  -- The target's custom as canonical JSON.
  custom TEXT NOT NULL CHECK (json_valid(custom) AND length(custom) <= 8192),
  published_ms INTEGER NOT NULL CHECK (published_ms > 0),
  -- When the metadata ceased to list it.
  retired_ms INTEGER CHECK (retired_ms > 0)
) STRICT;

-- Signed plans that metadata lists or once listed; immutable by path.
CREATE TABLE plans (
  key INTEGER PRIMARY KEY,
  product TEXT NOT NULL CHECK (length(product) BETWEEN 1 AND 40),
  id TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 40),
  rev INTEGER NOT NULL CHECK (rev BETWEEN 1 AND 9007199254740991),
  path TEXT NOT NULL UNIQUE CHECK (length(path) BETWEEN 1 AND 1024),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  published_ms INTEGER NOT NULL CHECK (published_ms > 0),
  retired_ms INTEGER CHECK (retired_ms > 0),
  bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 2 AND 32768),
  UNIQUE (product, id, rev)
) STRICT;

-- Leave to enrol a number of devices of given kinds, until a date.
CREATE TABLE batches (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
  -- SHA-256 of the token, which is shown once and kept nowhere.
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  product TEXT NOT NULL CHECK (length(product) BETWEEN 1 AND 40),
  -- What its devices may say of themselves: JSON lists of names.
  hw TEXT NOT NULL
    CHECK (json_valid(hw) AND json_type(hw) = 'array')
    CHECK (length(hw) <= 4351),
  regions TEXT NOT NULL
    CHECK (json_valid(regions) AND json_type(regions) = 'array')
    CHECK (length(regions) <= 4351),
  channels TEXT NOT NULL
    CHECK (json_valid(channels) AND json_type(channels) = 'array')
    CHECK (length(channels) <= 4351),
  quota INTEGER NOT NULL CHECK (quota BETWEEN 1 AND 9007199254740991),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND quota),
  expires_ms INTEGER NOT NULL CHECK (expires_ms > 0),
  -- Since when its devices are not believed.
  quarantined_ms INTEGER CHECK (quarantined_ms > 0),
  created_by TEXT NOT NULL CHECK (length(created_by) BETWEEN 1 AND 128),
  created_ms INTEGER NOT NULL CHECK (created_ms > 0)
) STRICT;

-- Devices, in the order in which they enrolled. A row is never removed.
CREATE TABLE devices (
  key INTEGER PRIMARY KEY,
  -- Public: 128 random bits in hex.
  id TEXT NOT NULL UNIQUE
    CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  product TEXT NOT NULL CHECK (length(product) BETWEEN 1 AND 40),
  hw TEXT NOT NULL CHECK (length(hw) BETWEEN 1 AND 64),
  region TEXT NOT NULL CHECK (length(region) BETWEEN 1 AND 64),
  channel TEXT NOT NULL CHECK (length(channel) BETWEEN 1 AND 64),
  -- For the operator's eyes only.
  label TEXT NOT NULL DEFAULT '' CHECK (length(label) <= 128),
  -- SHA-256 of the device's token.
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  -- The key it signs reports with, where it has one.
  public_key BLOB CHECK (length(public_key) BETWEEN 32 AND 128),
  batch INTEGER NOT NULL REFERENCES batches (key),
  enrolled_ms INTEGER NOT NULL CHECK (enrolled_ms > 0),
  first_checkin_ms INTEGER CHECK (first_checkin_ms > 0),
  last_seen_ms INTEGER CHECK (last_seen_ms > 0),
  -- What it said it runs, when it was last seen.
  running_sha256 BLOB CHECK (length(running_sha256) = 32),
  running_version TEXT NOT NULL DEFAULT ''
    CHECK (length(running_version) <= 64),
  running_counter INTEGER NOT NULL DEFAULT 0
    CHECK (running_counter BETWEEN 0 AND 4294967295),
  -- The window by which a report counts once: the highest sequence number
  -- seen, a map of the 64 at and below it (bit k: mark - k), and a 32-bit
  -- hash, lowest byte first, of each of the newest four bodies.
  seq_mark INTEGER NOT NULL DEFAULT 0
    CHECK (seq_mark BETWEEN 0 AND 9007199254740991),
  seq_bits INTEGER NOT NULL DEFAULT 0,
  seq_hashes BLOB CHECK (length(seq_hashes) = 16),
  -- The highest attempt it was ever given: no number comes twice.
  last_attempt INTEGER NOT NULL DEFAULT 0
    CHECK (last_attempt BETWEEN 0 AND 2147483647),
  -- How often somebody else seemed to speak in its name.
  clone_alarms INTEGER NOT NULL DEFAULT 0 CHECK (clone_alarms >= 0),
  revoked_ms INTEGER CHECK (revoked_ms > 0)
) STRICT;

-- A plan being carried out.
CREATE TABLE rollouts (
  key INTEGER PRIMARY KEY,
  plan INTEGER NOT NULL UNIQUE REFERENCES plans (key),
  -- 0 running, 1 paused, 2 halted, 3 completed, 4 superseded.
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
  -- Index into the plan's stages.
  stage INTEGER NOT NULL CHECK (stage BETWEEN 0 AND 15),
  stage_since_ms INTEGER NOT NULL CHECK (stage_since_ms > 0),
  began_ms INTEGER NOT NULL CHECK (began_ms > 0),
  ended_ms INTEGER CHECK (ended_ms > 0),
  created_by TEXT NOT NULL CHECK (length(created_by) BETWEEN 1 AND 128)
) STRICT;

-- One device is one trial of a rollout. The primary key is the order of
-- enrolment, in which an engine replays them.
CREATE TABLE trials (
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
  UNIQUE (rollout, device),
  UNIQUE (device, attempt),
  CHECK ((attempt IS NULL) = (control = 1))
) STRICT;

-- What was stopped, and why. A latch: only a new plan revision starts anew.
CREATE TABLE halts (
  key INTEGER PRIMARY KEY CHECK (key > 0),
  rollout INTEGER NOT NULL REFERENCES rollouts (key),
  -- "*" spans.
  hw TEXT NOT NULL CHECK (length(hw) BETWEEN 1 AND 64),
  region TEXT NOT NULL CHECK (length(region) BETWEEN 1 AND 64),
  at_ms INTEGER NOT NULL CHECK (at_ms > 0),
  by_hand INTEGER NOT NULL CHECK (by_hand IN (0, 1)),
  actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 128),
  -- Everything needed to recompute the verdict.
  evidence TEXT NOT NULL
    CHECK (json_valid(evidence) AND length(evidence) <= 65536),
  UNIQUE (rollout, hw, region)
) STRICT;

CREATE TRIGGER halts_not_changed BEFORE UPDATE ON halts
BEGIN
  SELECT RAISE(ABORT, 'halts: a halt is a latch, it is never changed');
END;
CREATE TRIGGER halts_not_removed BEFORE DELETE ON halts
BEGIN
  SELECT RAISE(ABORT, 'halts: a halt is a latch, it is never removed');
END;
CREATE TRIGGER halts_not_replaced BEFORE INSERT ON halts
WHEN EXISTS (
  SELECT 1 FROM halts
  WHERE key = NEW.key
    OR (rollout = NEW.rollout AND hw = NEW.hw AND region = NEW.region)
)
BEGIN
  SELECT RAISE(ABORT, 'halts: a halt is a latch, it is never replaced');
END;

-- Telemetry, one row per accepted item, in order of arrival. No second index:
-- an index on a random device id would cost more than all the rest. Old rows
-- age out; counters and audit stay.
CREATE TABLE reports (
  number INTEGER PRIMARY KEY,
  received_ms INTEGER NOT NULL CHECK (received_ms > 0),
  device INTEGER NOT NULL REFERENCES devices (key),
  seq INTEGER NOT NULL CHECK (seq BETWEEN 0 AND 9007199254740991),
  -- NULL: it acted without a grant (offline_after_s).
  attempt INTEGER CHECK (attempt BETWEEN 1 AND 2147483647),
  plan BLOB CHECK (length(plan) = 32),
  image BLOB CHECK (length(image) = 32),
  step TEXT NOT NULL CHECK (length(step) BETWEEN 1 AND 16),
  code TEXT NOT NULL CHECK (length(code) <= 64),
  running BLOB CHECK (length(running) = 32),
  counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
  -- Older than the device's window: kept, in no gate.
  late INTEGER NOT NULL CHECK (late IN (0, 1))
) STRICT;

CREATE TRIGGER reports_not_changed BEFORE UPDATE ON reports
BEGIN
  SELECT RAISE(ABORT, 'reports: a report is never changed');
END;

-- Operators and their tools.
CREATE TABLE tokens (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
  -- SHA-256 of the token, which is shown once and kept nowhere.
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  -- JSON list of scope names.
  scopes TEXT NOT NULL
    CHECK (json_valid(scopes) AND json_type(scopes) = 'array')
    CHECK (length(scopes) <= 1023),
  expires_ms INTEGER NOT NULL CHECK (expires_ms > 0),
  created_ms INTEGER NOT NULL CHECK (created_ms > 0),
  revoked_ms INTEGER CHECK (revoked_ms > 0)
) STRICT;

-- Who changed what, and why. Append-only.
CREATE TABLE audit (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  at_ms INTEGER NOT NULL CHECK (at_ms > 0),
  -- An operator token's id, a batch's, or the part of the server that acted.
  actor TEXT NOT NULL CHECK (length(actor) BETWEEN 1 AND 128),
  -- noun.verb, for example "rollout.halt".
  action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 64),
  object TEXT NOT NULL CHECK (length(object) <= 1024),
  reason TEXT NOT NULL CHECK (length(reason) <= 1024),
  request_id TEXT NOT NULL CHECK (length(request_id) <= 64),
  detail TEXT NOT NULL CHECK (json_valid(detail) AND length(detail) <= 65536)
) STRICT;

CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit: the log is append-only');
END;
CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit: the log is append-only');
END;
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN
  SELECT RAISE(ABORT, 'audit: the log is append-only');
END;
