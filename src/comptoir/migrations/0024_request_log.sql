-- The request log: what programs asked of the APIs, kept for some days
-- depends: 0010_scope

-- migrate: apply
-- No foreign keys: many rows a second are written beside the payments, and each key would lock the
-- company's row again. Nothing refers to a line, and it is gone within days.
create table api_request (
    company_id uuid not null,
    id uuid not null,
    live boolean not null,
    at timestamptz not null,
    door text not null check (door in ('api', 'wire')),
    originator_id uuid, -- None: a key of the provider's.
    method text not null check (length(method) <= 16),
    path text not null check (length(path) <= 512), -- Without tokens and card numbers.
    query text check (length(query) <= 1024),
    status int not null check (status between 100 and 599),
    code text check (length(code) <= 64), -- What a wire answer or a problem says of itself.
    milliseconds int not null check (milliseconds >= 0),
    request_id text not null check (length(request_id) <= 64),
    request jsonb, -- Redacted, or none when there are too many at once.
    answer jsonb,
    primary key (company_id, live, id)
);
create index api_request_id on api_request (company_id, request_id);
create index api_request_age on api_request using brin (at);

alter table api_request enable row level security;
alter table api_request force row level security;
create policy tenant on api_request to comptoir_app
    using (company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on api_request to comptoir_platform using (true);
create policy owner on api_request to comptoir_owner using (true);
grant select on api_request to comptoir_app;
grant select, insert, delete on api_request to comptoir_platform;

-- migrate: rollback
