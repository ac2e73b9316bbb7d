-- Deliveries: what merchants and shoppers are told, every try with its request and its answer
-- depends: 0010_scope

-- migrate: apply
create table delivery (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    originator_id uuid not null,
    payment_id uuid not null,
    operation_id uuid not null,
    kind text not null check (kind in ('callback', 'receipt', 'notification')),
    url text not null check (length(url) <= 2048),
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
    tries int not null default 0 check (tries >= 0),
    next_try_at timestamptz,
    created_at timestamptz not null,
    finished_at timestamptz,
    language text check (language in ('en', 'es', 'fr')), -- Of a mail.
    -- Whom it is for: the host of an address, or the domain of an e-mail.
    recipient text generated always as (
        left(lower(coalesce(substring(url from '^[a-z]+://(?:[^/?#]*@)?([^/:?#]+)'),
            substring(url from '@([^@]+)$'), url)), 253)
    ) stored,
    primary key (company_id, id),
    unique (company_id, operation_id, kind), -- One outcome is told once, however often it is tried.
    foreign key (company_id, payment_id, live) references payment (company_id, id, live),
    check ((state = 'waiting') = (next_try_at is not null))
);
create index delivery_due on delivery (next_try_at) where next_try_at is not null;
create index delivery_payment on delivery (company_id, payment_id, created_at);
create index delivery_list on delivery (company_id, live, created_at desc, id desc);
create index delivery_all on delivery (live, created_at desc, id desc);
create index delivery_recipient on delivery (company_id, live, recipient, created_at desc, id desc);

create table delivery_try (
    company_id uuid not null,
    delivery_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    milliseconds int not null check (milliseconds >= 0),
    request jsonb not null,
    status int,
    answer text check (length(answer) <= 4000),
    fault text check (length(fault) <= 256),
    acknowledged boolean not null,
    primary key (company_id, id),
    foreign key (company_id, delivery_id) references delivery (company_id, id)
);
create index delivery_try_list on delivery_try (company_id, delivery_id, id);

do $$
declare
    name text;
begin
    foreach name in array array['delivery', 'delivery_try'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy tenant on %I to comptoir_app using ('
            'company_id = nullif(current_setting(''comptoir.company'', true), '''')::uuid)', name);
        execute format('create policy platform on %I to comptoir_platform using (true)', name);
        execute format('create policy owner on %I to comptoir_owner using (true)', name);
        execute format('grant select, insert, update on %I to comptoir_app, comptoir_platform', name);
    end loop;
end
$$;
revoke update on delivery_try from comptoir_app, comptoir_platform;

-- migrate: rollback
