-- Merchants: originators, their keys, the accounts they are paid through
-- depends: 0001_platform

-- migrate: apply
create sequence originator_number start 100001 maxvalue 999999;

create table originator (
    company_id uuid not null references company (id),
    id uuid not null,
    number int not null check (number between 100000 and 999999),
    name text not null check (length(name) between 1 and 128),
    descriptor text check (length(descriptor) <= 25),
    website text check (length(website) <= 256),
    currency char(3) not null,
    currencies text[] not null check (currency = any (currencies)),
    default_operation text not null default 'sale'
        check (default_operation in ('sale', 'authorize')),
    credit_allowed boolean not null default false,
    credit_limit_minor bigint check (credit_limit_minor > 0),
    state text not null default 'active' check (state in ('active', 'disabled')),
    created_at timestamptz not null default now(),
    primary key (company_id, id),
    unique (company_id, number)
);

create table api_key (
    company_id uuid not null,
    id uuid not null,
    originator_id uuid not null,
    live boolean not null,
    secret_hash bytea not null,
    hint text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    primary key (company_id, id),
    foreign key (company_id, originator_id) references originator (company_id, id)
);
create index api_key_originator on api_key (company_id, originator_id, live);

create table merchant_account (
    company_id uuid not null references company (id),
    id uuid not null,
    name text not null check (length(name) between 1 and 128),
    connector text not null check (length(connector) <= 32),
    live boolean not null,
    contract_number text check (length(contract_number) <= 64),
    currencies text[] not null,
    methods text[] not null,
    credentials bytea not null,
    options jsonb not null default '{}',
    capture_days int not null default 7 check (capture_days between 1 and 31),
    state text not null default 'active' check (state in ('active', 'disabled')),
    created_at timestamptz not null default now(),
    primary key (company_id, id),
    unique (company_id, id, live),
    check (not (live and connector = 'sandbox'))
);

create table originator_account (
    company_id uuid not null,
    originator_id uuid not null,
    live boolean not null,
    account_id uuid not null,
    position int not null check (position between 1 and 20),
    primary key (company_id, originator_id, live, position),
    unique (company_id, originator_id, account_id),
    foreign key (company_id, originator_id) references originator (company_id, id),
    foreign key (company_id, account_id, live) references merchant_account (company_id, id, live)
);

-- migrate: rollback
