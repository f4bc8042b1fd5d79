/** Makes the service's statements worse, for a control that must fail. */
export class Sabotage {
  readonly #replacements: readonly (readonly [text: string, replacement: string])[];
  /** What is to be replaced, and no statement has had so far. */
  readonly #notFound: Set<string>;

  /** @param replacements each text, and what it becomes wherever it occurs */
  constructor(replacements: Readonly<Record<string, string>>) {
    this.#replacements = Object.entries(replacements);
    this.#notFound = new Set(Object.keys(replacements));
  }

  readonly apply = (statement: string): string => {
    let sabotaged = statement;
    for (const [text, replacement] of this.#replacements) {
      if (!sabotaged.includes(text)) continue;
      this.#notFound.delete(text);
      sabotaged = sabotaged.replaceAll(text, () => replacement);
    }
    return sabotaged;
  };

  /** @throws if the code has changed, so that there is nothing left to sabotage */
  checkFound(): void {
    for (const text of this.#notFound) {
      throw new Error(`The sabotage replaced nothing: no statement has '${text}'. Adapt it to the code.`);
    }
  }
}
