-- The wire in one round trip per commit; authentications kept; outcomes told by mail
-- depends: 0011_checkout 0013_deliveries

-- migrate: apply
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

-- Commit 2, with how the charge was authenticated.
create function settle_operation_v2(
    p_company uuid, p_operation uuid, p_from text[], p_outcome jsonb, p_references jsonb,
    p_entries jsonb, p_calls jsonb, p_token jsonb, p_answer_status int, p_answer bytea,
    p_three_ds jsonb
)
returns boolean language plpgsql as $$
declare
    moved boolean := settle_operation_v1(p_company, p_operation, p_from, p_outcome, p_references,
        p_entries, p_calls, p_token, p_answer_status, p_answer);
begin
    if moved and p_three_ds is not null and p_outcome ->> 'finished_at' is not null then
        perform keep_authentication_v1(p_company, p_operation, p_three_ds,
            (p_outcome ->> 'at')::timestamptz);
    end if;
    return moved;
end
$$;

-- Commit 1 of a charge that a shop's server sends whole: the intention, and what was given beside
-- the card number. An originator may refuse the same order, card and amount within some seconds.
create function open_charge_v1(
    p_company uuid, p_payment jsonb, p_consumer jsonb, p_operation jsonb, p_decisions jsonb,
    p_key jsonb, p_entries jsonb, p_detail jsonb
)
returns uuid language plpgsql as $$
declare
    consumer uuid;
    originator uuid := (p_operation ->> 'originator_id')::uuid;
    at timestamptz := (p_operation ->> 'occurred_at')::timestamptz;
    print bytea := decode(p_operation ->> 'card_fingerprint', 'hex');
    seconds int;
begin
    perform set_config('comptoir.company', p_company::text, true);
    if (p_operation ->> 'live')::boolean and print is not null then
        select c.duplicate_seconds into seconds from checkout_profile c
            where c.company_id = p_company and c.originator_id = originator;
    end if;
    if seconds > 0 then
        -- Two of them at once: the second waits here and then finds the first.
        perform pg_advisory_xact_lock(
            hashtextextended((p_payment ->> 'order_id') || encode(print, 'hex'), 0));
        perform from payment p
            join operation o on o.payment_id = p.id and o.company_id = p.company_id
            where p.company_id = p_company and p.order_id = p_payment ->> 'order_id'
                and o.originator_id = originator and o.live and o.card_fingerprint = print
                and o.amount_minor = (p_operation ->> 'amount_minor')::bigint
                and o.currency = p_operation ->> 'currency' and o.kind = p_operation ->> 'kind'
                and o.refers_to is null and o.occurred_at > at - make_interval(secs => seconds)
                and o.status not in ('declined', 'rejected', 'not_sent')
            limit 1;
        if found then
            raise exception 'the same order, card and amount again'
                using errcode = 'unique_violation', constraint = 'duplicate_charge';
        end if;
    end if;
    consumer := open_operation_v1(p_company, p_payment, p_consumer, p_operation, p_decisions,
        p_key, p_entries);
    insert into charge_detail (company_id, operation_id, payment_id, ip, holder, expiry_month,
        expiry_year, terms, at)
    values (p_company, (p_operation ->> 'id')::uuid, (p_operation ->> 'payment_id')::uuid,
        p_detail ->> 'ip', p_detail ->> 'holder', (p_detail ->> 'expiry_month')::int,
        (p_detail ->> 'expiry_year')::int, nullif(p_detail -> 'terms', 'null'::jsonb), at);
    if (p_detail ->> 'authenticated')::boolean then
        perform keep_authentication_v1(p_company, (p_operation ->> 'id')::uuid,
            '{"flow": "merchant", "status": "Y", "eci": "05"}', at);
    end if;
    return consumer;
end
$$;

-- A rebill may be for an order of its own.
alter table charge_detail add column order_id text check (length(order_id) between 1 and 100);

-- A payment that waits for its shopper, without an operation yet.
create function prepare_payment_v1(p_company uuid, p_payment jsonb)
returns void language plpgsql as $$
declare
    at timestamptz := (p_payment ->> 'at')::timestamptz;
    payment uuid := (p_payment ->> 'id')::uuid;
    is_live boolean := (p_payment ->> 'live')::boolean;
