-- Consumers: who pays, by which names they are recognised, what they have paid in sum
-- depends: 0001_platform

-- migrate: apply
create table consumer (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    shop_id text check (length(shop_id) <= 100),
    name text check (length(name) <= 128),
    email text check (length(email) <= 254),
    phone text check (length(phone) <= 32),
    country text check (length(country) <= 64),
    note text check (length(note) <= 2000),
    created_at timestamptz not null,
    -- Whose key added a consumer who has not paid yet.
    originator_id uuid,
    primary key (company_id, id),
    unique (company_id, id, live)
);
create index consumer_list on consumer (company_id, live, id desc);
create index consumer_all on consumer (live, id desc);
create index consumer_text on consumer
    using gin (company_id, email gin_trgm_ops, name gin_trgm_ops, shop_id gin_trgm_ops);

create table consumer_key (
    company_id uuid not null,
    live boolean not null,
    kind text not null check (kind in ('shop_id', 'email', 'card')),
    value bytea not null,
    consumer_id uuid not null,
    primary key (company_id, live, kind, value),
    foreign key (company_id, consumer_id, live) references consumer (company_id, id, live)
        deferrable initially deferred
);
create index consumer_key_consumer on consumer_key (company_id, consumer_id);

create table consumer_total (
    company_id uuid not null,
    consumer_id uuid not null,
    currency char(3) not null,
    payments bigint not null default 0,
    accepted_minor bigint not null default 0,
    returned_minor bigint not null default 0,
    last_at timestamptz not null,
    primary key (company_id, consumer_id, currency)
);

-- What a payment counts for in its consumer's totals: a change of one payment reads that one only.
create table consumer_payment (
    company_id uuid not null,
    payment_id uuid not null,
    consumer_id uuid not null,
    currency char(3) not null,
    payments int not null check (payments in (0, 1)),
    accepted_minor bigint not null,
    returned_minor bigint not null,
    primary key (company_id, payment_id, consumer_id, currency)
);
alter table consumer_payment enable row level security;
alter table consumer_payment force row level security;
create policy tenant on consumer_payment to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on consumer_payment to comptoir_platform using (true);
create policy owner on consumer_payment to comptoir_owner using (true);
grant select, insert, update on consumer_payment to comptoir_app, comptoir_platform;

-- migrate: rollback
