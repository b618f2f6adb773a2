import { configSection } from '../../platform/config/config-section.js';
import { integer, url } from '../../platform/config/variables.js';

/** How packages are loaded. */
export class LoadingConfig extends configSection('Packages', {
  PACKAGE_DESCRIPTOR_LIMIT: integer({ min: 1024 })({
    default: 5 * 1024 ** 2,
    desc: 'most bytes of a datapackage.json, with the schemas that it refers to',
  }),
  PACKAGE_RESOURCE_LIMIT: integer({ min: 1024 })({
    default: 5 * 1024 ** 3,
    desc: 'most bytes of a resource that is fetched from elsewhere',
  }),
  PACKAGE_LOAD_LIMIT: integer({ min: 1024 })({
    default: 20 * 1024 ** 3,
    desc: 'most bytes of all resources of a package together, wherever they are',
  }),
  PACKAGE_FETCH_TIMEOUT: integer({ min: 1 })({
    default: 600,
    desc: 'seconds within which a file of a package must have come from elsewhere',
  }),
  LOADER_URL: url(
    'http',
    'https',
  )({
    default: undefined,
    desc: 'loader that loads packages instead of this program, called as those of the originals',
  }),
  LOADER_TIMEOUT: integer({ min: 1 })({
    default: 3600,
    desc: 'seconds without news of the external loader after which a load has failed',
  }),
}) {}
