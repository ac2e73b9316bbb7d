-- The ways into the ledger; nothing else may insert entries
-- depends: 0010_scope

-- migrate: apply
-- The lines of one cause; refused where they do not sum to zero per currency.
create function post_entries_v1(
    p_company uuid, p_cause_id uuid, p_cause text, p_live boolean, p_at timestamptz, p_lines jsonb
)
returns void language plpgsql security definer set search_path = public as $$
declare
    unbalanced text;
begin
    if nullif(current_setting('comptoir.company', true), '')::uuid is distinct from p_company then
        raise exception 'entries are posted in the scope of their company'
            using errcode = 'insufficient_privilege';
    end if;
    select x.currency into unbalanced
        from jsonb_to_recordset(p_lines) as x(currency text, amount bigint)
        group by x.currency having sum(x.amount) <> 0 limit 1;
    if unbalanced is not null then
        raise exception 'entries in % do not sum to zero', unbalanced
            using errcode = 'check_violation';
    end if;
    insert into entry (company_id, cause_id, cause, line, account, merchant_account_id,
        amount_minor, currency, live, at)
    select p_company, p_cause_id, p_cause, row_number() over (), x.account,
        x.merchant_account_id, x.amount, x.currency, p_live, p_at
    from jsonb_to_recordset(p_lines)
        as x(account text, merchant_account_id uuid, amount bigint, currency text);
end
$$;

create type posted_line as (
    cause_id uuid, cause text, line int, account text, merchant_account_id uuid, amount bigint,
    currency text, at timestamptz
);

-- Many causes at once: every cause sums to zero in every currency, or nothing is posted.
create function post_entry_sets_v1(p_company uuid, p_live boolean, p_lines posted_line[])
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
        from unnest(p_lines) as x
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

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'post_entries_v1(uuid, uuid, text, boolean, timestamptz, jsonb)',
        'post_entry_sets_v1(uuid, boolean, posted_line[])'
    ] loop
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
end
$$;

-- migrate: rollback
