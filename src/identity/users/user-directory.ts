import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import { Database } from '../../platform/database/database.js';
import { UserNotFoundError } from '../identity.errors.js';
import type { ManagedUserDto } from './dto/managed-user.dto.js';
import type { UserDto, UserListDto, UsersQueryDto } from './dto/user.dto.js';

type UserRow = Omit<UserDto, '_links'>;
type ManagedRow = Omit<ManagedUserDto, '_links'>;

const COLUMNS = `id, nickname, extract(epoch from created_at)::float8 as created_at,
  extract(epoch from updated_at)::float8 as updated_at, extract(epoch from last_seen_at)::float8 as last_seen_at`;

/** The users as other users see them, and as those do who may know more. */
@Injectable()
export class UserDirectory {
  constructor(private readonly database: Database) {}

  /** A page of the users, ordered by the time of their last change and by nickname. */
  async list(actor: Actor, { limit, after }: UsersQueryDto): Promise<UserListDto> {
    actor.require('users.read');
    const [updatedAt, nickname] = after === undefined ? [null, null] : splitAtComma(after);
    const rows = await this.database.query<UserRow>(
      `select ${COLUMNS} from "user"
       where $1::bigint is null or (updated_at, nickname) > (to_timestamp($1::bigint), $2::text)
       order by updated_at, nickname limit $3`,
      [updatedAt, nickname, limit],
    );
    return { users: rows.map(present) };
  }

  /** One user; with all there is to know for himself and for who manages users. Throws `UserNotFoundError`. */
  async get(actor: Actor, id: number): Promise<UserDto | ManagedUserDto> {
    actor.require('users.read');
    if (actor.id === id || actor.may('users.manage')) return this.whole(id);
    const [row] = await this.database.query<UserRow>(`select ${COLUMNS} from "user" where id = $1`, [id]);
    if (!row) throw new UserNotFoundError();
    return present(row);
  }

  /** All there is to know of a user, for who manages users. Throws `UserNotFoundError`. */
  async managed(actor: Actor, id: number): Promise<ManagedUserDto> {
    actor.require('users.manage');
    return this.whole(id);
  }

  private async whole(id: number): Promise<ManagedUserDto> {
    const [row] = await this.database.query<ManagedRow>(
      `select ${COLUMNS}, userid, email, name, disabled from "user" where id = $1`,
      [id],
    );
    if (!row) throw new UserNotFoundError();
    const { userid, email, name, disabled } = row;
    return { ...present(row), userid, email, name, disabled };
  }
}

function present({ id, created_at, updated_at, nickname, last_seen_at }: UserRow): UserDto {
  const self = `/api/v1.0/users/${id}`;
  return {
    id,
    created_at,
    updated_at,
    nickname,
    last_seen_at,
    _links: { self, tokens: '/api/v1.0/tokens', acls: `${self}/acls` },
  };
}

function splitAtComma(text: string): [string, string] {
  const comma = text.indexOf(',');
  return [text.slice(0, comma), text.slice(comma + 1)];
}
