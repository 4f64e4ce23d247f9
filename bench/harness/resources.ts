/** Disposes what it was given, newest first. (AsyncDisposableStack needs Node 24.) */
export class Resources implements AsyncDisposable {
  #kept: AsyncDisposable[] = []

  use<T extends AsyncDisposable>(resource: T): T {
    this.#kept.push(resource)
    return resource
  }

  /** Hands everything over to a new owner, so that this one disposes nothing. */
  move(): Resources {
    const owner = new Resources()
    owner.#kept = this.#kept
    this.#kept = []
    return owner
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#kept.splice(0).toReversed()) await resource[Symbol.asyncDispose]()
  }
}
