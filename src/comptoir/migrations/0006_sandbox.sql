-- The sandbox: what the fake gateway remembers. It plays a remote system, so nothing refers to it
-- depends: 0003_scope

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

-- A new charge, credit or check. One call is one request to the gateway.
create function sandbox_open_v1(
    p_company uuid, p_account uuid, p_id uuid, p_reference text, p_keyed boolean, p_kind text,
    p_amount bigint, p_currency text, p_source uuid, p_rule text, p_brand text, p_first6 text,
    p_last4 text, p_month int, p_year int, p_three_ds text, p_return_url text, p_fault text,
    p_nothing_done text[], p_at timestamptz, p_ready_at timestamptz, p_capture_before timestamptz,
    out fault text, out error text, out replayed boolean, out op sandbox_operation
) language plpgsql as $$
declare
    source sandbox_operation;
begin
    fault := sandbox_begin_v1(p_company, p_account, p_fault);
    replayed := false;
    if fault = any (p_nothing_done) then
        return;
    end if;
    if p_keyed then
        op := (select o from sandbox_operation o where o.company_id = p_company
               and o.account_id = p_account and o.reference = p_reference and o.copy = 0);
        if op.id is not null then
            replayed := true;
            return;
        end if;
    end if;
    if p_source is not null then
        source := (select o from sandbox_operation o where o.company_id = p_company
                   and o.account_id = p_account and o.id = p_source);
        if source.last4 is null then
            error := 'unknown_token';
            return;
        end if;
    end if;
    op.company_id := p_company;
    op.account_id := p_account;
    op.id := p_id;
    op.reference := p_reference;
    op.copy := 0;
    op.kind := p_kind;
    -- A card that asked for authentication has had it, or is charged without its holder.
    op.rule := coalesce(p_rule, nullif(source.rule, '065'), '000');
    op.amount_minor := p_amount;
    op.currency := p_currency;
    op.original := p_source;
    op.brand := coalesce(p_brand, source.brand);
    op.first6 := coalesce(p_first6, source.first6);
    op.last4 := coalesce(p_last4, source.last4);
    op.month := coalesce(p_month, source.month);
    op.year := coalesce(p_year, source.year);
    op.three_ds := p_three_ds;
    op.return_url := p_return_url;
    op.at := p_at;
    op.notices := 1;
    op.captured_minor := 0;
    op.refunded_minor := 0;
    op.released_minor := 0;
    if p_three_ds = 'challenge' then
        op.status := 'challenge';
        op.challenge := 'open';
    elsif fault = 'late' then
        op.status := 'pending';
        op.ready_at := p_ready_at;
    else
        op.code := op.rule;
        op.status := case when op.rule = '000' then 'approved' else 'declined' end;
        if op.status = 'approved' and p_kind in ('sale', 'rebill') then
            op.captured_minor := p_amount;
        end if;
    end if;
    op.first_status := op.status;
    if p_kind = 'authorize' then
        op.capture_before := p_capture_before;
    end if;
    if fault = 'duplicate' then
        op.ready_at := p_at;
        op.notices := 2;
    end if;
    for attempt in 1..20 loop
        if not p_keyed then
            op.copy := sandbox_next_copy_v1(p_company, p_account, p_reference);
        end if;
        if sandbox_write_v1(op) then
            return;
        elsif p_keyed then
            -- Two requests at once under one key: the first one's answer is everybody's.
            op := (select o from sandbox_operation o where o.company_id = p_company
                   and o.account_id = p_account and o.reference = p_reference and o.copy = 0);
            replayed := true;
            return;
        end if;
    end loop;
    raise exception 'too many copies of one reference at once';
end
$$;

-- Why a capture, cancel or refund is not possible; null when it is.
create function sandbox_refusal_v1(
    parent sandbox_operation, p_kind text, p_amount bigint, p_currency text, p_at timestamptz
) returns text language plpgsql immutable as $$
begin
    if parent.id is null then
        return 'unknown_original';
    elsif p_kind = 'cancel' and parent.kind in ('authorize', 'sale')
            and parent.status = 'challenge' then
        return null;
    elsif parent.status <> 'approved' then
        return 'wrong_state';
    elsif parent.currency <> p_currency then
        return 'wrong_currency';
    elsif p_kind in ('capture', 'cancel') then
        if parent.kind <> 'authorize' then
            return 'wrong_state';
        elsif parent.captured_minor + parent.released_minor >= parent.amount_minor then
            return 'nothing_left';
        elsif p_kind = 'capture' and parent.capture_before < p_at then
            return 'expired';
        elsif p_kind = 'capture'
                and p_amount > parent.amount_minor - parent.captured_minor - parent.released_minor
        then
            return 'amount_too_large';
        end if;
        return null;
    elsif parent.kind not in ('sale', 'capture', 'rebill') then
        return 'wrong_state';
    elsif parent.refunded_minor >= parent.captured_minor then
        return 'nothing_left';
    elsif p_amount > parent.captured_minor - parent.refunded_minor then
        return 'amount_too_large';
    end if;
    return null;
