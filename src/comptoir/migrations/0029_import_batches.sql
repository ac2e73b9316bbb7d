-- Imports: a batch of typed rows in one call, undone by adding
-- depends: 0009_imports 0014_posting

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

-- Names that a provider gave. One that still leads to an undone operation is led to the new one.
create function keep_references_v1(p_company uuid, p_references imported_reference[])
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

-- Batches of one company come one after the other, whatever files they are from.
create function lock_imports_v1(p_company uuid) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('imports ' || p_company::text, 0));
end
$$;

-- One batch of an import: counters, consumers, payments, operations, events, references, entries.
-- The next one may be sent meanwhile: it waits for the lock, and is refused if the batch that it was
-- planned to follow is not the last one then.
create function import_rows_v1(
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
    -- Nobody is told of a batch before the import has finished, and that commit is waited for.
    perform set_config('synchronous_commit', 'off', true);
    perform lock_imports_v1(p_company);
    update import_run r set
        line = (p_counts ->> 'line')::int,
        batch = coalesce((p_counts ->> 'batch')::uuid, r.batch),
        added = r.added + wanted,
        known = r.known + (p_counts ->> 'known')::int,
        refused = r.refused + (p_counts ->> 'refused')::int,
        ignored = r.ignored + (p_counts ->> 'ignored')::int,
        alone = r.alone + (p_counts ->> 'alone')::int
    where r.company_id = p_company and r.id = p_import and r.state = 'running'
        and (not p_counts ? 'follows'
            or r.batch is not distinct from (p_counts ->> 'follows')::uuid)
    returning r.id, r.originator_id, r.account_id, r.live, p_counts ->> 'actor' as actor into run;
    if run.id is null then
        raise exception 'import % is not running, or somebody else has led it on', p_import
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
    perform keep_references_v1(p_company, p_references);
    perform post_entry_sets_v1(p_company, run.live, p_entries);
end
$$;

-- Take back up to p_limit operations of an import: the facts stay, opposite entries are added.
create function undo_import_rows_v1(
    p_company uuid, p_import uuid, p_after uuid, p_limit int, p_at timestamptz, p_actor text
)
returns table (last uuid, number int) language plpgsql as $$
declare
    run record;
    chosen uuid[];
begin
    perform set_config('comptoir.company', p_company::text, true);
    select r.undo_id, r.live into run from import_run r
        where r.company_id = p_company and r.id = p_import and r.state = 'undoing' for update;
    if run.undo_id is null then
        raise exception 'import % is not being undone', p_import
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    chosen := array(select o.id from operation o
        where o.company_id = p_company and o.import_id = p_import and o.id > p_after
            and o.undone_by is null
        order by o.id limit p_limit);
    perform post_entry_sets_v1(p_company, run.live, array(
        select row(e.cause_id, 'undo', row_number() over (partition by e.cause_id
            order by e.cause, e.line), e.account, e.merchant_account_id, -e.amount_minor,
            e.currency, p_at)::posted_line
        from entry e where e.company_id = p_company and e.cause_id = any (chosen)
    ));
    with taken as (
        update operation o set undone_by = run.undo_id
        where o.company_id = p_company and o.id = any (chosen)
        returning o.id, o.payment_id, o.number, o.kind, o.status, o.amount_minor, o.currency,
            o.consumer_id
    )
    insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)
    select p_company, p_at, run.live, 'operation.undone', t.payment_id, t.id, p_actor,
        jsonb_build_object('kind', t.kind, 'number', t.number, 'status', t.status,
            'amount_minor', t.amount_minor, 'currency', t.currency, 'consumer_id', t.consumer_id,
            'source', 'imported')
    from taken t;
    update import_run r set undone = r.undone + cardinality(chosen)
        where r.company_id = p_company and r.id = p_import;
    return query select chosen[cardinality(chosen)], cardinality(chosen);
end
$$;

-- A table that grows from nothing has no statistics yet, and plans made without them read all of
-- it. Only when that is so: p_rows have come, and the planner does not know of them.
create function learn_growth_v1(p_rows int)
returns boolean language plpgsql security definer set search_path = public as $$
begin
    if (select c.reltuples from pg_class c where c.oid = 'operation'::regclass) >= p_rows / 2 then
        return false;
    end if;
    analyze consumer, consumer_key, payment, operation, gateway_reference, entry, event;
    return true;
end
$$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'keep_references_v1(uuid, imported_reference[])', 'learn_growth_v1(int)'
    ] loop
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
end
$$;

-- migrate: rollback
