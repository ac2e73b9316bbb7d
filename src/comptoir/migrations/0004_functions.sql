-- The functions of the payment path; each sets its own scope, each is one round trip
-- depends: 0003_scope

-- migrate: apply
-- PL/pgSQL, though one query each: it keeps plans for the session; a SQL function plans every call.
create function authenticate_key_v1(p_number int, p_hash bytea)
returns table (
    company_id uuid, originator_id uuid, key_id uuid, live boolean, name text, currency text,
    currencies text[], default_operation text, credit_allowed boolean, credit_limit_minor bigint,
    state text, company_state text, time_zone text, descriptor text
)
language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
    return query
    select o.company_id, o.id, k.id, k.live, o.name, o.currency::text, o.currencies,
        o.default_operation, o.credit_allowed, o.credit_limit_minor, o.state, c.state, c.time_zone,
        o.descriptor
    from directory d
    join originator o on o.company_id = d.company_id and o.id = d.target_id
    join company c on c.id = d.company_id
    join api_key k on k.company_id = o.company_id and k.originator_id = o.id
    where d.kind = 'originator' and d.key_hash = sha256(convert_to(p_number::text, 'UTF8'))
        and k.secret_hash = p_hash and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > now());
end
$$;

create function directory_v1(p_kind text, p_hash bytea)
returns table (company_id uuid, target_id uuid)
language sql stable security definer set search_path = public as $$
    select d.company_id, d.target_id from directory d where d.kind = p_kind and d.key_hash = p_hash
$$;

-- All that risk, routing and recognition read before the first commit, in one answer. Each list and
-- key is looked up by itself (lateral): a join would read everything that the company has.
create function payment_snapshot_v1(
    p_company uuid, p_originator uuid, p_live boolean,
    p_list_kinds text[], p_list_values bytea[],
    p_consumer_kinds text[], p_consumer_values bytea[], p_token uuid
)
returns table (accounts jsonb, hits jsonb, consumer_id uuid, token jsonb)
language plpgsql stable security definer set search_path = public
    set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    select
        (select jsonb_agg(jsonb_build_object(
            'id', a.id, 'name', a.name, 'connector', a.connector, 'currencies', a.currencies,
            'methods', a.methods, 'credentials', encode(a.credentials, 'base64'),
            'options', a.options, 'capture_days', a.capture_days, 'state', a.state
        ) order by oa.position)
        from originator_account oa
        join merchant_account a on a.company_id = oa.company_id and a.id = oa.account_id
        where oa.company_id = p_company and oa.originator_id = p_originator and oa.live = p_live),
        (select jsonb_agg(jsonb_build_object(
            'list', h.list, 'kind', h.kind, 'scope', h.scope, 'id', h.id))
        from (
            select u.kind, u.value from unnest(p_list_kinds, p_list_values) as u(kind, value)
            union all
            -- A kept card is the card: who is listed does not pay by token either.
            select 'card', t.fingerprint from card_token t
            where t.company_id = p_company and t.id = p_token and t.live = p_live
        ) w
        cross join lateral (
            select l.list, l.kind, l.id,
                case when l.originator_id is null then 'company' else 'originator' end as scope
            from list_entry l
            where l.company_id = p_company and l.live = p_live and l.removed_at is null
                and l.kind = w.kind and l.value = w.value
                and (l.originator_id is null or l.originator_id = p_originator)
            union all
            select 'blacklist', g.kind, g.id, 'global'
            from global_list_entry g
            where g.live = p_live and g.removed_at is null
                and g.kind = w.kind and g.value = w.value
        ) h),
        (select k.consumer_id
        from unnest(p_consumer_kinds, p_consumer_values) with ordinality as w(kind, value, place)
        cross join lateral (
            select c.consumer_id from consumer_key c
            where c.company_id = p_company and c.live = p_live
                and c.kind = w.kind and c.value = w.value
            limit 1
        ) k
        order by w.place limit 1),
        (select jsonb_build_object(
            'id', t.id, 'account_id', t.account_id, 'gateway_token', t.gateway_token,
            'fingerprint', encode(t.fingerprint, 'hex'), 'brand', t.brand, 'first6', t.first6,
            'last4', t.last4, 'month', t.expiry_month, 'year', t.expiry_year,
            'consumer_id', t.consumer_id)
        from card_token t where t.company_id = p_company and t.id = p_token and t.live = p_live);
end
$$;

-- The way into the ledger: refuses lines that do not sum to zero per currency. Sets of an import go
-- through post_entry_sets_v1 (0007), which refuses the same. Nothing else may insert entries.
create function post_entries_v1(
    p_company uuid, p_cause_id uuid, p_cause text, p_live boolean, p_at timestamptz, p_lines jsonb
)
returns void language plpgsql security definer set search_path = public as $$
declare
    unbalanced text;
begin
    if nullif(current_setting('comptoir.company', true), '')::uuid is distinct from p_company then
        raise exception 'entries are posted in the scope of their company'
            using errcode = 'insufficient_privilege';
    end if;
    select x.currency into unbalanced
        from jsonb_to_recordset(p_lines) as x(currency text, amount bigint)
        group by x.currency having sum(x.amount) <> 0 limit 1;
    if unbalanced is not null then
        raise exception 'entries in % do not sum to zero', unbalanced
            using errcode = 'check_violation';
    end if;
    insert into entry (company_id, cause_id, cause, line, account, merchant_account_id,
        amount_minor, currency, live, at)
    select p_company, p_cause_id, p_cause, row_number() over (), x.account,
        x.merchant_account_id, x.amount, x.currency, p_live, p_at
    from jsonb_to_recordset(p_lines)
        as x(account text, merchant_account_id uuid, amount bigint, currency text);
