import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/access/actor.js';
import type { ChangeUserDto, CreatedUserDto, ManagedUserDto, NewUserDto } from './dto/managed-user.dto.js';
import { UserDirectory } from './user-directory.js';
import { UsersService } from './users.service.js';

/** Managing accounts as the API shows it: what `UsersService` does, answered with the account. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly users: UsersService,
    private readonly directory: UserDirectory,
  ) {}

  /** Makes an account; the answer holds its password where none was given. Throws as `UsersService.createUser`. */
  async create(actor: Actor, { nickname, email, password, roles }: NewUserDto): Promise<CreatedUserDto> {
    const made = await this.users.createUser(actor, nickname, {
      ...(typeof email === 'string' && { email }),
      ...(typeof password === 'string' && { password }),
      roles: roles ?? [],
    });
    const user = await this.directory.managed(actor, made.user.id);
    return typeof password === 'string' ? user : { ...user, password: made.password };
  }

  /** Changes an account. Throws as `UsersService.update`. */
  async update(actor: Actor, id: number, change: ChangeUserDto): Promise<ManagedUserDto> {
    await this.users.update(actor, id, change);
    return this.directory.managed(actor, id);
  }
}
