import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** What has a part in writing the audit log. */
const WRITERS = /\b(AuditLog|AuditTrail|LoginRefusals)\b/;
const ACTION = /^[a-z][a-z-]*\.[a-z][a-z-]*$/;
/** Their texts look like actions too, and name statements and kinds of jobs. */
const NAMED_OTHERWISE = ['prepared', 'defer', 'defineJob'];

/**
 * Every text in the files that write the audit log which has the form of an action, found by the compiler: however it
 * gets from there into the record.
 * @param permissions words of the same form, which are no actions unless they are called so
 */
export function sourceActions(
  permissions: ReadonlyMap<string, unknown>,
  root = join(process.cwd(), 'src'),
): Set<string> {
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(spec|contract|d)\.ts$/.test(name))
    .map((name) => [name, readFileSync(join(root, name), 'utf8')] as const)
    .filter(([, text]) => WRITERS.test(text));
  return new Set(texts.flatMap(([name, text]) => actionsOf(name, text, permissions)));
}

function actionsOf(name: string, text: string, permissions: ReadonlyMap<string, unknown>): string[] {
  const parsed = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const actions: string[] = [];
  const isAction = ({ parent }: ts.Node, word: string): boolean => {
    if (!ACTION.test(word)) return false;
    if (ts.isPropertyAssignment(parent)) return parent.name.getText() === 'action';
    return !permissions.has(word) && !isNamedOtherwise(parent);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) && isAction(node, node.text)) actions.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return actions;
}

function isNamedOtherwise(parent: ts.Node): boolean {
  if (!ts.isCallExpression(parent)) return false;
  const called = parent.expression;
  const name = ts.isPropertyAccessExpression(called) ? called.name.text : called.getText();
  return NAMED_OTHERWISE.includes(name);
}
