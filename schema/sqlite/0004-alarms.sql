-- What a device last complained of at a check-in, and when it began to: a code
-- of its own words ("threshold", "latched"), '' when it never did.
ALTER TABLE devices ADD COLUMN alarm TEXT NOT NULL DEFAULT ''
  CHECK (length(alarm) <= 64);
ALTER TABLE devices ADD COLUMN alarm_ms INTEGER CHECK (alarm_ms > 0);
