-- Tenant tables: originators, accounts, consumers, payments, operations and what they leave behind
-- depends: 0001_platform

-- migrate: apply
-- Decimals of a currency, as a key of a JSON object (ISO 4217; a test compares it with the code).
create function iso_exponent(p_currency char(3)) returns text language sql immutable as $$
    select case
        when p_currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
            'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then '0'
        when p_currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then '3'
        when p_currency in ('CLF', 'UYW') then '4'
        else '2'
    end
$$;

-- PL/pgSQL, so that an insert calls it: SQL would be parsed and planned anew in every insert.
create function amount_units(p_minor bigint, p_currency char(3)) returns bigint
language plpgsql immutable as $$
begin
    return p_minor * case iso_exponent(p_currency)
        when '0' then 10000 when '2' then 100 when '3' then 10 else 1 end;
end
$$;

create sequence originator_number start 100001 maxvalue 999999;
-- Processes draw blocks of 64 numbers, so that the payment path never waits for the sequence.
create sequence operation_number_block start 100000 increment 64 maxvalue 2147483000;

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
    primary key (company_id, id),
    unique (company_id, id, live)
);
create index consumer_list on consumer (company_id, live, id desc);
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

create table import_run (
    company_id uuid not null references company (id),
    id uuid not null,
    originator_id uuid not null,
    account_id uuid,
    live boolean not null,
    file_name text not null check (length(file_name) <= 256),
    file_hash bytea not null,
    mapping jsonb not null,
    state text not null check (state in ('running', 'finished', 'undone')),
    line int not null default 0,
    added int not null default 0,
    known int not null default 0,
    refused int not null default 0,
    started_at timestamptz not null,
    finished_at timestamptz,
    undone_at timestamptz,
    actor text not null,
    primary key (company_id, id)
);
create unique index import_run_file on import_run (company_id, originator_id, live, file_hash)
    where state <> 'undone';

create table payment (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    source text not null check (source in ('own', 'imported', 'demo')),
    originator_id uuid not null,
    consumer_id uuid,
    order_id text not null check (length(order_id) between 1 and 100),
    description text check (length(description) <= 500),
    amount_minor bigint not null check (amount_minor between 0 and 999999999999),
    currency char(3) not null,
    mode text not null default 'single'
        check (mode in ('single', 'on_shipping', 'recurrent', 'instalments')),
    method text not null check (length(method) <= 32),
    email text check (length(email) <= 254),
    shopper jsonb not null default '{}',
    custom text check (length(custom) <= 2048),
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    import_id uuid,
    primary key (company_id, id),
    unique (company_id, id, live),
    foreign key (company_id, originator_id) references originator (company_id, id),
    foreign key (company_id, consumer_id, live) references consumer (company_id, id, live),
    check (source <> 'demo' or not live)
);
create index payment_list on payment (company_id, live, occurred_at desc, id desc);
create index payment_order on payment (order_id, company_id);
create index payment_consumer on payment (company_id, consumer_id, occurred_at desc)
    where consumer_id is not null;
create index payment_text on payment
    using gin (company_id, email gin_trgm_ops, order_id gin_trgm_ops);

