-- Whether an issuer knows a shopper's billing address (AVS): its word is kept, the address is not
-- depends: 0015_operations 0027_sandbox_requests

-- migrate: apply
create table address_check (
    company_id uuid not null references company (id),
    operation_id uuid not null,
    code char(1) not null check (code ~ '^[A-Z]$'),
    at timestamptz not null,
    primary key (company_id, operation_id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);

-- What the fake gateway answered, so that it says the same when it is asked again.
create table sandbox_address_check (
    company_id uuid not null,
    operation_id uuid not null,
    code char(1) not null check (code ~ '^[A-Z]$'),
    primary key (company_id, operation_id)
);

do $$
declare
    name text;
begin
    foreach name in array array['address_check', 'sandbox_address_check']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy tenant on %I to comptoir_app using ('
            'company_id = nullif(current_setting(''comptoir.company'', true), '''')::uuid)', name);
        execute format('create policy platform on %I to comptoir_platform using (true)', name);
        execute format('create policy owner on %I to comptoir_owner using (true)', name);
        execute format('grant select, insert on %I to comptoir_app, comptoir_platform', name);
    end loop;
end
$$;

-- Commit 2 of a charge whose address was compared.
create function settle_operation_v2(
    p_company uuid, p_operation uuid, p_from text[], p_outcome jsonb, p_references jsonb,
    p_entries jsonb, p_calls jsonb, p_token jsonb, p_answer_status int, p_answer bytea,
    p_three_ds jsonb, p_avs text
)
returns boolean language plpgsql as $$
declare
    moved boolean := settle_operation_v1(p_company, p_operation, p_from, p_outcome, p_references,
        p_entries, p_calls, p_token, p_answer_status, p_answer, p_three_ds);
begin
    if moved and p_outcome ->> 'finished_at' is not null then
        insert into address_check (company_id, operation_id, code, at)
        values (p_company, p_operation, p_avs, (p_outcome ->> 'at')::timestamptz)
        on conflict (company_id, operation_id) do nothing;
    end if;
    return moved;
end
$$;

-- What the fake gateway says of an operation's address; what it is told to say, it says ever after.
create function sandbox_avs_v1(p_company uuid, p_operation uuid, p_said text)
returns text language plpgsql as $$
begin
    if p_operation is null then
        return null;
    end if;
    perform set_config('comptoir.company', p_company::text, true);
    if p_said is not null then
        insert into sandbox_address_check (company_id, operation_id, code)
        values (p_company, p_operation, p_said)
        on conflict (company_id, operation_id) do nothing;
    end if;
    return (select a.code from sandbox_address_check a
            where a.company_id = p_company and a.operation_id = p_operation);
end
$$;

-- migrate: rollback
