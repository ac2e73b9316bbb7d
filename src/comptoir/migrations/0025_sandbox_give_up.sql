-- The sandbox ends what nobody has confirmed yet: a code that was not scanned, a transfer not made
-- depends: 0006_sandbox

-- migrate: apply
create function sandbox_change_v2(
    p_company uuid, p_account uuid, p_id uuid, p_reference text, p_keyed boolean, p_kind text,
    p_amount bigint, p_currency text, p_original uuid, p_rule text, p_fault text,
    p_nothing_done text[], p_at timestamptz, p_ready_at timestamptz,
    out fault text, out error text, out replayed boolean, out op sandbox_operation
) language plpgsql as $$
declare
    said record := sandbox_change_v1(p_company, p_account, p_id, p_reference, p_keyed, p_kind,
        p_amount, p_currency, p_original, p_rule, p_fault, p_nothing_done, p_at, p_ready_at);
begin
    if p_kind = 'cancel' and said.error = 'wrong_state' then
        -- It waits as a challenge does; its row is locked by the try before.
        update sandbox_operation set status = 'challenge', challenge = 'open', ready_at = null
            where company_id = p_company and account_id = p_account and id = p_original
                and status = 'pending' and kind = 'sale' and last4 is null and ready_at > p_at;
        if found then
            said := sandbox_change_v1(p_company, p_account, p_id, p_reference, p_keyed, p_kind,
                p_amount, p_currency, p_original, p_rule, null, '{}', p_at, p_ready_at);
        end if;
    end if;
    fault := said.fault;
    error := said.error;
    replayed := said.replayed;
    op := said.op;
end
$$;

-- migrate: rollback
