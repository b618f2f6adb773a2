import { Injectable } from '@nestjs/common';
import { FileAccess, ObjectAddresses } from '../../datastore/index.js';
import type { Actor } from '../../platform/access/actor.js';
import { ObjectStore, SignedUrls } from '../../storage/index.js';
import { PackageCatalogue } from '../search/package-catalogue.service.js';
import { ownerOf } from '../registry/package-id.js';
import { PackageFileNotFoundError } from './reading.errors.js';

/** The descriptor among the files of a package, whatever it was uploaded as. */
const DESCRIPTOR = 'datapackage.json';
/** Long enough to follow a redirect. */
const ADDRESS_SECONDS = 300;

/** A file of a package: its content, or the address to go to. */
export type PackageFile = { readonly json: object } | { readonly redirect: string };

/** Gives the descriptor and the files of packages to those who may see them. */
@Injectable()
export class PackageDownloads {
  constructor(
    private readonly catalogue: PackageCatalogue,
    private readonly objects: ObjectAddresses,
    private readonly access: FileAccess,
    private readonly store: ObjectStore,
    private readonly urls: SignedUrls,
  ) {}

  /**
   * A file by its path from the descriptor, so that relative paths in it lead somewhere. What the owner of the package may
   * not read himself, nobody gets through it: the files may be those of somebody else, who has closed them since.
   * @throws PackageNotFoundError, PackageFileNotFoundError
   */
  async get(actor: Actor | undefined, packageId: string, path: string): Promise<PackageFile> {
    const { package: descriptor, origin_url: origin } = await this.catalogue.get(actor, packageId);
    if (path === DESCRIPTOR) return { json: descriptor };
    const descriptorKey = origin === null ? undefined : this.objects.keyOf(origin);
    const folder = descriptorKey?.slice(0, descriptorKey.lastIndexOf('/') + 1);
    const key = folder === undefined ? undefined : `${folder}${path}`;
    if (key === undefined || !isNamed(path, descriptor)) throw new PackageFileNotFoundError();
    const isReadable = await this.access.isReadableBy(key, ownerOf(packageId));
    if (!isReadable || !(await this.store.head(key))) throw new PackageFileNotFoundError();
    return { redirect: await this.urls.signGet(key, { expiresIn: ADDRESS_SECONDS }) };
  }
}

/** Only what the descriptor names is a file of the package. */
function isNamed(path: string, { resources }: { readonly resources?: unknown }): boolean {
  const all = Array.isArray(resources) ? (resources as { path?: unknown }[]) : [];
  return all.some((resource) => [resource?.path ?? []].flat().includes(path));
}
