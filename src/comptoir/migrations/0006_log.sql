-- Why things were decided, what happened, and how far each follower has read
-- depends: 0004_payments

-- migrate: apply
create table decision (
    company_id uuid not null,
    id uuid not null,
    payment_id uuid not null,
    operation_id uuid not null,
    kind text not null check (kind in ('risk', 'routing', 'retry', 'sca')),
    version text not null,
    outcome text not null,
    inputs jsonb not null,
    reasons jsonb not null,
    at timestamptz not null,
    primary key (company_id, id)
);
create index decision_payment on decision (company_id, payment_id);

create table event (
    company_id uuid not null,
    seq bigint generated always as identity,
    tx xid8 not null default pg_current_xact_id(),
    at timestamptz not null,
    live boolean not null,
    kind text not null check (length(kind) <= 64),
    payment_id uuid,
    subject_id uuid not null,
    actor text not null,
    data jsonb not null default '{}',
    primary key (company_id, seq)
);
create index event_follow on event (tx, seq);
create index event_payment on event (company_id, payment_id, seq) where payment_id is not null;
create index event_list on event (company_id, live, tx, seq);
-- The time line of what is not a payment; the payment path does not pay for it.
create index event_subject on event (company_id, live, subject_id, seq) where payment_id is null;

create table follower (
    name text primary key,
    tx xid8 not null default '0',
    seq bigint not null default 0,
    moved_at timestamptz not null default now()
);

-- migrate: rollback
