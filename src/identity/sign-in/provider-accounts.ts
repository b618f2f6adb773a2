import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LockMode } from '@mikro-orm/core';
import { isEmail } from 'class-validator';
import { AuditLog } from '../../audit/index.js';
import { Database } from '../../platform/database/database.js';
import { isUniqueViolation } from '../../platform/database/database-errors.js';
import { wholeSecond } from '../timestamps.js';
import { nicknameBase, nicknameCandidates } from '../users/made-up-nickname.js';
import { newUserid } from '../users/nickname.js';
import { User } from '../users/user.entity.js';
import type { ProviderProfile } from './sign-in-provider.port.js';
import { UserLogin } from './user-login.entity.js';

/** Tries where somebody else takes the nickname, or the address, at the same moment. */
const TRIES = 3;
const MAX_NAME = 200;
const MAX_AVATAR_URL = 2_000;

/** Whose account it is, or why nobody's. */
export type SignedIn = { readonly user: User } | { readonly refused: SignInRefusal; readonly user?: User };
export type SignInRefusal = 'no-verified-email' | 'account-disabled';

/** The accounts of people who sign in with a provider. */
@Injectable()
export class ProviderAccounts {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The account of somebody: the one he signed in to before, else the one with an address that the provider has
   * verified, else a new one.
   * @param provider its name
   */
  async signIn(provider: string, profile: ProviderProfile): Promise<SignedIn> {
    const emails = [...new Set(profile.emails.map((email) => email.toLowerCase()))].filter((email) =>
      isEmail(email),
    );
    if (emails.length === 0) return { refused: 'no-verified-email' };
    for (let tries = 1; ; tries++) {
      try {
        return await this.database.transaction(() => this.signInWith(provider, { ...profile, emails }));
      } catch (error) {
        if (tries >= TRIES || !isUniqueViolation(error)) throw error;
      }
    }
  }

  private async signInWith(provider: string, profile: ProviderProfile): Promise<SignedIn> {
    const user =
      (await this.linked(provider, profile.subject)) ?? (await this.linkOrCreate(provider, profile));
    if (user.disabled) return { refused: 'account-disabled', user };
    await this.refresh(user, provider, profile);
    const details = { provider };
    await this.audit.record({
      actor: user,
      action: 'user.sign-in',
      subject: `user:${user.id}`,
      details,
    });
    return { user };
  }

  private async linked(provider: string, subject: string): Promise<User | undefined> {
    const em = this.database.reader();
    const login = await em.findOne(UserLogin, { provider, subject }, { populate: ['user'] });
    return login?.user;
  }

  /** In turn: one person may come twice at once, and several whose nicknames would be the same. */
  private async linkOrCreate(provider: string, profile: ProviderProfile): Promise<User> {
    await this.database.query(`select pg_advisory_xact_lock(hashtext('identity.provider-accounts'))`);
    const linked = await this.linked(provider, profile.subject);
    if (linked) return linked;
    const user = (await this.byEmail(profile.emails)) ?? (await this.create(provider, profile));
    if (user.disabled) return user;
    const em = this.database.reader();
    em.create(UserLogin, { user, provider, subject: profile.subject });
    await em.flush();
    const details = { provider };
    await this.audit.record({ actor: user, action: 'user.link', subject: `user:${user.id}`, details });
    return user;
  }

  /** The account with the first of the addresses that one has, locked: an address may just go to somebody else. */
  private async byEmail(emails: readonly string[]): Promise<User | undefined> {
    const found = await this.database
      .reader()
      .find(User, { email: { $in: [...emails] } }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return emails.flatMap((email) => found.filter((user) => user.email === email))[0];
  }

  private async create(provider: string, profile: ProviderProfile): Promise<User> {
    const em = this.database.reader();
    const email = profile.emails[0]!;
    const usual = hash('md5', email); // what the originals made of it; an identifier, not a secret
    const userid = (await em.count(User, { userid: usual })) === 0 ? usual : newUserid();
    const candidates = nicknameCandidates(nicknameBase(profile.login ?? email.split('@', 1)[0]!));
    const taken = new Set(
      (await em.find(User, { nickname: { $in: candidates } })).map(({ nickname }) => nickname),
    );
    const nickname = candidates.find((candidate) => !taken.has(candidate))!;
    const user = em.create(User, { userid, nickname, email, nicknameChosen: false });
    await em.persist(user).flush();
    const details = { nickname, provider };
    await this.audit.record({ actor: user, action: 'user.create', subject: `user:${user.id}`, details });
    return user;
  }

  /** What the provider knows about him now. */
  private async refresh(user: User, provider: string, profile: ProviderProfile): Promise<void> {
    const name = shownName(profile.name) ?? user.name ?? null;
    const avatarUrl = shownAvatar(profile.avatarUrl) ?? user.avatarUrl ?? null;
    if (name !== user.name || avatarUrl !== user.avatarUrl) {
      Object.assign(user, { name, avatarUrl, updatedAt: wholeSecond() });
      await this.database.reader().flush();
    }
    await this.database.execute(
      'update user_login set last_used_at = now() where provider = $1 and subject = $2',
      [provider, profile.subject],
    );
  }
}

function shownName(name: string | undefined): string | undefined {
  const shown = name
    ?.replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME);
  return shown === '' ? undefined : shown;
}

/** Pages show it as a picture, so that it must be an address that browsers fetch. */
function shownAvatar(address: string | undefined): string | undefined {
  const url = URL.parse(address ?? '');
  return url && /^https?:$/.test(url.protocol) && url.href.length <= MAX_AVATAR_URL ? url.href : undefined;
}
