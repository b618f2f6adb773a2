import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { Authenticator } from '../platform/access/authenticator.port.js';
import { provideConfig } from '../platform/config/config-section.js';
import { CryptoModule } from '../platform/crypto/crypto.module.js';
import { AccountAccess } from './account-access.js';
import { Acl } from './acl.entity.js';
import { Acls } from './acls.js';
import { AclsService } from './acls.service.js';
import { Actors } from './actors.js';
import { Administrators } from './administrators.js';
import { ApiClient } from './api-client.entity.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { AuthServer } from './auth-server.js';
import { AuthorizationController } from './authorization.controller.js';
import { AuthorizationService } from './authorization.service.js';
import { AuthorizeController } from './authorize.controller.js';
import { BearerCredentials } from './bearer-credentials.js';
import { ClientLogins } from './client-logins.js';
import { ClientsController } from './clients.controller.js';
import { ClientsService } from './clients.service.js';
import { ConductorPaths } from './conductor-paths.js';
import { EffectivePermissionsService } from './effective-permissions.service.js';
import { ExternalPermissionTokens } from './external-permission-tokens.js';
import { IdentityBootstrap } from './identity-bootstrap.js';
import { IdentityChanges } from './identity-changes.js';
import { IdentityAuthenticator } from './identity.authenticator.js';
import { IdentityConfig } from './identity.config.js';
import './identity.permissions.js';
import { KeyRotation } from './key-rotation.js';
import { LastSeen } from './last-seen.js';
import { LoginThrottleRow } from './login-throttle.entity.js';
import { LoginThrottle } from './login-throttle.js';
import { Logins } from './logins.js';
import { PasswordChangesService } from './password-changes.service.js';
import { PasswordStrategy } from './password.strategy.js';
import { Passwords } from './passwords.js';
import { PermissionTokenStrategy } from './permission-token.strategy.js';
import { PermissionTokens } from './permission-tokens.js';
import { Plan } from './plan.entity.js';
import { PlansController } from './plans.controller.js';
import { PlansService } from './plans.service.js';
import { ProfilesController } from './profiles.controller.js';
import { ProfilesService } from './profiles.service.js';
import { ProviderAccounts } from './provider-accounts.js';
import { PruneTokensJob } from './prune-tokens.job.js';
import { PublishedKeysController } from './published-keys.controller.js';
import { PublishedKeys } from './published-keys.js';
import { RefreshToken } from './refresh-token.entity.js';
import { RefreshTokensService } from './refresh-tokens.service.js';
import { RequestCredentials } from './request-credentials.js';
import { RevokedToken } from './revoked-token.entity.js';
import { RoleDefinitionsService } from './role-definitions.service.js';
import { Role } from './role.entity.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';
import { RotateKeysJob } from './rotate-keys.job.js';
import { ServiceGrants } from './service-grants.js';
import { ServicePermission } from './service-permission.entity.js';
import { ServicePermissionsController } from './service-permissions.controller.js';
import { ServicePermissionsService } from './service-permissions.service.js';
import { SignInLibraryController } from './sign-in-library.controller.js';
import { SignInLibrary } from './sign-in-library.js';
import { SignInProviders } from './sign-in-providers.js';
import { SignInRefusals } from './sign-in-refusals.js';
import { SignInConfig } from './sign-in.config.js';
import { SignInController } from './sign-in.controller.js';
import { SignIn } from './sign-in.entity.js';
import { SignInsService } from './sign-ins.service.js';
import { SigningKeyEncryption } from './signing-key-encryption.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeys } from './signing-keys.js';
import { SigningConfig } from './signing.config.js';
import { TokenFamilies } from './token-families.js';
import { TokenFamily } from './token-family.entity.js';
import { TokenStrategy } from './token.strategy.js';
import { TokensController } from './tokens.controller.js';
import { Tokens } from './tokens.js';
import { TokensService } from './tokens.service.js';
import { UserAclsController } from './user-acls.controller.js';
import { UserAdministration } from './user-administration.service.js';
import { UserDirectory } from './user-directory.js';
import { UserLogin } from './user-login.entity.js';
import { UserPermissionsController } from './user-permissions.controller.js';
import { UserRole } from './user-role.entity.js';
import { UserRolesController } from './user-roles.controller.js';
import { UserTokensController } from './user-tokens.controller.js';
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
  controllers: [
    ApiKeysController,
    AuthorizationController,
    AuthorizeController,
    ClientsController,
    PlansController,
    ProfilesController,
    PublishedKeysController,
    RolesController,
    ServicePermissionsController,
    SignInController,
    SignInLibraryController,
    TokensController,
    UserAclsController,
    UserPermissionsController,
    UserRolesController,
    UsersController,
    UserTokensController,
  ],
  providers: [
    provideConfig(IdentityConfig),
    provideConfig(SignInConfig),
    provideConfig(SigningConfig),
    AccountAccess,
    Acls,
    AclsService,
    Actors,
    Administrators,
    ApiKeysService,
    { provide: Authenticator, useExisting: IdentityAuthenticator },
    AuthorizationService,
    AuthServer,
    BearerCredentials,
    ClientLogins,
    ClientsService,
    ConductorPaths,
    EffectivePermissionsService,
    ExternalPermissionTokens,
    IdentityAuthenticator,
    IdentityBootstrap,
    IdentityChanges,
    KeyRotation,
    LastSeen,
    Logins,
    LoginThrottle,
    PasswordChangesService,
    Passwords,
    PasswordStrategy,
    PermissionTokens,
    PermissionTokenStrategy,
    PlansService,
    ProfilesService,
    ProviderAccounts,
    PruneTokensJob,
    PublishedKeys,
    RefreshTokensService,
    RequestCredentials,
    RoleDefinitionsService,
    RolesService,
    RotateKeysJob,
    ServiceGrants,
    ServicePermissionsService,
    SigningKeyEncryption,
    SigningKeys,
    SignInLibrary,
    SignInProviders,
    SignInRefusals,
    SignInsService,
    TokenFamilies,
    Tokens,
    TokensService,
    TokenStrategy,
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
