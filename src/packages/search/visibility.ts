import type { Viewer } from '../registry/package-access.js';
import { PUBLIC } from '../registry/package-record.js';
import type { StatementValues } from './statement.js';

/** The condition that a package is one which the viewer may see. */
export function visibleTo({ userid, all }: Viewer, values: StatementValues): string {
  if (all) return 'true';
  return userid === null ? PUBLIC : `(${PUBLIC} or owner = ${values.add(userid)})`;
}
