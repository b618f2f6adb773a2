import {
  AclPatternParser,
  AclPatternSyntaxError,
  type CharacterTest,
  type PatternNode,
} from './acl-pattern-parser.js';

const MAX_LENGTH = 256;
/** What a pattern may grow to once its repetitions are written out. Together with the next one it bounds all work. */
const MAX_STEPS = 500;
/** Names of machines and functions are shorter. */
const MAX_NAME_LENGTH = 255;

const UNPRINTABLE = /\p{C}/u;

/** A step of the compiled pattern; numbers are steps to go on with. */
type Step =
  | { readonly kind: 'character'; readonly test: CharacterTest; readonly next: number }
  | { readonly kind: 'begin' | 'end'; readonly next: number }
  | { readonly kind: 'fork'; next: number[] }
  | { readonly kind: 'match' };

/**
 * A pattern of an ACL: a regular expression that has to fit a whole name. It knows what lists of names need: text, `.`,
 * classes, groups, `|`, `* + ? {n,m}`, `^` and `$`. It is run as a list of steps that are tried side by side, never
 * one after the other: time is bounded by steps times length of the name, whatever the pattern. JavaScript's own
 * expressions can take for ever, and these come from people.
 */
export class AclPattern {
  private readonly steps: readonly Step[];
  /** By step, the look around that has seen it last; kept because checks are many and names short. */
  private readonly seen: Uint32Array;
  private look = 0;
  private readonly first: readonly number[];

  /** Throws `AclPatternSyntaxError`. */
  constructor(text: string) {
    if (text === '') throw new AclPatternSyntaxError('is empty; for anything write .*');
    if (text.length > MAX_LENGTH) throw new AclPatternSyntaxError(`has more than ${MAX_LENGTH} characters`);
    if (UNPRINTABLE.test(text)) {
      throw new AclPatternSyntaxError('has a control character or another one that cannot be seen');
    }
    this.steps = new Compiler().compile(new AclPatternParser(text).parse());
    this.seen = new Uint32Array(this.steps.length);
    this.first = this.reach([0], true, false);
  }

  /** How much memory and time the pattern takes, in steps. */
  get size(): number {
    return this.steps.length;
  }

  /** Whether the pattern fits the whole name. No pattern fits what is not a name: too long, empty or not printable. */
  matches(name: string): boolean {
    if (name === '' || name.length > MAX_NAME_LENGTH || UNPRINTABLE.test(name)) return false;
    let current = this.first;
    let read = 0;
    for (const character of name) {
      read += character.length;
      const next: number[] = [];
      for (const number of current) {
        const step = this.steps[number]!;
        if (step.kind === 'character' && step.test(character)) next.push(step.next);
      }
      if (next.length === 0) return false;
      current = this.reach(next, false, read === name.length);
    }
    return current.some((number) => this.steps[number]!.kind === 'match');
  }

  /** The steps that wait for a character, or are the end, as seen from `from`. Each is looked at once. */
  private reach(from: readonly number[], atBegin: boolean, atEnd: boolean): number[] {
    if (++this.look >= 2 ** 32) {
      this.seen.fill(0);
      this.look = 1;
    }
    const waiting: number[] = [];
    const open = [...from];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (this.seen[number] === this.look) continue;
      this.seen[number] = this.look;
      const step = this.steps[number]!;
      if (step.kind === 'fork') open.push(...step.next);
      else if (step.kind === 'begin' || step.kind === 'end') {
        if (step.kind === 'begin' ? atBegin : atEnd) open.push(step.next);
      } else waiting.push(number);
    }
    return waiting;
  }
}

/** Writes a pattern out as steps. */
class Compiler {
  private readonly steps: Step[] = [];
  private visits = 0;

  compile(node: PatternNode): Step[] {
    this.emit(node);
    this.add({ kind: 'match' });
    return this.steps;
  }

  private emit(node: PatternNode): void {
    if (++this.visits > 2 * MAX_STEPS) throw tooLarge(); // repetitions of nothing add no step
    switch (node.kind) {
      case 'character':
        return this.add({ kind: 'character', test: node.test, next: this.steps.length + 1 });
      case 'begin':
      case 'end':
        return this.add({ kind: node.kind, next: this.steps.length + 1 });
      case 'sequence':
        return node.nodes.forEach((part) => this.emit(part));
      case 'choice':
        return this.emitChoice(node.nodes);
      case 'repeat':
        return this.emitRepeat(node.node, node.min, node.max);
    }
  }

  private emitChoice(nodes: readonly PatternNode[]): void {
    const fork = this.fork();
    const leaving = nodes.map((node) => {
      fork.next.push(this.steps.length);
      this.emit(node);
      return this.fork();
    });
    for (const end of leaving) end.next.push(this.steps.length);
  }

  private emitRepeat(node: PatternNode, min: number, max: number): void {
    for (let count = 0; count < min; count++) this.emit(node);
    if (max === Infinity) {
      const begin = this.steps.length;
      const fork = this.fork();
      fork.next.push(this.steps.length);
      this.emit(node);
      this.fork().next.push(begin);
      fork.next.push(this.steps.length);
      return;
    }
    const forks: { next: number[] }[] = [];
    for (let count = min; count < max; count++) {
      const fork = this.fork();
      fork.next.push(this.steps.length);
      forks.push(fork);
      this.emit(node);
    }
    for (const fork of forks) fork.next.push(this.steps.length);
  }

  private fork(): { next: number[] } {
    const fork: Step = { kind: 'fork', next: [] };
    this.add(fork);
    return fork;
  }

  private add(step: Step): void {
    if (this.steps.length >= MAX_STEPS) throw tooLarge();
    this.steps.push(step);
  }
}

function tooLarge(): AclPatternSyntaxError {
  return new AclPatternSyntaxError('repeats too much; use smaller counts, or * and +');
}