create table operation (
    company_id uuid not null references company (id),
    id uuid not null,
    number bigint not null check (number > 0 and number < 2147483648),
    payment_id uuid not null,
    originator_id uuid not null,
    account_id uuid,
    consumer_id uuid,
    live boolean not null,
    source text not null check (source in ('own', 'imported', 'demo')),
    kind text not null check (
        kind in (
            'authorize', 'sale', 'capture', 'cancel', 'refund', 'rebill', 'credit', '3dscheck',
            'submission', 'collection', 'chargeback', 'dispute', 'retrieval', 'reversal', 'fraud',
            'representment'
        )
    ),
    status text not null check (
        status in (
            'prepared', 'sent', 'succeeded', 'declined', 'rejected', 'pending', 'action_required',
            'unknown', 'not_sent'
        )
    ),
    result_code char(3) check (result_code ~ '^[0-9]{3}$'),
    refers_to uuid,
    amount_minor bigint not null check (amount_minor between 0 and 999999999999),
    currency char(3) not null,
    -- In ten-thousandths of the currency's unit, so that amounts of all currencies compare.
    amount_units bigint not null generated always as (amount_units(amount_minor, currency)) stored,
    method text not null,
    brand text check (length(brand) <= 16),
    card_first6 text check (card_first6 ~ '^[0-9]{6}$'),
    card_last4 text check (card_last4 ~ '^[0-9]{4}$'),
    card_token uuid,
    card_fingerprint bytea,
    country text check (length(country) <= 64),
    reason text check (length(reason) <= 256),
    action jsonb,
    financial text not null default 'not_sent'
        check (financial in ('not_sent', 'sent', 'settled')),
    sent_for_settlement_at timestamptz,
    settled_at timestamptz,
    capture_before timestamptz,
    next_try_at timestamptz,
    tries int not null default 0,
    actor text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    finished_at timestamptz,
    import_id uuid,
    import_key uuid,
    undone_by uuid,
    primary key (company_id, id),
    foreign key (company_id, payment_id, live) references payment (company_id, id, live),
    foreign key (company_id, refers_to) references operation (company_id, id),
    foreign key (company_id, account_id, live) references merchant_account (company_id, id, live),
    check ((status in ('succeeded', 'declined')) <= (result_code is not null)),
    check (status <> 'succeeded' or result_code = '000')
) with (fillfactor = 85);
create unique index operation_number on operation (number);
create unique index operation_import on operation (company_id, originator_id, import_key)
    where import_key is not null and undone_by is null;
create unique index operation_id on operation (id);
create index operation_list on operation (company_id, live, occurred_at desc, id desc);
create index operation_all on operation (live, occurred_at desc, id desc);
create index operation_payment on operation (payment_id, company_id);
create index operation_refers on operation (company_id, refers_to) where refers_to is not null;
create index operation_status on operation (company_id, live, status, occurred_at desc, id desc)
    where status <> 'succeeded';
create index operation_all_status on operation (live, status, occurred_at desc, id desc)
    where status <> 'succeeded';
-- Whatever is rare, alone or together, of one company or of all (see kit/listing).
create index operation_facts on operation using gin (company_id, status, kind, result_code, currency,
    method, brand, country, card_last4, account_id, source, financial)
    with (gin_pending_list_limit = 1024);
create index operation_amount on operation (company_id, amount_units);
create index operation_all_amount on operation (amount_units);
-- An originator and its accounts are of one company: their shares must not be multiplied.
create statistics operation_owner (dependencies) on company_id, originator_id, account_id
    from operation;
create index operation_originator on operation (company_id, originator_id, live, occurred_at desc,
    id desc);
create index operation_consumer on operation (consumer_id, occurred_at desc, id desc)
    where consumer_id is not null;
create index operation_due on operation (next_try_at) where next_try_at is not null;
create index operation_capture_due on operation (capture_before)
    where capture_before is not null;
create index operation_unsettled on operation (company_id, account_id, occurred_at)
    where status = 'succeeded' and financial <> 'settled' and source = 'own'
        and kind in ('sale', 'capture', 'refund', 'rebill', 'credit');

create table card_token (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    account_id uuid not null,
    consumer_id uuid,
    gateway_token text not null check (length(gateway_token) <= 256),
    fingerprint bytea not null,
    brand text not null,
    first6 text not null check (first6 ~ '^[0-9]{6}$'),
    last4 text not null check (last4 ~ '^[0-9]{4}$'),
    expiry_month int not null check (expiry_month between 1 and 12),
    expiry_year int not null check (expiry_year between 2000 and 2100),
    created_at timestamptz not null,
    primary key (company_id, id),
    foreign key (company_id, account_id, live) references merchant_account (company_id, id, live)
);

