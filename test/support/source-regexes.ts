import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** A regular expression that is written down in the program. */
export interface SourceRegex {
  readonly source: string;
  readonly flags: string;
  /** File and line. */
  readonly place: string;
}

/** What the source holds of regular expressions. `dynamic`: places where one is made from a text that is no literal. */
export interface SourceRegexes {
  readonly regexes: readonly SourceRegex[];
  readonly dynamic: readonly string[];
}

/** Every regular expression of the program, found by the compiler; tests are no part of it. */
export function sourceRegexes(root = join(process.cwd(), 'src')): SourceRegexes {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.(spec|contract|d)\.ts$/.test(name),
  );
  const found = files.map((name) => regexesOf(join(root, name)));
  const regexes = found.flatMap((one) => one.regexes);
  return {
    regexes: [...new Map(regexes.map((regex) => [`/${regex.source}/${regex.flags}`, regex])).values()],
    dynamic: found.flatMap((one) => one.dynamic),
  };
}

function regexesOf(file: string): { regexes: SourceRegex[]; dynamic: string[] } {
  const parsed = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const regexes: SourceRegex[] = [];
  const dynamic: string[] = [];
  const visit = (node: ts.Node): void => {
    const line = parsed.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    const place = `${relative(process.cwd(), file)}:${line}`;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      regexes.push({ source: node.text.slice(1, end), flags: node.text.slice(end + 1), place });
    } else if (isMade(node)) {
      const [source, flags] = node.arguments ?? [];
      const isWritten = source && ts.isStringLiteralLike(source) && (!flags || ts.isStringLiteralLike(flags));
      if (isWritten) regexes.push({ source: source.text, flags: flags?.text ?? '', place });
      else dynamic.push(place);
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return { regexes, dynamic };
}

/** `RegExp(...)`, with or without `new`. */
function isMade(node: ts.Node): node is ts.NewExpression | ts.CallExpression {
  return (
    (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'RegExp'
  );
}
