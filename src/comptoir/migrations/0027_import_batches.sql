-- Imports: a batch comes as typed rows, which PostgreSQL need not parse
-- depends: 0026_subscription_anchor

-- migrate: apply
create type imported_consumer as (id uuid, shop_id text, name text, email text, country text);
create type imported_consumer_key as (rank int, kind text, value bytea, consumer_id uuid);
create type imported_payment as (
    id uuid, consumer_id uuid, order_id text, description text, amount_minor bigint, currency text,
    method text, email text, shopper jsonb, occurred_at timestamptz
);
create type imported_operation as (
    place int, level int, id uuid, payment_id uuid, consumer_id uuid, kind text, status text,
    result_code text, refers_to uuid, amount_minor bigint, currency text, method text, brand text,
    card_first6 text, card_last4 text, country text, reason text, settled_at timestamptz,
    occurred_at timestamptz, import_key uuid
);
create type imported_reference as (account_id uuid, kind text, value text, operation_id uuid);
create type imported_waiting as (at timestamptz, line int, content jsonb);
create type posted_line as (
    cause_id uuid, cause text, line int, account text, merchant_account_id uuid, amount bigint,
    currency text, at timestamptz
);

-- As post_entry_sets_v1: every cause sums to zero in every currency, or nothing is posted.
create function post_entry_sets_v2(p_company uuid, p_live boolean, p_lines posted_line[])
returns void language plpgsql security definer set search_path = public as $$
declare
    unbalanced record;
begin
    if nullif(current_setting('comptoir.company', true), '')::uuid is distinct from p_company then
        raise exception 'entries are posted in the scope of their company'
            using errcode = 'insufficient_privilege';
    end if;
    with added as (
        insert into entry (company_id, cause_id, cause, line, account, merchant_account_id,
            amount_minor, currency, live, at)
        select p_company, x.cause_id, x.cause, x.line, x.account, x.merchant_account_id,
            x.amount, x.currency, p_live, x.at
        from unnest(p_lines) as x
        returning entry.cause_id, entry.cause, entry.currency, entry.amount_minor
    )
    select a.cause_id, a.currency into unbalanced from added a
    group by a.cause_id, a.cause, a.currency having sum(a.amount_minor) <> 0 limit 1;
    if unbalanced.currency is not null then
        raise exception 'entries of % in % do not sum to zero', unbalanced.cause_id,
            unbalanced.currency using errcode = 'check_violation';
    end if;
end
$$;

-- As keep_references_v1: a name that still leads to an undone operation is led to the new one.
create function keep_references_v2(p_company uuid, p_references imported_reference[])
returns void language plpgsql security definer set search_path = public as $$
begin
    if nullif(current_setting('comptoir.company', true), '')::uuid is distinct from p_company then
        raise exception 'references are kept in the scope of their company'
            using errcode = 'insufficient_privilege';
    end if;
    insert into gateway_reference as r (company_id, account_id, kind, value, operation_id)
    select p_company, x.account_id, x.kind, x.value, x.operation_id
    from unnest(p_references) as x
    on conflict (company_id, account_id, kind, value) do update
        set operation_id = excluded.operation_id
        where exists (select from operation o where o.company_id = r.company_id
            and o.id = r.operation_id and o.undone_by is not null);
end
$$;

-- One batch of an import: counters, consumers, payments, operations, events, references, entries.
create function import_rows_v2(
    p_company uuid, p_import uuid, p_at timestamptz, p_counts jsonb,
    p_consumers imported_consumer[], p_keys imported_consumer_key[],
    p_payments imported_payment[], p_operations imported_operation[],
    p_references imported_reference[], p_entries posted_line[], p_waiting imported_waiting[],
    p_placed int[]
)
returns void language plpgsql as $$
declare
    run record;
    numbers bigint[];
    wanted int := cardinality(p_operations);
    added int;
