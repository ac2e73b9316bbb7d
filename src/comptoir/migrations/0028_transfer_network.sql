-- Which network a bank transfer goes through, where the shopper chose it
-- depends: 0026_subscription_anchor

-- migrate: apply
-- Null until then: the shop's own choice stands in the prepared document.
alter table charge_detail add column network text check (length(network) between 1 and 32);

-- migrate: rollback
