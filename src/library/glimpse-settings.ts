/** How Glimpse is to work inside of another program. */
export interface GlimpseSettings {
  /**
   * Where versions and stored datasets are kept: a folder or s3://bucket/prefix. Default ./models; where there is no such
   * folder yet, it begins with the model for digits that comes with the package.
   */
  readonly repository?: string;
  /** Folder for jobs, checkpoints, uploads and downloaded versions. Default ./.glimpse. */
  readonly dataDir?: string;
  /** The model that is asked when none is named. Default "digits". */
  readonly defaultModel?: string;
  /** Every other setting by the name of its environment variable (`glimpse config` lists them); they win over those. */
  readonly settings?: Readonly<Record<`GLIMPSE_${string}`, string | number>>;
}
