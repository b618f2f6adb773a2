import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { isUniqueViolation } from '../../platform/database/database-errors.js';
import { PublicUrl } from '../../platform/http/public-url.js';
import { IdentityChanges } from '../identity-changes.js';
import { NicknameInvalidError } from '../identity.errors.js';
import { SignInProviders } from '../sign-in/sign-in-providers.js';
import { SignInsService } from '../sign-in/sign-ins.service.js';
import { wholeSecond } from '../timestamps.js';
import type {
  CheckDto,
  FoundProfileDto,
  ProfileDto,
  ProviderLinkDto,
  ResolvedDatasetDto,
  ResolvedDto,
  UpdatedDto,
} from './dto/profile.dto.js';
import { isReservedNickname } from './made-up-nickname.js';
import { normalizeNickname } from './nickname.js';
import { User } from './user.entity.js';

interface ProfileRow {
  userid: string;
  nickname: string;
  nickname_chosen: boolean;
  name: string | null;
  email: string | null;
  avatar_url: string | null;
  /** Seconds since 1970. */
  created_at: number;
  provider_id: string | null;
}

/** What the clients of the Conductor and of DataHub know of an account, and the one thing they change. */
@Injectable()
export class ProfilesService {
  constructor(
    private readonly database: Database,
    private readonly providers: SignInProviders,
    private readonly signIns: SignInsService,
    private readonly publicUrl: PublicUrl,
    private readonly changes: IdentityChanges,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Who the caller is, or where he can sign in.
   * @param actor undefined for nobody
   * @param next where a sign-in is to return to
   * @param madeUp whether a username is told that its user did not choose
   */
  async check(actor: Actor | undefined, next: string | undefined, madeUp: boolean): Promise<CheckDto> {
    const profile = actor?.may('profile.manage') ? await this.profile(actor, madeUp) : undefined;
    if (profile) return { authenticated: true, profile };
    return { authenticated: false, providers: this.links(next) };
  }

  /**
   * Sets the username of the caller, which he may do once. What speaks against it is part of the answer.
   * @param username nothing is changed without one
   */
  async update(actor: Actor, username: string | undefined): Promise<UpdatedDto> {
    if (!actor.may('profile.manage')) return failed('Not authenticated');
    const nickname = username === undefined ? undefined : normalizeNickname(username);
    try {
      return await this.database.transaction(async (em) => {
        // Locked: of two at the same time only one is the first.
        const user = await em.findOne(
          User,
          { userid: actor.userid },
          { lockMode: LockMode.PESSIMISTIC_WRITE },
        );
        if (!user) return failed('Unknown User');
        if (username === undefined) return { success: true };
        if (user.nicknameChosen) return failed('Cannot modify username, already set');
        if (nickname === undefined) return failed(new NicknameInvalidError().message);
        if (isReservedNickname(nickname)) return failed(TAKEN);
        Object.assign(user, { nickname, nicknameChosen: true, updatedAt: wholeSecond() });
        await em.flush();
        await this.audit.record({
          actor,
          action: 'user.choose-nickname',
          subject: `user:${user.id}`,
          details: { nickname },
        });
        await this.changes.note();
        return { success: true };
      });
    } catch (error) {
      if (isUniqueViolation(error)) return failed(TAKEN);
      throw error;
    }
  }

  /** Whose username it is. As in the original everybody may ask: usernames are parts of public addresses. */
  async resolve(username: string | undefined): Promise<ResolvedDto> {
    return { userid: (await this.byNickname(username))?.userid ?? null };
  }

  /** Whose dataset a public address such as `ann/budget` means. */
  async resolveDataset(path: unknown): Promise<ResolvedDatasetDto> {
    const [owner, ...rest] = typeof path === 'string' ? path.split('/').filter(Boolean) : [];
    return { ...(await this.resolve(owner)), packageid: rest.length > 0 ? rest.join('/') : null };
  }

  /** What everybody may know of who has the username. */
  async publicProfile(username: string | undefined): Promise<FoundProfileDto> {
    const user = await this.byNickname(username);
    if (!user) return { found: false, profile: null };
    const { userid: id, name, createdAt } = user;
    return { found: true, profile: { id, name: name ?? null, join_date: createdAt.toISOString() } };
  }

  private async byNickname(username: string | undefined): Promise<User | null> {
    const nickname = normalizeNickname(username ?? '');
    return nickname === undefined ? null : this.database.reader().findOne(User, { nickname });
  }

  private async profile({ userid }: Actor, madeUp: boolean): Promise<ProfileDto | undefined> {
    const [row] = await this.database.prepared<ProfileRow>(
      'identity.profile',
      `select u.userid, u.nickname, u.nickname_chosen, u.name, u.email, u.avatar_url,
         extract(epoch from u.created_at)::float8 as created_at,
         (select l.provider || ':' || l.subject from user_login l
          where l.user_id = u.id order by l.last_used_at desc, l.id desc limit 1) as provider_id
       from "user" u where u.userid = $1`,
      [userid],
    );
    return (
      row && {
        id: row.userid,
        idhash: row.userid,
        provider_id: row.provider_id,
        username: row.nickname_chosen || madeUp ? row.nickname : null,
        name: row.name,
        email: row.email,
        avatar_url: row.avatar_url,
        join_date: new Date(row.created_at * 1000).toISOString(),
      }
    );
  }

  /** Clients of the Conductor read `google` and nothing else, so it leads somewhere whatever is configured. */
  private links(next: string | undefined): Record<string, ProviderLinkDto> {
    const query = this.signIns.allowedNext(next) ? `?${new URLSearchParams({ next: next! }).toString()}` : '';
    const link = (name: string) => ({ url: this.publicUrl.to(`/user/login/${name}${query}`) });
    const { all } = this.providers;
    return {
      google: link(all[0]?.name ?? 'google'),
      ...Object.fromEntries(all.map(({ name, title }) => [name, { ...link(name), title }])),
    };
  }
}

const TAKEN = 'This username is taken. Choose another one.';

function failed(error: string): UpdatedDto {
  return { success: false, error };
}
