-- Kept notifications, ended sessions and used links are forgotten after a while
-- depends: 0001_platform 0002_tenants 0003_scope

-- migrate: apply
create index notification_age on notification using brin (at);
grant delete on notification, session, one_time_link to comptoir_platform;

-- migrate: rollback
