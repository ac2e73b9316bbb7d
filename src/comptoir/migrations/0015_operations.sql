-- The two commits of a payment; each sets its own scope, each is one round trip
-- depends: 0011_three_ds 0014_posting

-- migrate: apply
create function recognise_consumer_v1(
    p_company uuid, p_live boolean, p_known uuid, p_new jsonb, p_at timestamptz
)
returns uuid language plpgsql as $$
declare
    chosen uuid := p_known;
    wanted record;
    added int;
begin
    for wanted in
        select k.kind, decode(k.value, 'hex') as value
        from jsonb_to_recordset(p_new -> 'keys') as k(kind text, value text)
    loop
        insert into consumer_key (company_id, live, kind, value, consumer_id)
        values (p_company, p_live, wanted.kind, wanted.value,
            coalesce(chosen, (p_new ->> 'id')::uuid))
        on conflict do nothing;
        get diagnostics added = row_count;
        if chosen is null and added = 0 then
            -- Somebody else's first payment of the same shopper was quicker.
            select k.consumer_id into chosen from consumer_key k
            where k.company_id = p_company and k.live = p_live and k.kind = wanted.kind
                and k.value = wanted.value;
        elsif chosen is null then
            chosen := (p_new ->> 'id')::uuid;
            insert into consumer (company_id, id, live, shop_id, name, email, phone, country,
                created_at)
            values (p_company, chosen, p_live, p_new ->> 'shop_id', p_new ->> 'name',
                p_new ->> 'email', p_new ->> 'phone', p_new ->> 'country', p_at);
        end if;
    end loop;
    return chosen;
end
$$;

-- Commit 1: the intention. A payment (or none, for a follow-up), its operation, why, and the key.
create function open_operation_v1(
    p_company uuid, p_payment jsonb, p_consumer jsonb, p_operation jsonb, p_decisions jsonb,
    p_key jsonb, p_entries jsonb
)
returns uuid language plpgsql as $$
declare
    consumer uuid := (p_operation ->> 'consumer_id')::uuid;
    at timestamptz := (p_operation ->> 'occurred_at')::timestamptz;
    is_live boolean := (p_operation ->> 'live')::boolean;
    payment uuid := (p_operation ->> 'payment_id')::uuid;
    operation_id uuid := (p_operation ->> 'id')::uuid;
begin
    perform set_config('comptoir.company', p_company::text, true);
    if p_key is not null then
        insert into idempotency (company_id, originator_id, live, key, route, body_hash,
            operation_id, lease_until, created_at)
        values (p_company, (p_operation ->> 'originator_id')::uuid, is_live, p_key ->> 'key',
            p_key ->> 'route', decode(p_key ->> 'body_hash', 'hex'), operation_id,
            (p_key ->> 'lease_until')::timestamptz, at);
    end if;
    if p_consumer is not null then
        consumer := recognise_consumer_v1(p_company, is_live, consumer, p_consumer, at);
    end if;
    if p_payment is not null then
        insert into payment (company_id, id, live, source, originator_id, consumer_id, order_id,
            description, amount_minor, currency, mode, method, email, shopper, custom, occurred_at)
        select p_company, payment, is_live, p_operation ->> 'source', x.originator_id, consumer,
            x.order_id, x.description, x.amount_minor, x.currency, x.mode, x.method, x.email,
            coalesce(x.shopper, '{}'), x.custom, at
        from jsonb_to_record(p_payment) as x(originator_id uuid, order_id text, description text,
            amount_minor bigint, currency text, mode text, method text, email text, shopper jsonb,
            custom text);
        insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
        values (p_company, at, is_live, 'payment.created', payment, payment,
            p_operation ->> 'actor', jsonb_build_object('order_id', p_payment ->> 'order_id',
                'amount_minor', (p_payment ->> 'amount_minor')::bigint,
                'currency', p_payment ->> 'currency'));
    end if;
    insert into operation (company_id, id, number, payment_id, originator_id, account_id,
        consumer_id, live, source, kind, status, result_code, refers_to, amount_minor, currency,
        method, brand, card_first6, card_last4, card_token, card_fingerprint, country, reason,
        next_try_at, actor, occurred_at, finished_at)
    select p_company, operation_id, x.number, payment, x.originator_id, x.account_id, consumer,
        is_live, x.source, x.kind, x.status, x.result_code, x.refers_to, x.amount_minor,
        x.currency, x.method, x.brand, x.card_first6, x.card_last4, x.card_token,
        decode(x.card_fingerprint, 'hex'), x.country, x.reason, x.next_try_at, x.actor, at,
        x.finished_at
    from jsonb_to_record(p_operation) as x(number bigint, originator_id uuid, account_id uuid,
        source text, kind text, status text, result_code text, refers_to uuid,
        amount_minor bigint, currency text, method text, brand text, card_first6 text,
        card_last4 text, card_token uuid, card_fingerprint text, country text, reason text,
        next_try_at timestamptz, actor text, finished_at timestamptz);
    if p_decisions is not null then
        insert into decision (company_id, id, payment_id, operation_id, kind, version, outcome,
            inputs, reasons, at)
        select p_company, x.id, payment, operation_id, x.kind, x.version, x.outcome, x.inputs,
            x.reasons, at
        from jsonb_to_recordset(p_decisions) as x(id uuid, kind text, version text, outcome text,
            inputs jsonb, reasons jsonb);
    end if;
    if p_entries is not null then
        perform post_entries_v1(p_company, operation_id, 'outcome', is_live, at, p_entries);
    end if;
    insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
    values (p_company, at, is_live, 'operation.' || (p_operation ->> 'status'), payment,
        operation_id, p_operation ->> 'actor', jsonb_build_object(
            'kind', p_operation ->> 'kind', 'number', (p_operation ->> 'number')::bigint,
            'amount_minor', (p_operation ->> 'amount_minor')::bigint,
            'currency', p_operation ->> 'currency', 'result_code', p_operation ->> 'result_code',
            'reason', p_operation ->> 'reason'));
    return consumer;
