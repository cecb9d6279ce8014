export interface BundledApp {
  readonly min: number;
  readonly gzip: number;
  readonly brotli: number;
  /** Files of this repo that are in it. */
  readonly files: readonly string[];
}

export function bundleApp(source: string, options?: { later?: boolean; signals?: boolean }): Promise<BundledApp>;
