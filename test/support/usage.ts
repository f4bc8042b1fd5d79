import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * How one of the project's own commands is called. Wrong usage is answered in one line, with exit code 2, before
 * anything is started. `--help` prints what is right.
 */
export class Usage {
  readonly #text: string;

  /** @param text the command and its options, in one line */
  constructor(text: string) {
    this.#text = text;
  }

  /** What was given on the command line. */
  read<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
    if (process.argv.includes('--help')) {
      console.log(this.#text);
      process.exit(0);
    }
    try {
      return parseArgs(config);
    } catch (error) {
      return this.refuse((error as Error).message);
    }
  }

  /** The value of the option `name`. */
  whole(name: string, given: string, least = 1): number {
    const number = Number(given);
    if (/^\d+$/.test(given) && number >= least) return number;
    return this.refuse(`--${name} must be a whole number, ${least} or more`);
  }

  /** The value of the option `name`: some of `all`, separated by commas. */
  names(name: string, given: string, all: readonly string[]): string[] {
    const asked = given.split(',');
    const unknown = asked.filter((one) => !all.includes(one));
    return unknown.length === 0 ? asked : this.refuse(`--${name}: there is no ${unknown.join(', ')}`);
  }

  /** @param why of several sentences the first says enough */
  refuse(why: string): never {
    console.error(`${why.split(/\.\s/, 1)[0]?.replace(/\.$/, '')}. Usage: ${this.#text}`);
    process.exit(2);
  }
}
