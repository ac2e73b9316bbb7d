-- A subscription knows the rebill under way: until its outcome is known, no other one is begun
-- depends: 0012_subscriptions

-- migrate: apply
alter table subscription add column pending_operation uuid;
alter table subscription add foreign key (company_id, pending_operation)
    references operation (company_id, id);

-- What is under way now is known by the key of its period and try.
update subscription s set pending_operation = i.operation_id
    from idempotency i
    where i.company_id = s.company_id and i.originator_id = s.originator_id and i.live = s.live
    and i.key = 'subscription:' || s.id || ':' || s.iterations || ':' || s.retries;
create index subscription_pending on subscription (company_id, pending_operation)
    where pending_operation is not null;

-- migrate: rollback
