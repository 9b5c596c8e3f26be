import { productionLabel } from '../repository/names.ts';

/** What a model says of itself when its labels are followed. */
export interface ServingModel {
  readonly labels: Readonly<Record<string, number>>;
  isReady(version: number): boolean;
  /** The highest version that is READY. */
  highestReady(): number | undefined;
}

/**
 * Which version answers for each label, and by default: a label is served by the version it points at as soon as that is
 * READY, and by the one before until then, also when that one was unloaded and is back.
 */
export class ServedLabels {
  /** Label -> the version that answers for it: the last one it pointed at that was READY then. */
  readonly #served = new Map<string, number>();
  /** The same, whatever has become of that version since. */
  readonly #last = new Map<string, number>();
  #byDefault: number | undefined;

  /** The version that answers by default. */
  get byDefault(): number | undefined {
    return this.#byDefault;
  }

  /** The version that answers for a label. */
  of(label: string): number | undefined {
    return this.#served.get(label);
  }

  /** The labels that a version serves now. */
  labelsOf(version: number): string[] {
    return [...this.#served].filter(([, served]) => served === version).map(([label]) => label);
  }

  /** Every label that is served, with its version. */
  entries(): [label: string, version: number][] {
    return [...this.#served];
  }

  /** Labels that somebody has been answered for, with the version that did it last. */
  lastServed(): [label: string, version: number][] {
    return [...this.#last];
  }

  /** A version that is never to answer again for what it did before. */
  forget(version: number): void {
    for (const [label, last] of this.#last) if (last === version) this.#last.delete(label);
  }

  /** Follows labels and states. Returns the default version before and after, when it changed. */
  update(
    model: ServingModel,
  ): { before: number | undefined; after: number | undefined } | undefined {
    for (const [label, version] of this.#last) {
      if (!Object.hasOwn(model.labels, label)) this.#last.delete(label);
      else if (model.isReady(version)) this.#served.set(label, version);
    }
    for (const [label, version] of this.#served) {
      if (!Object.hasOwn(model.labels, label) || !model.isReady(version)) {
        this.#served.delete(label);
      }
    }
    for (const [label, version] of Object.entries(model.labels)) {
      if (!model.isReady(version)) continue;
      this.#served.set(label, version);
      this.#last.set(label, version);
    }
    const before = this.#byDefault;
    const hasProduction = Object.hasOwn(model.labels, productionLabel);
    this.#byDefault = hasProduction ? this.#byProduction(model) : model.highestReady();
    return before === this.#byDefault ? undefined : { before, after: this.#byDefault };
  }

  /** While the version `production` points at cannot be loaded, the version that served before goes on serving. */
  #byProduction(model: ServingModel): number | undefined {
    const before = this.#byDefault;
    const fallback = before !== undefined && model.isReady(before) ? before : undefined;
    return this.#served.get(productionLabel) ?? fallback;
  }
}