end
$$;

-- Commit 2: what the gateway said. Answer, notification, query and job may all bring it; the
-- first one moves the operation, the others leave evidence.
create function settle_operation_v1(
    p_company uuid, p_operation uuid, p_from text[], p_outcome jsonb, p_references jsonb,
    p_entries jsonb, p_calls jsonb, p_token jsonb, p_answer_status int, p_answer bytea,
    p_three_ds jsonb
)
returns boolean language plpgsql as $$
declare
    done record;
    at timestamptz := (p_outcome ->> 'at')::timestamptz;
begin
    perform set_config('comptoir.company', p_company::text, true);
    update operation o set
        status = p_outcome ->> 'status',
        result_code = p_outcome ->> 'result_code',
        action = p_outcome -> 'action',
        capture_before = (p_outcome ->> 'capture_before')::timestamptz,
        next_try_at = (p_outcome ->> 'next_try_at')::timestamptz,
        tries = (p_outcome ->> 'tries')::int,
        card_token = coalesce(o.card_token, (p_token ->> 'id')::uuid),
        finished_at = (p_outcome ->> 'finished_at')::timestamptz
    where o.company_id = p_company and o.id = p_operation and o.status = any (p_from)
    returning o.payment_id, o.account_id, o.live, o.kind, o.number, o.amount_minor, o.currency,
        o.originator_id, o.consumer_id, o.card_fingerprint
    into done;
    if p_calls is not null then
        insert into gateway_call (company_id, id, operation_id, account_id, purpose, at,
            milliseconds, request, answer, fault)
        select p_company, x.id, p_operation, x.account_id, x.purpose, x.at, x.milliseconds,
            x.request, x.answer, x.fault
        from jsonb_to_recordset(p_calls) as x(id uuid, account_id uuid, purpose text,
            at timestamptz, milliseconds int, request jsonb, answer jsonb, fault text);
    end if;
    if done.payment_id is null then
        insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
        select p_company, at, o.live, case when o.status = p_outcome ->> 'status'
                then 'operation.outcome_repeated' else 'operation.discrepancy' end,
            o.payment_id, o.id, p_outcome ->> 'actor',
            jsonb_build_object('status', o.status, 'said', p_outcome ->> 'status')
        from operation o where o.company_id = p_company and o.id = p_operation
            -- Who does not know either contradicts nobody.
            and p_outcome ->> 'status' in ('succeeded', 'declined', 'rejected', 'not_sent');
        return false;
    end if;
    if p_references is not null then
        insert into gateway_reference (company_id, account_id, kind, value, operation_id)
        select p_company, done.account_id, x.kind, x.value, p_operation
        from jsonb_to_recordset(p_references) as x(kind text, value text)
        on conflict (company_id, account_id, kind, value) do nothing;
    end if;
    if p_token is not null then
        insert into card_token (company_id, id, live, account_id, consumer_id, gateway_token,
            fingerprint, brand, first6, last4, expiry_month, expiry_year, created_at)
        values (p_company, (p_token ->> 'id')::uuid, done.live, done.account_id, done.consumer_id,
            p_token ->> 'gateway_token',
            coalesce(done.card_fingerprint, decode(p_token ->> 'fingerprint', 'hex')),
            p_token ->> 'brand', p_token ->> 'first6', p_token ->> 'last4',
            (p_token ->> 'month')::int, (p_token ->> 'year')::int, at);
    end if;
    if p_three_ds is not null and p_outcome ->> 'finished_at' is not null then
        perform keep_authentication_v1(p_company, p_operation, p_three_ds, at);
    end if;
    if p_entries is not null then
        perform post_entries_v1(p_company, p_operation, 'outcome', done.live, at, p_entries);
    end if;
    insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
    values (p_company, at, done.live, 'operation.' || (p_outcome ->> 'status'), done.payment_id,
        p_operation, p_outcome ->> 'actor', jsonb_build_object(
            'kind', done.kind, 'number', done.number, 'amount_minor', done.amount_minor,
            'currency', done.currency, 'result_code', p_outcome ->> 'result_code',
            'consumer_id', done.consumer_id));
    if p_answer is not null then
        update idempotency i set answer = p_answer, answer_status = p_answer_status
        where i.company_id = p_company and i.originator_id = done.originator_id
            and i.operation_id = p_operation and i.key = p_outcome ->> 'key'
            and i.live = done.live and i.answer is null;
    end if;
    return true;
end
$$;

-- migrate: rollback
