// The commands are not here: whoever imports the module must not load the CLI's library too (it breaks under jest).
// `src/cli.ts` takes them from `identity.commands.js`.
export { Acls } from './acls.js';
export { IdentityModule } from './identity.module.js';
export { IdentityBootstrap } from './identity-bootstrap.js';
export { IdentityChanges } from './identity-changes.js';
export { permissionsOfService, type ServiceCredential } from './permission-tokens.js';
export { type CredentialFamily, RequestCredentials } from './request-credentials.js';
export { RolesService } from './roles.service.js';
export { type ServiceGrant, ServiceGrants } from './service-grants.js';
export { SigningKeys } from './signing-keys.js';
export { systemActor } from './system-actor.js';
export { User } from './user.entity.js';
export { type NewUser, UsersService } from './users.service.js';