begin
    perform set_config('comptoir.company', p_company::text, true);
    update import_run r set
        line = (p_counts ->> 'line')::int,
        added = r.added + wanted,
        known = r.known + (p_counts ->> 'known')::int,
        refused = r.refused + (p_counts ->> 'refused')::int,
        ignored = r.ignored + (p_counts ->> 'ignored')::int,
        alone = r.alone + (p_counts ->> 'alone')::int
    where r.company_id = p_company and r.id = p_import and r.state = 'running'
    returning r.id, r.originator_id, r.account_id, r.live, p_counts ->> 'actor' as actor into run;
    if run.id is null then
        raise exception 'import % is not running', p_import
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    insert into import_waiting (company_id, import_id, at, line, content)
    select p_company, p_import, x.at, x.line, x.content from unnest(p_waiting) as x;
    delete from import_waiting w
    where w.company_id = p_company and w.import_id = p_import and w.line = any (p_placed);

    insert into consumer (company_id, id, live, shop_id, name, email, country, created_at)
    select p_company, x.id, run.live, x.shop_id, x.name, x.email, x.country, p_at
    from unnest(p_consumers) as x;
    -- In the order in which a payment adds its keys, so that neither waits for the other.
    insert into consumer_key (company_id, live, kind, value, consumer_id)
    select p_company, run.live, x.kind, x.value, x.consumer_id
    from unnest(p_keys) as x
    order by x.rank, x.value
    on conflict do nothing;
    get diagnostics added = row_count;
    if added <> cardinality(p_keys) then
        raise exception 'a payment met the same shopper meanwhile'
            using errcode = 'serialization_failure';
    end if;
    -- A shopper whom one name had recognised is told by the other one too from now on.
    update consumer c set
        shop_id = coalesce(c.shop_id, l.shop_id), email = coalesce(c.email, l.email)
    from (
        select x.consumer_id,
            min(convert_from(x.value, 'UTF8')) filter (where x.kind = 'shop_id') as shop_id,
            min(convert_from(x.value, 'UTF8')) filter (where x.kind = 'email') as email
        from unnest(p_keys) as x
        where x.consumer_id not in (select n.id from unnest(p_consumers) as n
            where n.shop_id is not null and n.email is not null)  -- Told by both already.
        group by x.consumer_id
    ) l
    where c.company_id = p_company and c.id = l.consumer_id
        and (c.shop_id is null and l.shop_id is not null or c.email is null and l.email is not null);

    insert into payment (company_id, id, live, source, originator_id, consumer_id, order_id,
        description, amount_minor, currency, method, email, shopper, occurred_at, recorded_at,
        import_id)
    select p_company, x.id, run.live, 'imported', run.originator_id, x.consumer_id, x.order_id,
        x.description, x.amount_minor, x.currency, x.method, x.email, x.shopper, x.occurred_at,
        p_at, p_import
    from unnest(p_payments) as x;

    with block as materialized (
        select nextval('operation_number_block') as first from generate_series(1, (wanted + 63) / 64)
    )
    select array_agg(b.first + i order by b.first, i) into numbers
    from block b, generate_series(0, 63) as i;
    with added as (
        insert into operation (company_id, id, number, payment_id, originator_id, account_id,
            consumer_id, live, source, kind, status, result_code, refers_to, amount_minor,
            currency, method, brand, card_first6, card_last4, country, reason, financial,
            sent_for_settlement_at, settled_at, actor, occurred_at, recorded_at, finished_at,
            import_id, import_key)
        select p_company, x.id, numbers[x.place], x.payment_id, run.originator_id, run.account_id,
            x.consumer_id, run.live, 'imported', x.kind, x.status, x.result_code, x.refers_to,
            x.amount_minor, x.currency, x.method, x.brand, x.card_first6, x.card_last4, x.country,
            x.reason, case when x.settled_at is null then 'not_sent' else 'settled' end,
            x.settled_at, x.settled_at, run.actor, x.occurred_at, p_at, x.occurred_at,
            p_import, x.import_key
        from unnest(p_operations) as x
        order by x.level, x.place  -- What is referred to comes first.
        returning id, number, payment_id, kind, status, result_code, amount_minor, currency,
            consumer_id, occurred_at
    )
    insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
    select p_company, p_at, run.live, 'operation.' || a.status, a.payment_id, a.id, run.actor,
        jsonb_build_object('kind', a.kind, 'number', a.number, 'amount_minor', a.amount_minor,
            'currency', a.currency, 'result_code', a.result_code, 'consumer_id', a.consumer_id,
            'source', 'imported', 'occurred_at', a.occurred_at)
    from added a;
    perform keep_references_v2(p_company, p_references);
    perform post_entry_sets_v2(p_company, run.live, p_entries);
end
$$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'post_entry_sets_v2(uuid, boolean, posted_line[])',
        'keep_references_v2(uuid, imported_reference[])'
    ] loop
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
end
$$;

-- migrate: rollback
