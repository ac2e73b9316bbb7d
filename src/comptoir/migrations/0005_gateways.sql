-- What gateways said: references, exchanges, notifications
-- depends: 0004_payments

-- migrate: apply
create table gateway_reference (
    company_id uuid not null,
    account_id uuid not null,
    kind text not null check (length(kind) <= 32),
    value text not null check (length(value) between 1 and 256),
    operation_id uuid not null,
    primary key (company_id, account_id, kind, value),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
create index gateway_reference_operation on gateway_reference (company_id, operation_id);
create index gateway_reference_value on gateway_reference (value);

create table gateway_call (
    company_id uuid not null,
    id uuid not null,
    operation_id uuid not null,
    account_id uuid not null,
    purpose text not null,
    at timestamptz not null,
    milliseconds int not null,
    request jsonb not null,
    answer jsonb,
    fault text,
    primary key (company_id, id),
    foreign key (company_id, operation_id) references operation (company_id, id)
);
create index gateway_call_operation on gateway_call (company_id, operation_id);

create table notification (
    company_id uuid not null,
    account_id uuid not null,
    key text not null check (length(key) <= 256),
    at timestamptz not null,
    body jsonb not null,
    handled_at timestamptz,
    primary key (company_id, account_id, key)
);
create index notification_age on notification using brin (at);

-- migrate: rollback