end
$$;

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

alter table consumer_key alter constraint consumer_key_company_id_consumer_id_live_fkey
    deferrable initially deferred;

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
    p_entries jsonb, p_calls jsonb, p_token jsonb, p_answer_status int, p_answer bytea
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

-- Said in code too: what was captured, refunded or cancelled never exceeds what it refers to.
create function operation_limits() returns trigger language plpgsql as $$
declare
    origin record;
    used numeric;
begin
    select o.kind, o.status, o.amount_minor, o.currency, o.live, o.payment_id into origin
        from operation o
        where o.company_id = new.company_id and o.id = new.refers_to for update;
    if origin.live is distinct from new.live or origin.payment_id <> new.payment_id then
        raise exception 'an operation refers to one of its own payment and mode'
            using errcode = 'check_violation', constraint = 'operation_limits';
    end if;
    if new.source = 'imported' then
        return new;  -- History is what it is; rows arrive out of order.
    end if;
    if origin.currency <> new.currency then
        raise exception 'an operation has the currency of the one it refers to'
            using errcode = 'check_violation', constraint = 'operation_limits';
    end if;
    if not ((new.kind in ('capture', 'cancel') and origin.kind = 'authorize')
        or (new.kind = 'refund' and origin.kind in ('sale', 'capture', 'rebill'))
        or (new.kind = 'rebill' and origin.kind in ('sale', 'authorize', 'capture'))
        or (new.kind = 'credit' and origin.kind in ('sale', 'capture'))
        or new.kind not in ('capture', 'cancel', 'refund', 'rebill', 'credit')) then
        raise exception 'a % cannot refer to a %', new.kind, origin.kind
            using errcode = 'check_violation', constraint = 'operation_limits';
    end if;
    if new.kind in ('capture', 'cancel', 'refund', 'rebill', 'credit')
            and origin.status <> 'succeeded' then
        raise exception 'a % cannot follow what is %', new.kind, origin.status
            using errcode = 'check_violation', constraint = 'operation_limits';
    end if;
    if new.kind in ('capture', 'cancel', 'refund') then
        select coalesce(sum(o.amount_minor), 0) into used from operation o
            where o.company_id = new.company_id and o.refers_to = new.refers_to
                and o.id <> new.id and o.undone_by is null
                and o.kind = any (case new.kind when 'refund' then array['refund']
                    else array['capture', 'cancel'] end)
                and o.status not in ('declined', 'rejected', 'not_sent');
        if used + new.amount_minor > origin.amount_minor then
            raise exception 'a % of % exceeds what is left of %', new.kind, new.amount_minor,
                origin.amount_minor using errcode = 'check_violation',
                constraint = 'operation_limits';
        end if;
    end if;
    return new;
end
$$;
create trigger operation_limits before insert on operation
    for each row when (new.refers_to is not null) execute function operation_limits();

-- What a payment or an operation was stays as it was; only an outcome moves, and only once.
create function keeps_facts() returns trigger language plpgsql as $$
begin
    raise exception 'the facts of a % never change', tg_table_name
        using errcode = 'restrict_violation';
end
$$;
create trigger operation_keeps_facts before update on operation
    for each row when (
        old.amount_minor <> new.amount_minor or old.currency <> new.currency
        or old.kind <> new.kind or old.live <> new.live or old.payment_id <> new.payment_id
        or old.number <> new.number or old.source <> new.source
        or old.originator_id <> new.originator_id or old.occurred_at <> new.occurred_at
        or old.refers_to is distinct from new.refers_to
        or old.account_id is distinct from new.account_id
        or old.card_first6 is distinct from new.card_first6
        or old.card_last4 is distinct from new.card_last4
        or old.actor <> new.actor
        or old.status in ('succeeded', 'declined', 'rejected', 'not_sent')
            and (old.status <> new.status or old.result_code is distinct from new.result_code)
    ) execute function keeps_facts();
create trigger payment_keeps_facts before update on payment
    for each row when (
        old.amount_minor <> new.amount_minor or old.currency <> new.currency
        or old.live <> new.live or old.source <> new.source or old.order_id <> new.order_id
        or old.originator_id <> new.originator_id or old.occurred_at <> new.occurred_at
    ) execute function keeps_facts();

-- Text search under row-level security: like is not leak-proof, so the index is only used here.
create function find_consumers_v1(p_live boolean, p_pattern text, p_limit int)
returns table (id uuid)
language plpgsql stable security definer set search_path = public as $$
declare
    company uuid := nullif(current_setting('comptoir.company', true), '')::uuid;
begin
    if company is null then
        raise exception 'a search needs its company' using errcode = 'insufficient_privilege';
    end if;
    return query execute 'select c.id from consumer c where c.company_id = $1 and c.live = $2'
        ' and (c.email ilike $3 or c.name ilike $3 or c.shop_id ilike $3) limit $4'
        using company, p_live, p_pattern, p_limit;
end
$$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'authenticate_key_v1(int, bytea)', 'directory_v1(text, bytea)',
        'payment_snapshot_v1(uuid, uuid, boolean, text[], bytea[], text[], bytea[], uuid)',
        'find_consumers_v1(boolean, text, int)'
    ] loop
        execute format('alter function %s owner to comptoir_lookup', signature);
    end loop;
    foreach signature in array array[
        'authenticate_key_v1(int, bytea)', 'directory_v1(text, bytea)',
        'payment_snapshot_v1(uuid, uuid, boolean, text[], bytea[], text[], bytea[], uuid)',
        'find_consumers_v1(boolean, text, int)',
        'post_entries_v1(uuid, uuid, text, boolean, timestamptz, jsonb)'
    ] loop
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
end
$$;

-- migrate: rollback
