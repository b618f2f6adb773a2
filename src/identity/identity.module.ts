import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { Authenticator } from '../platform/access/authenticator.port.js';
import { provideConfig } from '../platform/config/config-section.js';
import { CryptoModule } from '../platform/crypto/crypto.module.js';
import { Acl } from './acl.entity.js';
import { Acls } from './acls.js';
import { AclsService } from './acls.service.js';
import { Actors } from './actors.js';
import { Administrators } from './administrators.js';
import { ApiClient } from './api-client.entity.js';
import { ApiKey } from './api-key.entity.js';
import { BearerCredentials } from './bearer-credentials.js';
import { IdentityAuthenticator } from './identity.authenticator.js';
import { IdentityBootstrap } from './identity-bootstrap.js';
import { IdentityChanges } from './identity-changes.js';
import { IdentityConfig } from './identity.config.js';
import './identity.permissions.js';
import { LastSeen } from './last-seen.js';
import { LoginThrottle } from './login-throttle.js';
import { LoginThrottleRow } from './login-throttle.entity.js';
import { Logins } from './logins.js';
import { PasswordStrategy } from './password.strategy.js';
import { PasswordChangesService } from './password-changes.service.js';
import { Passwords } from './passwords.js';
import { Plan } from './plan.entity.js';
import { RefreshToken } from './refresh-token.entity.js';
import { RequestCredentials } from './request-credentials.js';
import { RevokedToken } from './revoked-token.entity.js';
import { Role } from './role.entity.js';
import { RoleDefinitionsService } from './role-definitions.service.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';
import { ServicePermission } from './service-permission.entity.js';
import { SignIn } from './sign-in.entity.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.js';
import { TokenFamily } from './token-family.entity.js';
import { TokenStrategy } from './token.strategy.js';
import { TokensController } from './tokens.controller.js';
import { Tokens } from './tokens.js';
import { TokensService } from './tokens.service.js';
import { UserAclsController } from './user-acls.controller.js';
import { UserAdministration } from './user-administration.service.js';
import { UserDirectory } from './user-directory.js';
import { UserLogin } from './user-login.entity.js';
import { UserRole } from './user-role.entity.js';
import { UserRolesController } from './user-roles.controller.js';
import { User } from './user.entity.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Accounts, roles, tokens, and the guard's `Authenticator` for the whole program. */
@Global()
@Module({
  imports: [
    AuditModule,
    CryptoModule,
    MikroOrmModule.forFeature([
      Acl,
      ApiClient,
      ApiKey,
      LoginThrottleRow,
      Plan,
      RefreshToken,
      RevokedToken,
      Role,
      ServicePermission,
      SignIn,
      SigningKey,
      TokenFamily,
      User,
      UserLogin,
      UserRole,
    ]),
  ],
  controllers: [RolesController, TokensController, UserAclsController, UsersController, UserRolesController],
  providers: [
    provideConfig(IdentityConfig),
    Acls,
    AclsService,
    Actors,
    Administrators,
    BearerCredentials,
    IdentityAuthenticator,
    { provide: Authenticator, useExisting: IdentityAuthenticator },
    IdentityBootstrap,
    IdentityChanges,
    LastSeen,
    LoginThrottle,
    Logins,
    PasswordChangesService,
    PasswordStrategy,
    Passwords,
    RequestCredentials,
    RoleDefinitionsService,
    RolesService,
    SigningKeys,
    TokenStrategy,
    Tokens,
    TokensService,
    UserAdministration,
    UserDirectory,
    UsersService,
  ],
  exports: [
    Acls,
    Authenticator,
    IdentityBootstrap,
    IdentityChanges,
    RequestCredentials,
    RolesService,
    SigningKeys,
    UsersService,
  ],
})
export class IdentityModule {}
