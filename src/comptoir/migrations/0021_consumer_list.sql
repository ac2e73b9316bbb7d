-- The provider's list of all companies' consumers comes from an index
-- depends: 0002_tenants

-- migrate: apply
create index consumer_all on consumer (live, id desc);

-- migrate: rollback
