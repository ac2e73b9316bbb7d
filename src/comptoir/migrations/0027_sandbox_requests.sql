-- The sandbox is asked: charges, and what follows them. One call is one request to the gateway
-- depends: 0026_sandbox

-- migrate: apply
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
    if p_kind = 'cancel' then
        -- What nobody has confirmed yet, a code or a transfer, waits as a challenge does.
        update sandbox_operation set status = 'challenge', challenge = 'open', ready_at = null
            where company_id = p_company and account_id = p_account and id = p_original
                and status = 'pending' and kind = 'sale' and last4 is null and ready_at > p_at;
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

-- migrate: rollback
