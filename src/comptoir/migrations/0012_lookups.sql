-- What the payment path reads before its first commit, each in one round trip
-- depends: 0010_scope

-- migrate: apply
-- PL/pgSQL, though one query each: it keeps plans for the session; a SQL function plans every call.
create function authenticate_key_v1(p_number int, p_hash bytea)
returns table (
    company_id uuid, originator_id uuid, key_id uuid, live boolean, name text, currency text,
    currencies text[], default_operation text, credit_allowed boolean, credit_limit_minor bigint,
    state text, company_state text, time_zone text, descriptor text
)
language plpgsql stable security definer set search_path = public as $$
#variable_conflict use_column
begin
    return query
    select o.company_id, o.id, k.id, k.live, o.name, o.currency::text, o.currencies,
        o.default_operation, o.credit_allowed, o.credit_limit_minor, o.state, c.state, c.time_zone,
        o.descriptor
    from directory d
    join originator o on o.company_id = d.company_id and o.id = d.target_id
    join company c on c.id = d.company_id
    join api_key k on k.company_id = o.company_id and k.originator_id = o.id
    where d.kind = 'originator' and d.key_hash = sha256(convert_to(p_number::text, 'UTF8'))
        and k.secret_hash = p_hash and k.revoked_at is null
        and (k.expires_at is null or k.expires_at > now());
end
$$;

create function directory_v1(p_kind text, p_hash bytea)
returns table (company_id uuid, target_id uuid)
language sql stable security definer set search_path = public as $$
    select d.company_id, d.target_id from directory d where d.kind = p_kind and d.key_hash = p_hash
$$;

-- All that risk, routing and recognition read before the first commit, in one answer. Each list and
-- key is looked up by itself (lateral): a join would read everything that the company has.
create function payment_snapshot_v1(
    p_company uuid, p_originator uuid, p_live boolean,
    p_list_kinds text[], p_list_values bytea[],
    p_consumer_kinds text[], p_consumer_values bytea[], p_token uuid
)
returns table (accounts jsonb, hits jsonb, consumer_id uuid, token jsonb)
language plpgsql stable security definer set search_path = public
    set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    return query
    select
        (select jsonb_agg(jsonb_build_object(
            'id', a.id, 'name', a.name, 'connector', a.connector, 'currencies', a.currencies,
            'methods', a.methods, 'credentials', encode(a.credentials, 'base64'),
            'options', a.options, 'capture_days', a.capture_days, 'state', a.state
        ) order by oa.position)
        from originator_account oa
        join merchant_account a on a.company_id = oa.company_id and a.id = oa.account_id
        where oa.company_id = p_company and oa.originator_id = p_originator and oa.live = p_live),
        (select jsonb_agg(jsonb_build_object(
            'list', h.list, 'kind', h.kind, 'scope', h.scope, 'id', h.id))
        from (
            select u.kind, u.value from unnest(p_list_kinds, p_list_values) as u(kind, value)
            union all
            -- A kept card is the card: who is listed does not pay by token either.
            select 'card', t.fingerprint from card_token t
            where t.company_id = p_company and t.id = p_token and t.live = p_live
        ) w
        cross join lateral (
            select l.list, l.kind, l.id,
                case when l.originator_id is null then 'company' else 'originator' end as scope
            from list_entry l
            where l.company_id = p_company and l.live = p_live and l.removed_at is null
                and l.kind = w.kind and l.value = w.value
                and (l.originator_id is null or l.originator_id = p_originator)
            union all
            select 'blacklist', g.kind, g.id, 'global'
            from global_list_entry g
            where g.live = p_live and g.removed_at is null
                and g.kind = w.kind and g.value = w.value
        ) h),
        (select k.consumer_id
        from unnest(p_consumer_kinds, p_consumer_values) with ordinality as w(kind, value, place)
        cross join lateral (
            select c.consumer_id from consumer_key c
            where c.company_id = p_company and c.live = p_live
                and c.kind = w.kind and c.value = w.value
            limit 1
        ) k
        order by w.place limit 1),
        (select jsonb_build_object(
            'id', t.id, 'account_id', t.account_id, 'gateway_token', t.gateway_token,
            'fingerprint', encode(t.fingerprint, 'hex'), 'brand', t.brand, 'first6', t.first6,
            'last4', t.last4, 'month', t.expiry_month, 'year', t.expiry_year,
            'consumer_id', t.consumer_id)
        from card_token t where t.company_id = p_company and t.id = p_token and t.live = p_live);
end
$$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'authenticate_key_v1(int, bytea)', 'directory_v1(text, bytea)',
        'payment_snapshot_v1(uuid, uuid, boolean, text[], bytea[], text[], bytea[], uuid)'
    ] loop
        execute format('alter function %s owner to comptoir_lookup', signature);
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
end
$$;

-- migrate: rollback
