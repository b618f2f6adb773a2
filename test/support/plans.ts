import type { Database } from '../../src/platform/database/database.js';

/** A node of a query plan, as PostgreSQL tells it after running it. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** Runs a statement and returns the nodes of its plan. */
export async function planOf(
  database: Database,
  sql: string,
  values: readonly unknown[],
): Promise<PlanNode[]> {
  const [row] = await database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `explain (analyze, format json) ${sql}`,
    values,
  );
  const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  return flat(row!['QUERY PLAN'][0]!.Plan);
}

/** Rows that a node gave or left out. */
export function rowsSeen(node: PlanNode): number {
  const left = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node['Actual Rows'] + left) * node['Actual Loops'];
}
