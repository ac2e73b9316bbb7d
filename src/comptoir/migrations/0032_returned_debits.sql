-- The sandbox's bank takes a debit back, and the day's batch tells it as it tells what else moved
-- depends: 0028_sandbox_outcomes

-- migrate: apply
alter table sandbox_operation drop constraint sandbox_operation_kind_check;
alter table sandbox_operation add constraint sandbox_operation_kind_check check (
    kind in ('authorize', 'sale', 'capture', 'cancel', 'refund', 'rebill', 'credit', '3dscheck',
        'reversal')
);

-- A debit comes back: once under each reference, whoever tells of it again.
create function sandbox_return_v1(
    p_company uuid, p_account uuid, p_id uuid, p_reference text, p_original text, p_at timestamptz
)
returns void language plpgsql as $$
begin
    perform set_config('comptoir.company', p_company::text, true);
    insert into sandbox_operation (company_id, account_id, id, reference, kind, status,
        first_status, code, rule, amount_minor, currency, original, at)
    select p_company, p_account, p_id, p_reference, 'reversal', 'approved', 'approved', '000',
        '000', o.amount_minor, o.currency, o.id, p_at
    from sandbox_operation o
    where o.company_id = p_company and o.account_id = p_account and o.reference = p_original
        and o.copy = 0 and o.status = 'approved'
    on conflict (company_id, account_id, reference, copy) do nothing;
end
$$;

-- What a day moved, with its fees: 1.20 % + 10 minor units of what comes in (American Express
-- 2.40 %), 10 of what goes out or is taken back.
create function sandbox_booked_v2(
    p_company uuid, p_account uuid, p_first uuid, p_last uuid, p_start timestamptz,
    p_end timestamptz
) returns table (id uuid, reference text, kind text, currency char(3), gross bigint, fee bigint)
language sql stable as $$
    select b.id, b.reference, b.kind, b.currency, b.gross, b.fee
    from sandbox_booked_v1(p_company, p_account, p_first, p_last, p_start, p_end) b
    union all
    select o.id, o.reference, o.kind, o.currency, -o.amount_minor, 10
    from sandbox_operation o
    where o.company_id = p_company and o.account_id = p_account and o.status = 'approved'
        and o.kind = 'reversal' and o.id between p_first and p_last
$$;

-- migrate: rollback
