// The commands are not here: whoever imports the module must not load the CLI's library too (it breaks under jest).
// `src/cli.ts` takes them from `identity.commands.js`.
export { Acls } from './acls/acls.js';
export { IdentityModule } from './identity.module.js';
export { IdentityBootstrap } from './identity-bootstrap.js';
export { IdentityChanges } from './identity-changes.js';
export { permissionsOfService, type ServiceCredential } from './service-permissions/permission-tokens.js';
export { type CredentialFamily, RequestCredentials } from './callers/request-credentials.js';
export { requestValues, type RequestValues } from './request-values.js';
export { RolesService } from './roles/roles.service.js';
export { type ServiceGrant, ServiceGrants } from './service-permissions/service-grants.js';
export { SigningKeys } from './signing-keys/signing-keys.js';
export { systemActor } from './system-actor.js';
export { User } from './users/user.entity.js';
export { type NewUser, UsersService } from './users/users.service.js';
