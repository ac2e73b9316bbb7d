-- Hosted payments: what was prepared, who tried to pay it and how, and what is set per originator
-- depends: 0010_scope

-- migrate: apply
create table checkout (
    company_id uuid not null references company (id),
    payment_id uuid not null,
    live boolean not null,
    originator_id uuid not null,
    tokens bytea not null, -- The merchant's and the customer's token, sealed together.
    api_version text not null check (length(api_version) <= 8),
    prepared jsonb not null,
    callback boolean not null, -- Whether the merchant wants to be told of outcomes.
    theme_id bigint,
    valid_until timestamptz not null,
    attempts int not null default 0 check (attempts >= 0),
    max_attempts int not null check (max_attempts between 1 and 20),
    cancelled_at timestamptz,
    created_at timestamptz not null,
    primary key (company_id, payment_id),
    foreign key (company_id, payment_id, live) references payment (company_id, id, live),
    foreign key (company_id, originator_id) references originator (company_id, id)
);
create index checkout_originator on checkout (company_id, originator_id, live, created_at desc);

-- What a shopper or a shop gave beside the card number. Written with the intention.
create table charge_detail (
    company_id uuid not null references company (id),
    operation_id uuid not null,
    payment_id uuid not null,
    ip text check (length(ip) <= 64),
    holder text check (length(holder) <= 128),
    expiry_month int check (expiry_month between 1 and 12),
    expiry_year int check (expiry_year between 2000 and 2100),
    terms jsonb, -- Of the subscription that begins when this charge succeeds.
    at timestamptz not null,
    order_id text check (length(order_id) between 1 and 100), -- A rebill may be for one of its own.
    -- Of a bank transfer, chosen by the shopper; until then the shop's choice in `prepared` stands.
    network text check (length(network) between 1 and 32),
    primary key (company_id, operation_id)
);
create index charge_detail_payment on charge_detail (company_id, payment_id);

create table checkout_step (
    company_id uuid not null,
    payment_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    kind text not null check (length(kind) <= 32),
    ip text check (length(ip) <= 64),
    details text check (length(details) <= 256),
    primary key (company_id, id),
    foreign key (company_id, payment_id) references checkout (company_id, payment_id)
);
create index checkout_step_payment on checkout_step (company_id, payment_id, id);

-- How an originator's hosted payments behave, and what `/account` tells. No row: the defaults.
create table checkout_profile (
    company_id uuid not null references company (id),
    originator_id uuid not null,
    max_attempts int not null default 3 check (max_attempts between 1 and 20),
    display_terms boolean not null default false,
    terms_url text check (length(terms_url) <= 2048),
    support_url text check (length(support_url) <= 2048),
    sender_name text check (length(sender_name) <= 100),
    sender_email text check (length(sender_email) <= 100),
    notify_success boolean not null default true,
    notify_failure boolean not null default false,
    notify_merchant boolean not null default false,
    notify_merchant_to text check (length(notify_merchant_to) <= 100),
    notify_merchant_language text not null default 'en'
        check (notify_merchant_language in ('en', 'es', 'fr')),
    resend_callbacks boolean not null default true,
    duplicate_seconds int not null default 0 check (duplicate_seconds between 0 and 86400),
    changed_at timestamptz not null,
    -- Offered in this order; none named: all there are.
    methods text[] not null default '{}',
    -- When the shopper's bank is asked: never, when the shop or the card asks, or always.
    three_ds text not null default 'honor' check (three_ds in ('never', 'honor', 'always')),
    primary key (company_id, originator_id),
    foreign key (company_id, originator_id) references originator (company_id, id)
);

do $$
declare
    name text;
begin
    foreach name in array array['checkout', 'charge_detail', 'checkout_step', 'checkout_profile']
    loop
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
revoke update on charge_detail, checkout_step from comptoir_app, comptoir_platform;

-- migrate: rollback
