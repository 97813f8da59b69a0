-- The stage that an operator let the rollout go to, skipping the rest of a
-- soak or because the plan says `promote: hand`. It is carried out once all
-- else is met, also after a restart. NULL: nobody did.
ALTER TABLE rollouts ADD COLUMN promote_to INTEGER
  CHECK (promote_to BETWEEN 1 AND 15);
