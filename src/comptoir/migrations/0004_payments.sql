-- Payments and their operations, the cards kept for them, one answer per key
-- depends: 0002_merchants 0003_consumers

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
    return p_minor * case public.iso_exponent(p_currency)
        when '0' then 10000 when '2' then 100 when '3' then 10 else 1 end;
end
$$;

-- Processes draw blocks of 64 numbers, so that the payment path never waits for the sequence.
create sequence operation_number_block start 100000 increment 64 maxvalue 2147483000;

-- No reference to the company here and in operations: their originator and payment have it, and each
-- check costs a payment 15 microseconds.
create table payment (
    company_id uuid not null,
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
create index payment_newest on payment (id desc);
create index payment_order on payment (order_id, company_id);
create index payment_consumer on payment (company_id, consumer_id, occurred_at desc)
    where consumer_id is not null;
create index payment_text on payment
    using gin (company_id, email gin_trgm_ops, order_id gin_trgm_ops);

create table operation (
    company_id uuid not null,
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
create index operation_of_import on operation (company_id, import_id, id)
    where import_id is not null;
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

-- migrate: rollback