create table gateway_reference (
    company_id uuid not null,
    account_id uuid not null,
    kind text not null check (length(kind) <= 32),
    value text not null check (length(value) between 1 and 256),
    operation_id uuid not null,
    primary key (company_id, account_id, kind, value),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
create index gateway_reference_operation on gateway_reference (company_id, operation_id);
create index gateway_reference_value on gateway_reference (value);

create table gateway_call (
    company_id uuid not null,
    id uuid not null,
    operation_id uuid not null,
    account_id uuid not null,
    purpose text not null,
    at timestamptz not null,
    milliseconds int not null,
    request jsonb not null,
    answer jsonb,
    fault text,
    primary key (company_id, id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
create index gateway_call_operation on gateway_call (company_id, operation_id);

create table notification (
    company_id uuid not null,
    account_id uuid not null,
    key text not null check (length(key) <= 256),
    at timestamptz not null,
    body jsonb not null,
    handled_at timestamptz,
    primary key (company_id, account_id, key)
);

create table decision (
    company_id uuid not null,
    id uuid not null,
    payment_id uuid not null,
    operation_id uuid not null,
    kind text not null check (kind in ('risk', 'routing', 'retry', 'sca')),
    version text not null,
    outcome text not null,
    inputs jsonb not null,
    reasons jsonb not null,
    at timestamptz not null,
    primary key (company_id, id)
);
create index decision_payment on decision (company_id, payment_id);

create table event (
    company_id uuid not null,
    seq bigint generated always as identity,
    tx xid8 not null default pg_current_xact_id(),
    at timestamptz not null,
    live boolean not null,
    kind text not null check (length(kind) <= 64),
    payment_id uuid,
    subject_id uuid not null,
    actor text not null,
    data jsonb not null default '{}',
    primary key (company_id, seq)
);
create index event_follow on event (tx, seq);
create index event_payment on event (company_id, payment_id, seq) where payment_id is not null;
create index event_list on event (company_id, live, tx, seq);

create table follower (
    name text primary key,
    tx xid8 not null default '0',
    seq bigint not null default 0,
    moved_at timestamptz not null default now()
);

create table idempotency (
    company_id uuid not null,
    originator_id uuid not null,
    live boolean not null,
    key text not null check (length(key) between 1 and 255),
    route text not null,
    body_hash bytea not null,
    operation_id uuid not null,
    lease_until timestamptz not null,
    created_at timestamptz not null,
    answer_status int,
    answer bytea,
    primary key (company_id, originator_id, live, key)
);
create index idempotency_age on idempotency (created_at);

create table entry (
    company_id uuid not null,
    cause_id uuid not null,
    cause text not null check (cause in ('outcome', 'settled', 'fee', 'expired', 'undo')),
    line int not null check (line between 1 and 20),
    account text not null check (
        account in (
            'receivable', 'payable', 'bank', 'fee_income', 'gateway_cost', 'authorised',
            'authorised_contra', 'disputed'
        )
    ),
    merchant_account_id uuid,
    amount_minor bigint not null check (amount_minor <> 0),
    currency char(3) not null,
    live boolean not null,
    at timestamptz not null,
    primary key (company_id, cause_id, cause, line)
);
create index entry_account on entry (company_id, live, account, currency);

create table price (
    company_id uuid not null references company (id),
    id uuid not null,
    side text not null check (side in ('cost', 'price')),
    account_id uuid,
    operation text check (length(operation) <= 16),
    method text check (length(method) <= 32),
    brand text check (length(brand) <= 16),
    region text check (region in ('domestic', 'eea', 'international')),
    currency char(3) not null,
    percent numeric(7, 4) not null check (percent between 0 and 100),
    fixed_minor bigint not null check (fixed_minor >= 0),
    minimum_minor bigint not null check (minimum_minor >= 0),
    valid_from timestamptz not null,
    created_at timestamptz not null default now(),
    primary key (company_id, id),
    foreign key (company_id, account_id) references merchant_account (company_id, id),
    check ((side = 'cost') = (account_id is not null))
);
create index price_find on price (company_id, side, currency, valid_from desc);

create table list_entry (
    company_id uuid not null references company (id),
    id uuid not null,
    live boolean not null,
    originator_id uuid,
    list text not null check (list in ('blacklist', 'whitelist', 'watchlist')),
    kind text not null check (kind in ('card', 'email', 'ip', 'country')),
    value bytea not null,
    shown text not null check (length(shown) <= 254),
    reason text check (length(reason) <= 256),
    actor text not null,
    created_at timestamptz not null,
    removed_at timestamptz,
    primary key (company_id, id),
    foreign key (company_id, originator_id) references originator (company_id, id)
);
create index list_entry_match on list_entry (company_id, live, kind, value)
    where removed_at is null;

-- Kept by the provider, applied to every company, shown to platform staff only.
create table global_list_entry (
    id uuid primary key,
    live boolean not null,
    kind text not null check (kind in ('card', 'email', 'ip', 'country')),
    value bytea not null,
    shown text not null check (length(shown) <= 254),
    reason text check (length(reason) <= 256),
    actor text not null,
    created_at timestamptz not null,
    removed_at timestamptz
);
create index global_list_entry_match on global_list_entry (live, kind, value)
    where removed_at is null;

-- migrate: rollback
