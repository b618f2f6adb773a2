import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { Authenticator } from '../platform/access/authenticator.port.js';
import { provideConfig } from '../platform/config/config-section.js';
import { CryptoModule } from '../platform/crypto/crypto.module.js';
import { Acl } from './acl.entity.js';
import { Actors } from './actors.js';
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
import { Passwords } from './passwords.js';
import { Plan } from './plan.entity.js';
import { ProfilesController } from './profiles.controller.js';
import { ProfilesService } from './profiles.service.js';
import { ProviderAccounts } from './provider-accounts.js';
import { RefreshToken } from './refresh-token.entity.js';
import { RequestCredentials } from './request-credentials.js';
import { RevokedToken } from './revoked-token.entity.js';
import { Role } from './role.entity.js';
import { RolesService } from './roles.service.js';
import { ServicePermission } from './service-permission.entity.js';
import { SignInConfig } from './sign-in.config.js';
import { SignInController } from './sign-in.controller.js';
import { SignIn } from './sign-in.entity.js';
import { SignInLibrary } from './sign-in-library.js';
import { SignInLibraryController } from './sign-in-library.controller.js';
import { SignInProviders } from './sign-in-providers.js';
import { SignInsService } from './sign-ins.service.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.js';
import { TokenFamily } from './token-family.entity.js';
import { TokenStrategy } from './token.strategy.js';
import { TokensController } from './tokens.controller.js';
import { Tokens } from './tokens.js';
import { TokensService } from './tokens.service.js';
import { UserDirectory } from './user-directory.js';
import { UserLogin } from './user-login.entity.js';
import { UserRole } from './user-role.entity.js';
import { UserRolesController } from './user-roles.controller.js';
import { User } from './user.entity.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** The paths of identity at the Conductor and at DataHub, whose clients bring tokens in `Auth-Token` and `jwt`. */
const CONDUCTOR_FAMILIES = ['/user', '/auth', '/oauth', '/permit'];

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
  controllers: [
    ProfilesController,
    SignInController,
    SignInLibraryController,
    TokensController,
    UsersController,
    UserRolesController,
  ],
  providers: [
    provideConfig(IdentityConfig),
    provideConfig(SignInConfig),
    Actors,
    BearerCredentials,
    IdentityAuthenticator,
    { provide: Authenticator, useExisting: IdentityAuthenticator },
    IdentityBootstrap,
    IdentityChanges,
    LastSeen,
    LoginThrottle,
    Logins,
    PasswordStrategy,
    Passwords,
    ProfilesService,
    ProviderAccounts,
    RequestCredentials,
    RolesService,
    SignInLibrary,
    SignInProviders,
    SignInsService,
    SigningKeys,
    TokenStrategy,
    Tokens,
    TokensService,
    UserDirectory,
    UsersService,
  ],
  exports: [
    Authenticator,
    IdentityBootstrap,
    IdentityChanges,
    RequestCredentials,
    RolesService,
    SigningKeys,
    UsersService,
  ],
})
export class IdentityModule {
  constructor(credentials: RequestCredentials) {
    credentials.register(...CONDUCTOR_FAMILIES.map((prefix) => ({ prefix })));
  }
}
