import { Injectable } from '@nestjs/common';
import { storableJson } from '../../platform/database/storable-json.js';
import { MAX_RESOURCES, parseDescriptor, type Problem } from '../../tabular/index.js';
import { type LoadPlan, planLoad } from './load-plan.js';
import { LoadingConfig } from './loading.config.js';
import { DescriptorInvalidError, DescriptorTooLargeError } from './loading.errors.js';
import { SourceFiles } from './source-files.js';
import type { PackageLoad } from './package-load.entity.js';

/** Parts of a resource that may stand in a file of their own. */
const REFERENCES = ['schema', 'dialect'] as const;
/** Files that one descriptor may refer to so. */
const MAX_REFERENCES = 50;

type Json = Record<string, unknown>;

interface DescriptorFile {
  readonly content: Json;
  /** Bytes. */
  readonly size: number;
}

/** Gets the descriptors of packages. */
@Injectable()
export class PackageDescriptors {
  constructor(
    private readonly files: SourceFiles,
    private readonly config: LoadingConfig,
  ) {}

  /**
   * The descriptor of a load, with the schemas and dialects in it that it refers to: what a load works with does not
   * change while it runs. Characters that the database cannot store are replaced here already, so that a load that goes
   * on later reads the same.
   * @throws DescriptorError, DescriptorInvalidError, DescriptorTooLargeError, what `SourceFiles.read` throws
   */
  async fetch(load: PackageLoad, signal: AbortSignal): Promise<Json> {
    return JSON.parse(storableJson(await this.whole(load, signal))) as Json;
  }

  /** What is to be done for a descriptor that `fetch` gave. Throws what `planLoad` throws. */
  plan({ id, owner }: PackageLoad, descriptor: Json): LoadPlan {
    return planLoad(descriptor, { owner, loadId: id });
  }

  private async whole({ url, owner }: PackageLoad, signal: AbortSignal): Promise<Json> {
    const limit = this.config.PACKAGE_DESCRIPTOR_LIMIT;
    let size = 0;
    /** Counts each use of a file: the descriptor that is stored holds it as often. */
    const use = (file: DescriptorFile) => {
      size += file.size;
      if (size > limit) throw new DescriptorTooLargeError(limit);
      return file.content;
    };
    const read = async (address: string): Promise<DescriptorFile> => {
      const bytes = await this.files.read(address, owner, signal);
      return { content: parseDescriptor(bytes), size: bytes.length };
    };
    const descriptor = use(await read(url));
    const { resources } = descriptor;
    // What is wrong with it is told when it is planned.
    if (!Array.isArray(resources) || resources.length > MAX_RESOURCES) return descriptor;
    const known = new Map<string, DescriptorFile>();
    for (const resource of resources as unknown[]) {
      if (resource === null || typeof resource !== 'object') continue;
      for (const part of REFERENCES) {
        const path = (resource as Json)[part];
        if (typeof path !== 'string') continue;
        const { href } = this.files.resolve(path, url);
        const found = known.get(href) ?? (await read(href));
        if (known.set(href, found).size > MAX_REFERENCES) throw tooMany();
        (resource as Json)[part] = use(found);
      }
    }
    return descriptor;
  }
}

function tooMany(): DescriptorInvalidError {
  const message = `resources refer to more than ${MAX_REFERENCES} files with schemas. Put them into the descriptor.`;
  return new DescriptorInvalidError([{ path: 'resources', message } satisfies Problem]);
}
