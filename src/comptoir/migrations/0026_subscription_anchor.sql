-- What the periods of a subscription are counted from: the 31st stays the last day of each month
-- depends: 0022_subscription_pending

-- migrate: apply
-- Null until the first rebill after a trial, which may be converted early.
alter table subscription add column anchor_at timestamptz;
update subscription set anchor_at = started_at where trial_period is null;

-- migrate: rollback
