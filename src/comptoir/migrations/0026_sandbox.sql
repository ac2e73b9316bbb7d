-- The sandbox: what the fake gateway remembers. It plays a remote system, so nothing refers to it
-- depends: 0010_scope

-- migrate: apply
create table sandbox_operation (
    company_id uuid not null,
    account_id uuid not null,
    id uuid not null,
    -- The merchant's own name for the request. A gateway without idempotency keys makes a second
    -- charge when it is sent again: that one is copy 1.
    reference text not null check (length(reference) <= 64),
    copy int not null default 0 check (copy between 0 and 1000),
    kind text not null check (
        kind in ('authorize', 'sale', 'capture', 'cancel', 'refund', 'rebill', 'credit', '3dscheck')
    ),
    status text not null check (status in ('approved', 'declined', 'challenge', 'pending')),
    first_status text not null,  -- What a repeated key is answered with.
    code char(3) check (code ~ '^[0-9]{3}$'),
    rule char(3) not null,  -- What the card says in the end, now and in later charges by token.
    amount_minor bigint not null check (amount_minor >= 0),
    currency char(3) not null,
    original uuid,
    captured_minor bigint not null default 0 check (captured_minor between 0 and amount_minor),
    refunded_minor bigint not null default 0 check (refunded_minor >= 0),
    released_minor bigint not null default 0 check (captured_minor + released_minor <= amount_minor),
    brand text,
    first6 text,
    last4 text,
    month int,
    year int,
    three_ds text,
    challenge text check (challenge in ('open', 'passed', 'failed')),
    return_url text,
    at timestamptz not null,
    capture_before timestamptz,
    finished_at timestamptz,  -- Only when the result came later than the answer.
    ready_at timestamptz,  -- When a notification is due.
    notices int not null default 1,
    primary key (company_id, id),
    check (refunded_minor <= captured_minor),
    check ((status in ('approved', 'declined')) = (code is not null))
) with (fillfactor = 85);
create unique index sandbox_operation_reference
    on sandbox_operation (company_id, account_id, reference, copy);
create index sandbox_operation_ready on sandbox_operation (company_id, account_id, ready_at)
    where ready_at is not null;
create index sandbox_operation_finished on sandbox_operation (company_id, account_id, finished_at)
    where finished_at is not null;

alter table sandbox_operation enable row level security;
alter table sandbox_operation force row level security;
create policy tenant on sandbox_operation to comptoir_app
    using (company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on sandbox_operation to comptoir_platform using (true);
create policy owner on sandbox_operation to comptoir_owner using (true);
grant select, insert, update on sandbox_operation to comptoir_app, comptoir_platform;

-- Faults that a test has ordered, in order. Names only: no tenant's data.
create table sandbox_script (
    account_id uuid not null,
    position bigint generated always as identity,
    fault text not null check (length(fault) <= 32),
    primary key (account_id, position)
);
grant select, insert, delete on sandbox_script to comptoir_app, comptoir_platform;

-- Begin a request: enter the company's scope and say which fault to play, if any.
create function sandbox_begin_v1(p_company uuid, p_account uuid, p_fault text)
returns text language plpgsql as $$
declare
    next_one bigint;
    ordered text;
begin
    perform set_config('comptoir.company', p_company::text, true);
    next_one := (select s.position from sandbox_script s
                 where s.account_id = p_account order by s.position limit 1);
    if next_one is null then
        return p_fault;
    end if;
    delete from sandbox_script s
        where s.account_id = p_account and s.position = next_one returning s.fault into ordered;
    return nullif(coalesce(ordered, p_fault), 'none');
end
$$;

-- Write a new row. False when a row of that reference and copy exists already.
create function sandbox_write_v1(op sandbox_operation)
returns boolean language plpgsql as $$
begin
    insert into sandbox_operation (
        company_id, account_id, id, reference, copy, kind, status, first_status, code, rule,
        amount_minor, currency, original, captured_minor, brand, first6, last4, month, year,
        three_ds, challenge, return_url, at, capture_before, ready_at, notices
    ) values (
        op.company_id, op.account_id, op.id, op.reference, op.copy, op.kind, op.status, op.status,
        op.code, op.rule, op.amount_minor, op.currency, op.original, op.captured_minor, op.brand,
        op.first6, op.last4, op.month, op.year, op.three_ds, op.challenge, op.return_url, op.at,
        op.capture_before, op.ready_at, op.notices
    ) on conflict (company_id, account_id, reference, copy) do nothing;
    return found;
end
$$;

create function sandbox_next_copy_v1(p_company uuid, p_account uuid, p_reference text)
returns int language sql stable as $$
    select coalesce(max(copy) + 1, 0) from sandbox_operation
    where company_id = p_company and account_id = p_account and reference = p_reference
$$;

-- Reserve (or give back, with a minus) an amount on the row an act refers to.
create function sandbox_reserve_v1(p_company uuid, p_parent uuid, p_kind text, p_amount bigint)
returns void language sql as $$
    update sandbox_operation set
        captured_minor = captured_minor + case when p_kind = 'capture' then p_amount else 0 end,
        refunded_minor = refunded_minor + case when p_kind = 'refund' then p_amount else 0 end,
        released_minor = released_minor + case when p_kind = 'cancel' then p_amount else 0 end
    where company_id = p_company and id = p_parent
$$;

-- Bring a pending or challenged row to its end. Gives back what a failed change had reserved.
create function sandbox_finish_v1(op sandbox_operation, p_code text, p_at timestamptz)
returns sandbox_operation language plpgsql as $$
begin
    op.code := p_code;
    op.status := case when p_code = '000' then 'approved' else 'declined' end;
    op.finished_at := p_at;
    if p_code = '000' and op.kind in ('sale', 'rebill', 'capture') then
        op.captured_minor := op.amount_minor;
    end if;
    update sandbox_operation set status = op.status, code = op.code, finished_at = p_at,
        captured_minor = op.captured_minor
        where company_id = op.company_id and id = op.id;
    if p_code <> '000' and op.kind in ('capture', 'refund', 'cancel') and op.amount_minor > 0 then
        perform sandbox_reserve_v1(op.company_id, op.original, op.kind, -op.amount_minor);
    end if;
    return op;
end
$$;

-- migrate: rollback
