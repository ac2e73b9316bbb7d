-- Text searches, which say whether what they found is all
-- depends: 0010_scope

-- migrate: apply
-- Text search under row-level security: like is not leak-proof, so the index is only used here.
create function find_consumers_v1(p_live boolean, p_pattern text, p_limit int)
returns table (id uuid)
language plpgsql stable security definer set search_path = public as $$
declare
    company uuid := nullif(current_setting('comptoir.company', true), '')::uuid;
begin
    if company is null then
        raise exception 'a search needs its company' using errcode = 'insufficient_privilege';
    end if;
    return query execute 'select c.id from consumer c where c.company_id = $1 and c.live = $2'
        ' and (c.email ilike $3 or c.name ilike $3 or c.shop_id ilike $3) limit $4'
        using company, p_live, p_pattern, p_limit;
end
$$;

-- Frequent words are found in the newest payments, rare ones by the index: both are bounded. The
-- index is asked for `p_rare`, the telling part of the pattern: each trigram costs a list to read.
-- `whole` says whether nothing else matches.
create function find_payments_v1(p_live boolean, p_pattern text, p_rare text, p_limit int)
returns table (ids uuid[], whole boolean)
language plpgsql stable security definer set search_path = public as $$
declare
    company uuid := nullif(current_setting('comptoir.company', true), '')::uuid;
    newest constant text := 'select array_agg(x.id) from (select r.id from (select p.id, p.email,'
        ' p.order_id from payment p where p.company_id = $1 and p.live = $2'
        ' order by p.occurred_at desc, p.id desc limit $5) r'
        ' where r.email like $3 or lower(r.order_id) like $3 limit $4) x';
    beyond int := 0;
    found uuid[];
begin
    if company is null then
        raise exception 'a search needs its company' using errcode = 'insufficient_privilege';
    end if;
    execute newest into found using company, p_live, p_pattern, p_limit, 2000;
    if cardinality(found) >= 20 then
        execute newest into found using company, p_live, p_pattern, p_limit, 20000;
        execute 'select count(*) from (select from payment p where p.company_id = $1'
            ' and p.live = $2 limit 1 offset 20000) x' into beyond using company, p_live;
    else
        execute 'select array_agg(x.id) from (select p.id from payment p where p.company_id = $1'
            ' and p.live = $2 and (p.email ilike $5 or p.order_id ilike $5)'
            ' and (p.email like $3 or lower(p.order_id) like $3)'
            ' order by p.occurred_at desc, p.id desc limit $4) x'
            into found using company, p_live, p_pattern, p_limit, p_rare;
    end if;
    found := coalesce(found, '{}');
    return query select found, beyond = 0 and cardinality(found) < p_limit;
end
$$;

-- The same over all companies. The newest are many more here, and lie side by side.
create function find_payments_anywhere_v1(p_live boolean, p_pattern text, p_rare text, p_limit int)
returns table (ids uuid[], whole boolean)
language plpgsql stable security definer set search_path = public as $$
declare
    beyond int := 0;
    found uuid[];
begin
    execute 'select array_agg(x.id) from (select r.id from (select p.id, p.email, p.order_id'
        ' from payment p where p.live = $1 order by p.id desc limit 20000) r'
        ' where r.email like $2 or lower(r.order_id) like $2 limit $3) x'
        into found using p_live, p_pattern, p_limit;
    if cardinality(coalesce(found, '{}')) < 20 then
        execute 'select array_agg(x.id) from (select p.id from payment p where p.live = $1'
            ' and (p.email ilike $4 or p.order_id ilike $4)'
            ' and (p.email like $2 or lower(p.order_id) like $2)'
            ' order by p.id desc limit $3) x'
            into found using p_live, p_pattern, p_limit, p_rare;
    else
        execute 'select count(*) from (select from payment p where p.live = $1'
            ' limit 1 offset 20000) x' into beyond using p_live;
    end if;
    found := coalesce(found, '{}');
    return query select found, beyond = 0 and cardinality(found) < p_limit;
end
$$;

-- For exports: everything that matches, by the index alone, in no order.
create function find_every_payment_v1(p_live boolean, p_pattern text, p_rare text, p_limit int)
returns table (ids uuid[], whole boolean)
language plpgsql stable security definer set search_path = public as $$
declare
    company uuid := nullif(current_setting('comptoir.company', true), '')::uuid;
    found uuid[];
begin
    if company is null then
        raise exception 'a search needs its company' using errcode = 'insufficient_privilege';
    end if;
    execute 'select array_agg(x.id) from (select p.id from payment p where p.company_id = $1'
        ' and p.live = $2 and (p.email ilike $5 or p.order_id ilike $5)'
        ' and (p.email like $3 or lower(p.order_id) like $3) limit $4) x'
        into found using company, p_live, p_pattern, p_limit, p_rare;
    found := coalesce(found, '{}');
    return query select found, cardinality(found) < p_limit;
end
$$;

create function find_every_payment_anywhere_v1(
    p_live boolean, p_pattern text, p_rare text, p_limit int
)
returns table (ids uuid[], whole boolean)
language plpgsql stable security definer set search_path = public as $$
declare
    found uuid[];
begin
    execute 'select array_agg(x.id) from (select p.id from payment p where p.live = $1'
        ' and (p.email ilike $4 or p.order_id ilike $4)'
        ' and (p.email like $2 or lower(p.order_id) like $2) limit $3) x'
        into found using p_live, p_pattern, p_limit, p_rare;
    found := coalesce(found, '{}');
    return query select found, cardinality(found) < p_limit;
end
$$;

do $$
declare
    signature text;
begin
    foreach signature in array array[
        'find_consumers_v1(boolean, text, int)',
        'find_payments_v1(boolean, text, text, int)',
        'find_payments_anywhere_v1(boolean, text, text, int)',
        'find_every_payment_v1(boolean, text, text, int)',
        'find_every_payment_anywhere_v1(boolean, text, text, int)'
    ] loop
        execute format('alter function %s owner to comptoir_lookup', signature);
        execute format('revoke all on function %s from public', signature);
        execute format('grant execute on function %s to comptoir_app, comptoir_platform', signature);
    end loop;
    revoke execute on function find_payments_anywhere_v1(boolean, text, text, int) from comptoir_app;
    revoke execute on function find_every_payment_anywhere_v1(boolean, text, text, int)
        from comptoir_app;
end
$$;

-- migrate: rollback