end
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

-- A capture, cancel or refund of an earlier operation.
create function sandbox_change_v1(
    p_company uuid, p_account uuid, p_id uuid, p_reference text, p_keyed boolean, p_kind text,
    p_amount bigint, p_currency text, p_original uuid, p_rule text, p_fault text,
    p_nothing_done text[], p_at timestamptz, p_ready_at timestamptz,
    out fault text, out error text, out replayed boolean, out op sandbox_operation
) language plpgsql as $$
declare
    parent sandbox_operation;
    amount bigint := p_amount;
begin
    fault := sandbox_begin_v1(p_company, p_account, p_fault);
    replayed := false;
    if fault = any (p_nothing_done) then
        return;
    end if;
    -- The row referred to is locked first: limits and keys are judged one request at a time.
    perform 1 from sandbox_operation o where o.company_id = p_company
        and o.account_id = p_account and o.id = p_original for update;
    if p_keyed then
        op := (select o from sandbox_operation o where o.company_id = p_company
               and o.account_id = p_account and o.reference = p_reference and o.copy = 0);
        if op.id is not null then
            replayed := true;
            return;
        end if;
    end if;
    parent := (select o from sandbox_operation o where o.company_id = p_company
               and o.account_id = p_account and o.id = p_original);
    error := sandbox_refusal_v1(parent, p_kind, p_amount, p_currency, p_at);
    if error is not null then
        return;
    end if;
    if p_kind = 'cancel' and parent.status = 'challenge' then
        update sandbox_operation set status = 'declined', code = '021', challenge = 'failed',
            finished_at = p_at where company_id = p_company and id = p_original;
        amount := 0;
    elsif p_kind = 'cancel' then
        amount := parent.amount_minor - parent.captured_minor - parent.released_minor;
    end if;
    op.company_id := p_company;
    op.account_id := p_account;
    op.id := p_id;
    op.reference := p_reference;
    op.copy := case when p_keyed then 0
        else sandbox_next_copy_v1(p_company, p_account, p_reference) end;
    op.kind := p_kind;
    op.rule := coalesce(p_rule, '000');
    op.amount_minor := amount;
    op.currency := p_currency;
    op.original := p_original;
    op.at := p_at;
    op.notices := 1;
    op.captured_minor := case when p_kind = 'capture' and op.rule = '000' then amount else 0 end;
    op.refunded_minor := 0;
    op.released_minor := 0;
    if fault = 'late' then
        op.status := 'pending';
        op.ready_at := p_ready_at;
        op.captured_minor := 0;
    else
        op.code := op.rule;
        op.status := case when op.rule = '000' then 'approved' else 'declined' end;
    end if;
    op.first_status := op.status;
    if fault = 'duplicate' then
        op.ready_at := p_at;
        op.notices := 2;
    end if;
    if op.status <> 'declined' and amount > 0 then
        perform sandbox_reserve_v1(p_company, p_original, p_kind, amount);
    end if;
    if not sandbox_write_v1(op) then
        raise exception 'the reference % is used twice', p_reference;
    end if;
end
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

-- What is known of an operation, by the gateway's id or the merchant's reference.
create function sandbox_find_v1(
    p_company uuid, p_account uuid, p_id uuid, p_reference text, p_fault text, p_at timestamptz
) returns table (fault text, op sandbox_operation) language plpgsql as $$
begin
    fault := sandbox_begin_v1(p_company, p_account, p_fault);
    for op in
        select o.company_id, o.account_id, o.id, o.reference, o.copy, o.kind, o.status,
            o.first_status, o.code, o.rule, o.amount_minor, o.currency, o.original,
            o.captured_minor, o.refunded_minor, o.released_minor, o.brand, o.first6, o.last4,
            o.month, o.year, o.three_ds, o.challenge, o.return_url, o.at, o.capture_before,
            o.finished_at, o.ready_at, o.notices
        from sandbox_operation o
        where o.company_id = p_company and o.account_id = p_account
            and (o.id = p_id or (p_id is null and o.reference = p_reference))
        order by o.copy limit 10
        for update
    loop
        if op.status = 'pending' and op.ready_at <= p_at then
            op := sandbox_finish_v1(op, op.rule, p_at);
        elsif op.status = 'challenge' and op.at < p_at - interval '30 minutes' then
            op := sandbox_finish_v1(op, '032', p_at);
        end if;
        return next;
    end loop;
    if not found then
        op := null;
        return next;
    end if;
