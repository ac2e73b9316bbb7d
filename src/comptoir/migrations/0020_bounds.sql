-- Searches say whether what they found is all; what each payment adds to its consumer's totals
-- depends: 0015_three_ds

-- migrate: apply
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

create index payment_newest on payment (id desc);

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

-- What a payment counts for in its consumer's totals: a change of one payment reads that one only.
create table consumer_payment (
    company_id uuid not null,
    payment_id uuid not null,
    consumer_id uuid not null,
    currency char(3) not null,
    payments int not null check (payments in (0, 1)),
    accepted_minor bigint not null,
    returned_minor bigint not null,
    primary key (company_id, payment_id, consumer_id, currency)
);
alter table consumer_payment enable row level security;
alter table consumer_payment force row level security;
create policy tenant on consumer_payment to comptoir_app using (
    company_id = nullif(current_setting('comptoir.company', true), '')::uuid);
create policy platform on consumer_payment to comptoir_platform using (true);
create policy owner on consumer_payment to comptoir_owner using (true);
grant select, insert, update on consumer_payment to comptoir_app, comptoir_platform;

-- The totals are added up anew from the beginning of the log.
delete from consumer_total;
delete from follower where name = 'consumers.totals';

-- Which originator's key added a consumer who has not paid yet.
alter table consumer add column originator_id uuid;

-- migrate: rollback
