import { defineEntity, p } from '@mikro-orm/core';
import { Plan } from '../service-permissions/plan.entity.js';
import { afterAllTokens, wholeSecond } from '../timestamps.js';

const SECOND_NOW = `date_trunc('second', now())`;

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.integer().primary().autoincrement(),
    userid: p.text().unique(),
    nickname: p.text().unique(),
    email: p.text().nullable().unique(),
    passwordHash: p.text().nullable().hidden(),
    /** As people call him. */
    name: p.text().nullable(),
    avatarUrl: p.text().nullable(),
    /** Whether the nickname was chosen: one that was made up at a sign-in may be changed once. */
    nicknameChosen: p.boolean().default(true),
    plan: () => p.manyToOne(Plan).deleteRule('set null').nullable(),
    disabled: p.boolean().default(false),
    // From the beginning on: a userid may have been that of an account which was deleted, and its tokens ended then.
    tokensValidAfter: p
      .datetime(0)
      .nullable()
      .onCreate(() => wholeSecond()),
    createdAt: p.datetime(0).defaultRaw(SECOND_NOW),
    updatedAt: p.datetime(0).defaultRaw(SECOND_NOW),
    lastSeenAt: p.datetime(0).defaultRaw(SECOND_NOW),
  },
  indexes: [{ name: 'user_listing_index', properties: ['updatedAt', 'nickname'] }],
});

/**
 * An account. `userid` never changes and is what every owner field holds; `nickname` is what people sign in with,
 * always in lower case.
 */
export class User extends UserSchema.class {
  /** Sets a new password and ends every token issued so far. */
  changePassword(hash: string): void {
    this.passwordHash = hash;
    this.endTokens();
  }

  /** Sets what is given. */
  describe({ email, name }: { email?: string | null; name?: string | null }): void {
    if (email !== undefined) this.email = email;
    if (name !== undefined) this.name = name;
    this.updatedAt = wholeSecond();
  }

  /** Lets the account sign in again, or nobody use it any more, tokens in use included. */
  setDisabled(disabled: boolean): void {
    this.disabled = disabled;
    this.endTokens();
  }

  /** Ends every token issued so far, and whatever they can be refreshed with. */
  endTokens(): void {
    this.updatedAt = wholeSecond();
    this.tokensValidAfter = afterAllTokens(this.tokensValidAfter);
  }
}
UserSchema.setClass(User);