end
$$;

-- The shopper is back: the authentication's result decides.
create function sandbox_continue_v1(
    p_company uuid, p_account uuid, p_id uuid, p_fault text, p_nothing_done text[],
    p_at timestamptz, out fault text, out error text, out replayed boolean,
    out op sandbox_operation
) language plpgsql as $$
begin
    fault := sandbox_begin_v1(p_company, p_account, p_fault);
    replayed := false;
    if fault = any (p_nothing_done) then
        return;
    end if;
    perform 1 from sandbox_operation o where o.company_id = p_company
        and o.account_id = p_account and o.id = p_id for update;
    op := (select o from sandbox_operation o where o.company_id = p_company
           and o.account_id = p_account and o.id = p_id);
    if op.id is null then
        error := 'unknown_original';
    elsif op.status <> 'challenge' then
        return;  -- Finished already: the same answer again.
    elsif op.challenge = 'passed' then
        -- 065 asks for authentication; now it is there.
        op := sandbox_finish_v1(op, case when op.rule = '065' then '000' else op.rule end, p_at);
    elsif op.challenge = 'failed' then
        op := sandbox_finish_v1(op, '001', p_at);
    elsif op.at < p_at - interval '30 minutes' then
        op := sandbox_finish_v1(op, '032', p_at);
    end if;
end
$$;

-- The bank's page: what it shows, and what the shopper's code came to.
create function sandbox_challenge_v1(p_company uuid, p_id uuid, p_result text, p_at timestamptz)
returns sandbox_operation language plpgsql as $$
declare
    op sandbox_operation;
begin
    perform set_config('comptoir.company', p_company::text, true);
    if p_result is not null then
        update sandbox_operation o set challenge = p_result
            where o.company_id = p_company and o.id = p_id and o.status = 'challenge'
            and o.challenge = 'open' and o.at >= p_at - interval '30 minutes';
    end if;
    op := (select o from sandbox_operation o where o.company_id = p_company and o.id = p_id
           and o.three_ds = 'challenge');
    return op;
end
$$;

-- The notifications that are due; each is handed out once.
create function sandbox_due_v1(
    p_company uuid, p_account uuid, p_at timestamptz, p_limit int
) returns setof sandbox_operation language plpgsql as $$
declare
    op sandbox_operation;
begin
    perform set_config('comptoir.company', p_company::text, true);
    for op in
        select o.company_id, o.account_id, o.id, o.reference, o.copy, o.kind, o.status,
            o.first_status, o.code, o.rule, o.amount_minor, o.currency, o.original,
            o.captured_minor, o.refunded_minor, o.released_minor, o.brand, o.first6, o.last4,
            o.month, o.year, o.three_ds, o.challenge, o.return_url, o.at, o.capture_before,
            o.finished_at, o.ready_at, o.notices
        from sandbox_operation o
        where o.company_id = p_company and o.account_id = p_account and o.ready_at <= p_at
        order by o.ready_at limit p_limit
        for update skip locked
    loop
        if op.status = 'pending' then
            op := sandbox_finish_v1(op, op.rule, p_at);
        end if;
        update sandbox_operation set ready_at = null where company_id = p_company and id = op.id;
        return next op;
    end loop;
end
$$;

-- What a day moved, with its fees: 1.20 % + 10 minor units of what comes in (American Express
-- 2.40 %), 10 of what goes out.
create function sandbox_booked_v1(
    p_company uuid, p_account uuid, p_first uuid, p_last uuid, p_start timestamptz,
    p_end timestamptz
) returns table (id uuid, reference text, kind text, currency char(3), gross bigint, fee bigint)
language sql stable as $$
    select o.id, o.reference, o.kind, o.currency,
        case when o.kind in ('refund', 'credit') then -o.amount_minor else o.amount_minor end,
        case when o.kind in ('refund', 'credit') then 10
            else (o.amount_minor * case when o.brand = 'amex' then 240 else 120 end + 5000) / 10000
                + 10
        end
    from sandbox_operation o
    where o.company_id = p_company and o.account_id = p_account and o.status = 'approved'
        and o.amount_minor > 0 and o.kind in ('sale', 'capture', 'rebill', 'refund', 'credit')
        and ((o.id between p_first and p_last and o.finished_at is null)
            or (o.finished_at >= p_start and o.finished_at < p_end))
$$;

-- migrate: rollback
