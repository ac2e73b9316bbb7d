-- 3-D Secure: what a shop's own server asked for, how a charge was authenticated, which proof served it
-- depends: 0010_scope

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

-- How a charge was authenticated (3-D Secure): by the gateway's word, or by a proof that the shop
-- brought. Shift: the bank answers for a fraud.
create table authentication (
    company_id uuid not null references company (id),
    operation_id uuid not null,
    flow text not null check (length(flow) <= 32),
    status text not null check (length(status) <= 8),
    eci text not null check (length(eci) <= 4),
    shift boolean not null,
    at timestamptz not null,
    primary key (company_id, operation_id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
alter table authentication enable row level security;
alter table authentication force row level security;
create policy tenant on authentication to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on authentication to comptoir_platform using (true);
create policy owner on authentication to comptoir_owner using (true);
grant select, insert on authentication to comptoir_app, comptoir_platform;

-- The words of a charge's authentication that are kept; what the gateway says beside them is not.
create function keep_authentication_v1(
    p_company uuid, p_operation uuid, p_said jsonb, p_at timestamptz
)
returns void language sql as $$
    insert into authentication (company_id, operation_id, flow, status, eci, shift, at)
    values (p_company, p_operation, left(coalesce(p_said ->> 'flow', ''), 32),
        left(coalesce(p_said ->> 'status', ''), 8), left(coalesce(p_said ->> 'eci', ''), 4),
        coalesce(p_said ->> 'status' in ('Y', 'A'), false), p_at)
    on conflict (company_id, operation_id) do nothing
$$;

create table three_ds_use (
    company_id uuid not null references company (id),
    check_id uuid not null,
    operation_id uuid not null,
    at timestamptz not null,
    primary key (company_id, check_id),
    foreign key (company_id, check_id) references operation (company_id, id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
alter table three_ds_use enable row level security;
alter table three_ds_use force row level security;
create policy tenant on three_ds_use to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on three_ds_use to comptoir_platform using (true);
create policy owner on three_ds_use to comptoir_owner using (true);
grant select, insert on three_ds_use to comptoir_app, comptoir_platform;

-- migrate: rollback
