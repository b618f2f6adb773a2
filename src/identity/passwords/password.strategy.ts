import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { BasicStrategy } from 'passport-http';
import type { Actor } from '../../platform/access/actor.js';
import { CredentialsRefused, runStrategy } from '../callers/run-strategy.js';
import { LoginRefusedError } from '../identity.errors.js';
import { parseBasicHeader } from './authorization-header.js';
import { Logins } from './logins.js';

/** Basic credentials: nickname and password. */
@Injectable()
export class PasswordStrategy extends PassportStrategy(BasicStrategy, 'signalbox-password') {
  constructor(private readonly logins: Logins) {
    super({ passReqToCallback: true });
  }

  /** The caller behind the request's nickname and password. Throws what `Logins.check` throws. */
  async check(request: FastifyRequest): Promise<Actor> {
    try {
      return await runStrategy<Actor>(this, request);
    } catch (error) {
      throw error instanceof CredentialsRefused ? new LoginRefusedError() : error;
    }
  }

  /**
   * Called by passport when the request has a Basic header. What passport-http read from it is not used: it ends a
   * password at its first colon, so that `secret` would open what `secret:more` locks.
   */
  async validate(request: FastifyRequest): Promise<Actor> {
    const credentials = parseBasicHeader(request.headers.authorization ?? '');
    if (!credentials) throw new LoginRefusedError();
    return this.logins.check(credentials, request.ip);
  }
}
