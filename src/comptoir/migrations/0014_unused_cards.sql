-- Kept cards know the charge they were kept with, so that those of failed charges can be destroyed
-- depends: 0010_vault

-- migrate: apply
alter table card_token add column operation_id uuid;
create index card_token_kept_at on card_token (created_at) where vault_id is not null;

-- migrate: rollback
