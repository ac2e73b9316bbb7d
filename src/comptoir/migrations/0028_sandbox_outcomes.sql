-- The sandbox tells: what is known, the bank's page, notifications, what a day moved
-- depends: 0026_sandbox

-- migrate: apply
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
