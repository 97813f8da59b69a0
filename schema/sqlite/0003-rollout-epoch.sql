-- How often the plan's trials were begun anew before this rollout, with
-- nothing carried over: after `resumes`, or when the plan was withdrawn and
-- started again. Its risk is alpha / 2^epoch, and devices that an earlier
-- epoch tried are in none of its gates.
ALTER TABLE rollouts ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0
  CHECK (epoch BETWEEN 0 AND 9007199254740991);
