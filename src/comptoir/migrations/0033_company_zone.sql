-- A company's time zone, for whoever asks before a scope is set: sessions and platform keys
-- depends: 0012_lookups

-- migrate: apply
create function company_zone_v1(p_company uuid) returns text
language sql stable security definer set search_path = public as $$
    select c.time_zone from company c where c.id = p_company
$$;

alter function company_zone_v1(uuid) owner to comptoir_lookup;
revoke all on function company_zone_v1(uuid) from public;
grant execute on function company_zone_v1(uuid) to comptoir_app, comptoir_platform;

-- migrate: rollback
