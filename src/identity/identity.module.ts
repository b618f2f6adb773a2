import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { Authenticator } from '../platform/access/authenticator.port.js';
import { provideConfig } from '../platform/config/config-section.js';
import { CryptoModule } from '../platform/crypto/crypto.module.js';
import { Acl } from './acls/acl.entity.js';
import { Acls } from './acls/acls.js';
import { AclsService } from './acls/acls.service.js';
import { UserAclsController } from './acls/user-acls.controller.js';
import { ApiKey } from './api-keys/api-key.entity.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { Actors } from './callers/actors.js';
import { BearerCredentials } from './callers/bearer-credentials.js';
import { ConductorPaths } from './callers/conductor-paths.js';
import { IdentityAuthenticator } from './callers/identity.authenticator.js';
import { LiveCredentials } from './callers/live-credentials.js';
import { RequestCredentials } from './callers/request-credentials.js';
import { ApiClient } from './clients/api-client.entity.js';
import { AuthorizeController } from './clients/authorize.controller.js';
import { ClientLogins } from './clients/client-logins.js';
import { ClientsController } from './clients/clients.controller.js';
import { ClientsService } from './clients/clients.service.js';
import { IdentityBootstrap } from './identity-bootstrap.js';
import { IdentityChanges } from './identity-changes.js';
import { IdentityConfig } from './identity.config.js';
import './identity.permissions.js';
import { LoginRefusals } from './passwords/login-refusals.js';
import { LoginThrottle } from './passwords/login-throttle.js';
import { LoginThrottleRow } from './passwords/login-throttle.entity.js';
import { Logins } from './passwords/logins.js';
import { PasswordChangesService } from './passwords/password-changes.service.js';
import { PasswordStrategy } from './passwords/password.strategy.js';
import { Passwords } from './passwords/passwords.js';
import { RoleDefinitionsService } from './roles/role-definitions.service.js';
import { Role } from './roles/role.entity.js';
import { RolesController } from './roles/roles.controller.js';
import { RolesService } from './roles/roles.service.js';
import { UserRole } from './roles/user-role.entity.js';
import { UserRolesController } from './roles/user-roles.controller.js';
import { AuthServer } from './service-permissions/auth-server.js';
import { AuthorizationController } from './service-permissions/authorization.controller.js';
import { AuthorizationService } from './service-permissions/authorization.service.js';
import { EffectivePermissionsService } from './service-permissions/effective-permissions.service.js';
import { ExternalPermissionTokens } from './service-permissions/external-permission-tokens.js';
import { PermissionTokenStrategy } from './service-permissions/permission-token.strategy.js';
import { PermissionTokens } from './service-permissions/permission-tokens.js';
import { Plan } from './service-permissions/plan.entity.js';
import { PlansController } from './service-permissions/plans.controller.js';
import { PlansService } from './service-permissions/plans.service.js';
import { ServiceGrants } from './service-permissions/service-grants.js';
import { ServicePermission } from './service-permissions/service-permission.entity.js';
import { ServicePermissionsController } from './service-permissions/service-permissions.controller.js';
import { ServicePermissionsService } from './service-permissions/service-permissions.service.js';
import { UserPermissionsController } from './service-permissions/user-permissions.controller.js';
import { ProviderAccounts } from './sign-in/provider-accounts.js';
import { SignInLibrary } from './sign-in/sign-in-library.js';
import { SignInLibraryController } from './sign-in/sign-in-library.controller.js';
import { SignInProviders } from './sign-in/sign-in-providers.js';
import { SignInConfig } from './sign-in/sign-in.config.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { SignIn } from './sign-in/sign-in.entity.js';
import { SignInsService } from './sign-in/sign-ins.service.js';
import { UserLogin } from './sign-in/user-login.entity.js';
import { KeyRotation } from './signing-keys/key-rotation.js';
import { PublishedKeys } from './signing-keys/published-keys.js';
import { PublishedKeysController } from './signing-keys/published-keys.controller.js';
import { RotateKeysJob } from './signing-keys/rotate-keys.job.js';
import { SigningKeyEncryption } from './signing-keys/signing-key-encryption.js';
import { SigningKey } from './signing-keys/signing-key.entity.js';
import { SigningKeys } from './signing-keys/signing-keys.js';
import { SigningConfig } from './signing-keys/signing.config.js';
import { PruneTokensJob } from './tokens/prune-tokens.job.js';
import { RefreshToken } from './tokens/refresh-token.entity.js';
import { RefreshTokensService } from './tokens/refresh-tokens.service.js';
import { RevokedToken } from './tokens/revoked-token.entity.js';
import { TokenFamilies } from './tokens/token-families.js';
import { TokenFamily } from './tokens/token-family.entity.js';
import { TokenStrategy } from './tokens/token.strategy.js';
import { Tokens } from './tokens/tokens.js';
import { TokensController } from './tokens/tokens.controller.js';
import { TokensService } from './tokens/tokens.service.js';
import { UserTokensController } from './tokens/user-tokens.controller.js';
import { AccountAccess } from './users/account-access.js';
import { Administrators } from './users/administrators.js';
import { LastSeen } from './users/last-seen.js';
import { ProfilesController } from './users/profiles.controller.js';
import { ProfilesService } from './users/profiles.service.js';
import { UserAdministration } from './users/user-administration.service.js';
import { UserDirectory } from './users/user-directory.js';
import { User } from './users/user.entity.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';

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
    LiveCredentials,
    LoginRefusals,
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
    ServiceGrants,
    SigningKeys,
    UsersService,
  ],
})
export class IdentityModule {}
