-- Imports of payment history: a batch of rows in one call, undone by adding
-- depends: 0004_functions

-- migrate: apply
alter table import_run drop constraint import_run_state_check;
alter table import_run add constraint import_run_state_check
    check (state in ('running', 'finished', 'undoing', 'undone'));
-- A file may be read again: counters are of the last reading, `added_before` is older.
alter table import_run add column added_before int not null default 0;
alter table import_run add column ignored int not null default 0;
alter table import_run add column alone int not null default 0;
alter table import_run add column undo_id uuid;
alter table import_run add column undone int not null default 0;
create index import_run_list on import_run (company_id, live, id desc);

-- Said twice already: an originator and a payment are of a company that exists. Each check costs
-- a payment 15 microseconds.
alter table payment drop constraint payment_company_id_fkey;
alter table operation drop constraint operation_company_id_fkey;

-- Rows that came before what they refer to; empty when the import has finished.
create table import_waiting (
    company_id uuid not null,
    import_id uuid not null,
    at timestamptz not null,
    line int not null,
    content jsonb not null,
    primary key (company_id, import_id, line),
    foreign key (company_id, import_id) references import_run (company_id, id)
);
create index import_waiting_in_time on import_waiting (company_id, import_id, at, line);
alter table import_waiting enable row level security;
alter table import_waiting force row level security;
create policy tenant on import_waiting to comptoir_app
    using (company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on import_waiting to comptoir_platform using (true);
create policy owner on import_waiting to comptoir_owner using (true);
grant select, insert, delete on import_waiting to comptoir_app, comptoir_platform;

create index operation_of_import on operation (company_id, import_id, id)
    where import_id is not null;

-- post_entries_v1 for many causes at once: every cause sums to zero in every currency, or nothing
-- is posted.
create function post_entry_sets_v1(p_company uuid, p_live boolean, p_lines jsonb)
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
        from jsonb_to_recordset(p_lines) as x(cause_id uuid, cause text, line int, account text,
            merchant_account_id uuid, amount bigint, currency text, at timestamptz)
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

-- Names that a provider gave. One that still leads to an undone operation is led to the new one.
create function keep_references_v1(p_company uuid, p_references jsonb)
returns void language plpgsql security definer set search_path = public as $$
begin
    if nullif(current_setting('comptoir.company', true), '')::uuid is distinct from p_company then
        raise exception 'references are kept in the scope of their company'
            using errcode = 'insufficient_privilege';
    end if;
    insert into gateway_reference as r (company_id, account_id, kind, value, operation_id)
    select p_company, x.account_id, x.kind, x.value, x.operation_id
    from jsonb_to_recordset(p_references)
        as x(account_id uuid, kind text, value text, operation_id uuid)
    on conflict (company_id, account_id, kind, value) do update
        set operation_id = excluded.operation_id
        where exists (select from operation o where o.company_id = r.company_id
            and o.id = r.operation_id and o.undone_by is not null);
end
$$;

-- One batch of an import: counters, consumers, payments, operations, events, references, entries.
create function import_rows_v1(
    p_company uuid, p_import uuid, p_at timestamptz, p_counts jsonb, p_consumers jsonb,
    p_keys jsonb, p_payments jsonb, p_operations jsonb, p_references jsonb, p_entries jsonb,
    p_waiting jsonb, p_placed int[]
)
returns void language plpgsql as $$
declare
    run record;
    numbers bigint[];
    wanted int := jsonb_array_length(p_operations);
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
    select p_company, p_import, x.at, x.line, x.content
    from jsonb_to_recordset(p_waiting) as x(at timestamptz, line int, content jsonb);
    delete from import_waiting w
    where w.company_id = p_company and w.import_id = p_import and w.line = any (p_placed);

    insert into consumer (company_id, id, live, shop_id, name, email, country, created_at)
    select p_company, x.id, run.live, x.shop_id, x.name, x.email, x.country, p_at
    from jsonb_to_recordset(p_consumers)
        as x(id uuid, shop_id text, name text, email text, country text);
    -- In the order in which a payment adds its keys, so that neither waits for the other.
    insert into consumer_key (company_id, live, kind, value, consumer_id)
    select p_company, run.live, x.kind, decode(x.value, 'hex'), x.consumer_id
    from jsonb_to_recordset(p_keys) as x(rank int, kind text, value text, consumer_id uuid)
    order by x.rank, x.value
    on conflict do nothing;
    get diagnostics added = row_count;
    if added <> jsonb_array_length(p_keys) then
        raise exception 'a payment met the same shopper meanwhile'
            using errcode = 'serialization_failure';
    end if;
    -- A shopper whom one name had recognised is told by the other one too from now on.
    update consumer c set
        shop_id = coalesce(c.shop_id, l.shop_id), email = coalesce(c.email, l.email)
    from (
        select x.consumer_id,
            min(convert_from(decode(x.value, 'hex'), 'UTF8')) filter (where x.kind = 'shop_id')
                as shop_id,
            min(convert_from(decode(x.value, 'hex'), 'UTF8')) filter (where x.kind = 'email')
                as email
        from jsonb_to_recordset(p_keys) as x(kind text, value text, consumer_id uuid)
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
    from jsonb_to_recordset(p_payments) as x(id uuid, consumer_id uuid, order_id text,
        description text, amount_minor bigint, currency text, method text, email text,
        shopper jsonb, occurred_at timestamptz);

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
        from jsonb_to_recordset(p_operations) as x(place int, level int, id uuid, payment_id uuid,
            consumer_id uuid, kind text, status text, result_code text, refers_to uuid,
            amount_minor bigint, currency text, method text, brand text, card_first6 text,
            card_last4 text, country text, reason text, settled_at timestamptz,
            occurred_at timestamptz, import_key uuid)
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
    perform post_entry_sets_v1(p_company, run.live, coalesce((
        select jsonb_agg(jsonb_build_object('cause_id', e.cause_id, 'cause', 'undo',
            'line', e.place, 'account', e.account, 'merchant_account_id', e.merchant_account_id,
            'amount', -e.amount_minor, 'currency', e.currency, 'at', p_at))
        from (select n.cause_id, n.account, n.merchant_account_id, n.amount_minor, n.currency,
                row_number() over (partition by n.cause_id order by n.cause, n.line) as place
            from entry n where n.company_id = p_company and n.cause_id = any (chosen)) e
    ), '[]'));
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
        'post_entry_sets_v1(uuid, boolean, jsonb)', 'keep_references_v1(uuid, jsonb)',
        'learn_growth_v1(int)'
    ] loop
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
end
$$;

-- migrate: rollback
