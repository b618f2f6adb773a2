import { ForbiddenError } from '../errors/domain-error.js';

/**
 * The owner of what was made without credentials. No account can have this userid: those are hexadecimal. It belongs to
 * whoever knows where it is.
 */
export const ANONYMOUS = 'anonymous';

/** How the caller proved who it is; `none` if it did not. */
export interface Credential {
  readonly kind: 'token' | 'basic' | 'api-key' | 'client' | 'service' | 'internal' | 'none';
  /** Identity of the credential itself, e.g. the token's `jti`. */
  readonly id?: string;
}

export interface ActorProperties {
  /** Number of the user account; 0 where there is none: for programs, and for who signs in elsewhere. */
  readonly id: number;
  /** Immutable text that every owner field holds. */
  readonly userid: string;
  readonly nickname: string;
  /** Granted permission words; `*` grants all. */
  readonly permissions: ReadonlySet<string>;
  readonly credential: Credential;
}

/** Who acts. It is the first argument of every use case. */
export class Actor implements ActorProperties {
  readonly id: number;
  readonly userid: string;
  readonly nickname: string;
  readonly permissions: ReadonlySet<string>;
  readonly credential: Credential;

  constructor(properties: ActorProperties) {
    this.id = properties.id;
    this.userid = properties.userid;
    this.nickname = properties.nickname;
    this.permissions = properties.permissions;
    this.credential = properties.credential;
  }

  /** Whether it is a caller without credentials: then it is told nothing of those who have some. */
  get isNobody(): boolean {
    return this.credential.kind === 'none';
  }

  /** Whether the permission is granted. */
  may(permission: string): boolean {
    return this.permissions.has('*') || this.permissions.has(permission);
  }

  /** Throws `ForbiddenError` unless the permission is granted. */
  require(permission: string): void {
    if (!this.may(permission)) throw permissionDenied(permission);
  }

  /** Whether a row of this owner is the actor's own, or everybody's because somebody made it without credentials. */
  owns(owner: string | null | undefined): boolean {
    return owner === this.userid || owner === ANONYMOUS;
  }
}

/** The refusal that names the missing permission. */
export function permissionDenied(permission: string): ForbiddenError {
  return new ForbiddenError(
    'PERMISSION_DENIED',
    `This needs the permission ${permission}. Ask an administrator for a role that holds it.`,
    { deniedBy: 'roles' },
  );
}
