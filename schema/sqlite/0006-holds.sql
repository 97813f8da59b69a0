-- Since when a scope of a rollout starts nobody, and when that ended: what the
-- audit log and the pages say. Whether it is on hold now follows from the
-- trials, not from here.
CREATE TABLE holds (
  key INTEGER PRIMARY KEY CHECK (key > 0),
  rollout INTEGER NOT NULL REFERENCES rollouts (key),
  -- "*" spans.
  hw TEXT NOT NULL CHECK (length(hw) BETWEEN 1 AND 64),
  region TEXT NOT NULL CHECK (length(region) BETWEEN 1 AND 64),
  since_ms INTEGER NOT NULL CHECK (since_ms > 0),
  ended_ms INTEGER CHECK (ended_ms > 0),
  -- What it began with, in words.
  text TEXT NOT NULL CHECK (length(text) <= 512)
) STRICT;
CREATE UNIQUE INDEX holds_open ON holds (rollout, hw, region)
  WHERE ended_ms IS NULL;
