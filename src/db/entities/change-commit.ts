import { defineEntity, p } from '@mikro-orm/core';

/** The place of a statement's changes in the order of events. */
export const ChangeCommitEntity = defineEntity({
  name: 'ChangeCommit',
  tableName: 'change_commit',
  properties: {
    number: p.bigint('string').primary(),
    statement: p.bigint('string').unique(),
  },
});
