/** The instances of a service, of which the one in use is kept until it does not answer. */
export class Instances {
  readonly #urls: readonly string[];
  #current = 0;

  /** @throws TypeError for what is not a URL */
  constructor(urls: string | readonly string[]) {
    this.#urls = [urls].flat().map((url) => new URL(url).href.replace(/\/+$/, ''));
    if (this.#urls.length === 0) throw new TypeError('url: name at least one instance');
  }

  /** @param path with its leading slash and its query */
  at(path: string): string {
    return `${this.#urls[this.#current]}${path}`;
  }

  /** Takes the next one, if `url` is of the one in use: of two calls that fail together only one moves on. */
  failed(url: string): void {
    if (url.startsWith(`${this.#urls[this.#current]}/`)) this.#current = (this.#current + 1) % this.#urls.length;
  }

  /** The same request, to the instance in use. */
  redirect(url: string): string {
    const from = this.#urls.find((each) => url.startsWith(`${each}/`));
    return from === undefined ? url : this.at(url.slice(from.length));
  }
}
