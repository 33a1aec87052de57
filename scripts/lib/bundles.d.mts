export type BundleFormat = 'es' | 'iife' | 'script';

export interface Bundle {
  readonly name: string;
  readonly entry: string;
  readonly global: string;
  readonly formats: readonly BundleFormat[];
  readonly onCore?: boolean;
}

export const SDK: string;
export const PACKAGE: string;
export const BUNDLES: readonly Bundle[];
export function bundle(
  bundle: Bundle,
  format: BundleFormat,
): Promise<{ readonly file: string; readonly code: string; readonly map: object }>;
export function bundleSdk(): Promise<void>;
