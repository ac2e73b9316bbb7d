-- Subscriptions: offers, and what shoppers agreed to pay again and again
-- depends: 0010_scope

-- migrate: apply
-- Both below 2^31: clients read them into signed 32-bit integers.
create sequence offer_number start 1001 maxvalue 2147483000;
create sequence subscription_number start 100001 maxvalue 2147483000;

create table offer (
    company_id uuid not null references company (id),
    id uuid not null,
    number bigint not null unique check (number > 0 and number < 2147483648),
    live boolean not null,
    originator_id uuid not null,
    name text not null check (length(name) between 1 and 32),
    description text not null default '' check (length(description) <= 512),
    kind text not null check (
        kind in ('normal', 'partpayment', 'lifetime', 'onetime', 'infinite')
    ),
    currency char(3) not null,
    trial_minor bigint check (trial_minor >= 0),
    trial_period text check (length(trial_period) <= 10),
    rebill_minor bigint not null check (rebill_minor > 0),
    rebill_period text check (length(rebill_period) <= 10),
    rebill_max int check (rebill_max between 1 and 9999),
    state text not null default 'enabled' check (state in ('enabled', 'disabled')),
    created_at timestamptz not null,
    primary key (company_id, id),
    foreign key (company_id, originator_id) references originator (company_id, id)
);
create index offer_list on offer (company_id, originator_id, live, number);

create table subscription (
    company_id uuid not null references company (id),
    id uuid not null,
    number bigint not null unique check (number > 0 and number < 2147483648),
    live boolean not null,
    originator_id uuid not null,
    payment_id uuid not null,
    operation_id uuid not null, -- The first charge; rebills refer to it.
    offer_id uuid,
    kind text not null check (
        kind in ('normal', 'partpayment', 'lifetime', 'onetime', 'infinite')
    ),
    state text not null check (
        state in ('trial', 'active', 'retry', 'unpaid', 'finished', 'disabled', 'canceled')
    ),
    currency char(3) not null,
    rebill_minor bigint not null check (rebill_minor > 0),
    rebill_period text check (length(rebill_period) <= 10),
    rebill_max int check (rebill_max between 1 and 9999),
    trial_minor bigint check (trial_minor >= 0),
    trial_period text check (length(trial_period) <= 10),
    iterations int not null default 0 check (iterations >= 0),
    retries int not null default 0 check (retries >= 0),
    started_at timestamptz not null,
    period_start timestamptz not null,
    period_end timestamptz,
    next_at timestamptz, -- When something has to be done next: a rebill, a retry, the end.
    cancel_reason int check (cancel_reason between 1000 and 1099),
    cancelled_at timestamptz,
    ended_at timestamptz,
    pending_operation uuid, -- The rebill under way: until its outcome is known, no other is begun.
    -- What periods are counted from, so that the 31st stays the last day of each month. Null until
    -- the first rebill after a trial, which may be converted early.
    anchor_at timestamptz,
    primary key (company_id, id),
    unique (company_id, payment_id), -- A payment begins one subscription at most.
    foreign key (company_id, payment_id, live) references payment (company_id, id, live),
    foreign key (company_id, operation_id) references operation (company_id, id),
    foreign key (company_id, offer_id) references offer (company_id, id),
    foreign key (company_id, pending_operation) references operation (company_id, id),
    check (rebill_max is null or iterations <= rebill_max),
    check ((state in ('finished', 'canceled')) <= (next_at is null))
);
create index subscription_due on subscription (next_at) where next_at is not null;
create index subscription_list on subscription (company_id, live, number desc);
create index subscription_created on subscription (company_id, originator_id, live, started_at);
create index subscription_ended on subscription (company_id, originator_id, live, ended_at)
    where ended_at is not null;
create index subscription_pending on subscription (company_id, pending_operation)
    where pending_operation is not null;
create index subscription_begun on subscription (company_id, live, started_at desc, id desc);
create index subscription_all on subscription (live, started_at desc, id desc);
create index subscription_offer on subscription (company_id, offer_id) where offer_id is not null;

-- A refund that ends the subscription once it has succeeded, however late that is known.
create table subscription_refund (
    company_id uuid not null references company (id),
    operation_id uuid not null,
    subscription_id uuid not null,
    primary key (company_id, operation_id),
    foreign key (company_id, operation_id) references operation (company_id, id),
    foreign key (company_id, subscription_id) references subscription (company_id, id)
);

do $$
declare
    name text;
begin
    foreach name in array array['offer', 'subscription', 'subscription_refund'] loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format(
            'create policy tenant on %I to comptoir_app using ('
            'company_id = nullif(current_setting(''comptoir.company'', true), '''')::uuid)', name);
        execute format('create policy platform on %I to comptoir_platform using (true)', name);
        execute format('create policy owner on %I to comptoir_owner using (true)', name);
        execute format('grant select, insert, update on %I to comptoir_app, comptoir_platform', name);
    end loop;
end
$$;
grant usage on sequence offer_number, subscription_number to comptoir_app, comptoir_platform;

-- migrate: rollback