begin
    perform set_config('comptoir.company', p_company::text, true);
    insert into payment (company_id, id, live, source, originator_id, order_id, description,
        amount_minor, currency, mode, method, email, shopper, custom, occurred_at)
    select p_company, payment, is_live, 'own', x.originator_id, x.order_id, x.description,
        x.amount_minor, x.currency, x.mode, x.method, x.email, coalesce(x.shopper, '{}'),
        x.custom, at
    from jsonb_to_record(p_payment) as x(originator_id uuid, order_id text, description text,
        amount_minor bigint, currency text, mode text, method text, email text, shopper jsonb,
        custom text);
    insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
    values (p_company, at, is_live, 'payment.created', payment, payment, p_payment ->> 'actor',
        jsonb_build_object('order_id', p_payment ->> 'order_id',
            'amount_minor', (p_payment ->> 'amount_minor')::bigint,
            'currency', p_payment ->> 'currency'));
end
$$;

-- The same with its page: what was prepared, its two tokens, the first step.
create function prepare_checkout_v1(
    p_company uuid, p_payment jsonb, p_checkout jsonb, p_tokens bytea, p_merchant bytea,
    p_customer bytea
)
returns boolean language plpgsql as $$
declare
    at timestamptz := (p_payment ->> 'at')::timestamptz;
    payment uuid := (p_payment ->> 'id')::uuid;
    originator uuid := (p_payment ->> 'originator_id')::uuid;
begin
    perform prepare_payment_v1(p_company, p_payment);
    insert into checkout (company_id, payment_id, live, originator_id, tokens, api_version,
        prepared, callback, theme_id, valid_until, max_attempts, created_at)
    select p_company, payment, (p_payment ->> 'live')::boolean, originator, p_tokens,
        x.api_version, x.prepared, x.callback, x.theme_id, x.valid_until,
        coalesce((select c.max_attempts from checkout_profile c
            where c.company_id = p_company and c.originator_id = originator), 3), at
    from jsonb_to_record(p_checkout) as x(api_version text, prepared jsonb, callback boolean,
        theme_id bigint, valid_until timestamptz);
    insert into directory (kind, key_hash, company_id, target_id)
    values ('merchant_token', p_merchant, p_company, payment),
        ('customer_token', p_customer, p_company, payment);
    insert into checkout_step (company_id, payment_id, id, at, kind, ip)
    values (p_company, payment, (p_checkout ->> 'step_id')::uuid, at, 'prepared',
        p_checkout ->> 'ip');
    return true;
end
$$;

-- A prepared payment by the hash of one of its tokens; a row of nulls for one that nobody has.
create function find_checkout_v1(p_kind text, p_hash bytea)
returns table (
    company_id uuid, payment_id uuid, live boolean, originator_id uuid, tokens bytea,
    prepared jsonb, amount_minor bigint, currency text, valid_until timestamptz, attempts int,
    max_attempts int, cancelled_at timestamptz, created_at timestamptz
)
language plpgsql as $$
#variable_conflict use_column
declare
    place record;
begin
    select d.company_id, d.target_id into place from directory_v1(p_kind, p_hash) d;
    perform set_config('comptoir.company', coalesce(place.company_id::text, ''), true);
    return query
        select c.company_id, c.payment_id, c.live, c.originator_id, c.tokens, c.prepared,
            p.amount_minor, p.currency::text, c.valid_until, c.attempts, c.max_attempts,
            c.cancelled_at, c.created_at
        from (select) as always
        left join checkout c on c.company_id = place.company_id and c.payment_id = place.target_id
        left join payment p on p.company_id = c.company_id and p.id = c.payment_id;
end
$$;

-- Mails are deliveries too; one outcome has at most one of each kind.
alter table delivery drop constraint delivery_kind_check;
alter table delivery add constraint delivery_kind_check
    check (kind in ('callback', 'receipt', 'notification'));
alter table delivery add column language text check (language in ('en', 'es', 'fr'));

-- migrate: rollback
