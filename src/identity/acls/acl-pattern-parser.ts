/** Why a text is no pattern, as the end of a sentence that begins with its name. */
export class AclPatternSyntaxError extends Error {}

const MAX_COUNT = 255;
const COUNTS = /^\{(\d{1,3})(,?)(\d{0,3})\}/;

/** Whether a character is one of those meant. */
export type CharacterTest = (character: string) => boolean;

/** A part of a pattern. */
export type PatternNode =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number };

/** Reads the text of a pattern. */
export class AclPatternParser {
  private readonly characters: readonly string[];
  private at = 0;

  constructor(text: string) {
    this.characters = [...text];
  }

  /** The pattern as a tree. Throws `AclPatternSyntaxError`. */
  parse(): PatternNode {
    const node = this.choice();
    if (this.peek() !== undefined)
      throw new AclPatternSyntaxError('has a ) that closes nothing; for the character write \\)');
    return node;
  }

  private choice(): PatternNode {
    const nodes = [this.sequence()];
    while (this.skip('|')) nodes.push(this.sequence());
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  private sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    for (let next = this.peek(); next !== undefined && next !== '|' && next !== ')'; next = this.peek()) {
      nodes.push(this.repeated(this.atom()));
    }
    return { kind: 'sequence', nodes };
  }

  private repeated(node: PatternNode): PatternNode {
    const counts = this.counts();
    if (!counts) return node;
    if (node.kind === 'begin' || node.kind === 'end')
      throw new AclPatternSyntaxError('repeats ^ or $, which are no characters');
    const [min, max] = counts;
    this.skip('?'); // as few as possible: the same where the whole name has to fit
    if (this.counts()) throw new AclPatternSyntaxError('repeats a repetition; put the inner one into ( )');
    return { kind: 'repeat', node, min, max };
  }

  /** Reads how often; nothing where no repetition follows. */
  private counts(): [min: number, max: number] | undefined {
    if (this.skip('*')) return [0, Infinity];
    if (this.skip('+')) return [1, Infinity];
    if (this.skip('?')) return [0, 1];
    if (this.peek() !== '{') return undefined;
    const found = COUNTS.exec(this.characters.slice(this.at, this.at + 10).join(''));
    if (!found)
      throw new AclPatternSyntaxError(
        'has a { that begins no count like {2} or {1,3}; for the character write \\{',
      );
    const [all, first, comma, second] = found;
    const min = Number(first);
    const max = comma === '' ? min : second === '' ? Infinity : Number(second);
    if (comma === '' && second !== '')
      throw new AclPatternSyntaxError('has a count of more than three digits');
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== Infinity) || min > max) {
      throw new AclPatternSyntaxError(
        `has a count that is not from 0 to ${MAX_COUNT}, the smaller one first`,
      );
    }
    this.at += all.length;
    return [min, max];
  }

  private atom(): PatternNode {
    const character = this.take();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '\\': {
        const test = this.escape();
        return { kind: 'character', test: typeof test === 'string' ? is(test) : test };
      }
      case '.':
        return { kind: 'character', test: () => true };
      case '^':
        return { kind: 'begin' };
      case '$':
        return { kind: 'end' };
      case '*':
      case '+':
      case '?':
      case '{':
        throw new AclPatternSyntaxError(
          `has a ${character} with nothing before it to repeat; for anything write .*`,
        );
      default:
        return { kind: 'character', test: is(character) };
    }
  }

  private group(): PatternNode {
    if (this.skip('?') && !this.skip(':')) {
      throw new AclPatternSyntaxError('has a group that begins with (?; only ( ) and (?: ) are known');
    }
    const node = this.choice();
    if (!this.skip(')'))
      throw new AclPatternSyntaxError('has a ( that is not closed; for the character write \\(');
    return node;
  }

  private characterClass(): PatternNode {
    const isNegated = this.skip('^');
    const tests: CharacterTest[] = [];
    while (!this.skip(']')) tests.push(this.classItem());
    if (tests.length === 0) throw new AclPatternSyntaxError('has a class [] with nothing in it');
    return {
      kind: 'character',
      test: (character) => tests.some((test) => test(character)) !== isNegated,
    };
  }

  private classItem(): CharacterTest {
    const first = this.classCharacter();
    if (typeof first !== 'string') return first;
    const isRange = this.peek() === '-' && this.characters[this.at + 1] !== ']';
    if (!isRange) return is(first);
    this.at++;
    const last = this.classCharacter();
    const [from, to] = [first.codePointAt(0)!, typeof last === 'string' ? last.codePointAt(0)! : -1];
    if (from > to)
      throw new AclPatternSyntaxError(
        'has a range in [ ] that does not go from a smaller character to a larger one',
      );
    return (character) => {
      const code = character.codePointAt(0)!;
      return code >= from && code <= to;
    };
  }

  private classCharacter(): string | CharacterTest {
    const character = this.take('has a [ that is not closed; for the character write \\[');
    if (character === '[') throw new AclPatternSyntaxError('has a [ inside [ ]; for the character write \\[');
    return character === '\\' ? this.escape() : character;
  }

  /** What stands behind a backslash: a character, or a kind of characters. */
  private escape(): string | CharacterTest {
    const character = this.take('ends with a backslash; for the character write \\\\');
    const kind = KINDS[character];
    if (kind) return kind;
    if (isWordCharacter(character)) {
      throw new AclPatternSyntaxError(
        `has \\${character}, which is not known; \\d \\D \\w \\W \\s \\S and \\ before signs are`,
      );
    }
    return character;
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }

  private skip(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  private take(problem = 'ends too early'): string {
    const character = this.peek();
    if (character === undefined) throw new AclPatternSyntaxError(problem);
    this.at++;
    return character;
  }
}

const isDigit: CharacterTest = (character) => character >= '0' && character <= '9';
const isSpace = is(' ');

function isWordCharacter(character: string): boolean {
  return (
    isDigit(character) ||
    character === '_' ||
    (character >= 'a' && character <= 'z') ||
    (character >= 'A' && character <= 'Z')
  );
}

/** Of ASCII, as names are; of white space only the space can be in a name. */
const KINDS: Readonly<Record<string, CharacterTest | undefined>> = {
  d: isDigit,
  D: (character) => !isDigit(character),
  w: isWordCharacter,
  W: (character) => !isWordCharacter(character),
  s: isSpace,
  S: (character) => !isSpace(character),
};

function is(wanted: string): CharacterTest {
  return (character) => character === wanted;
}
