-- 3-D Secure asked for by a shop's own server: where the shopper goes back to, and how
-- depends: 0011_checkout

-- migrate: apply
create table three_ds_request (
    company_id uuid not null references company (id),
    operation_id uuid not null,
    challenge boolean not null,
    return_url text check (length(return_url) <= 4096),
    at timestamptz not null,
    primary key (company_id, operation_id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
alter table three_ds_request enable row level security;
alter table three_ds_request force row level security;
create policy tenant on three_ds_request to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on three_ds_request to comptoir_platform using (true);
create policy owner on three_ds_request to comptoir_owner using (true);
grant select, insert on three_ds_request to comptoir_app, comptoir_platform;

-- migrate: rollback
