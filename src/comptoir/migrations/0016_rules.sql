-- What holds whoever writes: limits of follow-ups, facts that never change
-- depends: 0010_scope

-- migrate: apply
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
    if origin.currency <> new.currency then
        raise exception 'an operation has the currency of the one it refers to'
            using errcode = 'check_violation', constraint = 'operation_limits';
    end if;
    if new.source = 'imported' then
        -- History is what it is, but what it uses of an operation is never more than is left of it.
        if new.status <> 'succeeded' or new.kind not in ('capture', 'cancel', 'refund') then
            return new;
        end if;
    elsif not ((new.kind in ('capture', 'cancel') and origin.kind = 'authorize')
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

-- migrate: rollback
