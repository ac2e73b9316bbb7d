-- The wire in one round trip per commit: charges sent whole, and payments prepared for a page
-- depends: 0015_operations 0019_checkout 0012_lookups

-- migrate: apply
-- Commit 1 of a charge that a shop's server sends whole: the intention, and what was given beside
-- the card number. An originator may refuse the same order, card and amount within some seconds. The
-- proof of a check serves one charge: the second that brings it finds it used.
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
    if p_detail ->> 'check_id' is not null then
        insert into three_ds_use (company_id, check_id, operation_id, at)
        values (p_company, (p_detail ->> 'check_id')::uuid, (p_operation ->> 'id')::uuid, at);
    end if;
    return consumer;
end
$$;

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

-- migrate: rollback
