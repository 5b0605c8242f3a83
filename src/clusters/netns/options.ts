export interface NetnsOptions {
  readonly root: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** The operating system's tools that are needed, by Debian package. */
  readonly tools: readonly { readonly package: string; readonly commands: readonly string[] }[];
}
