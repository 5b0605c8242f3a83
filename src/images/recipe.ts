/** A file that takes long to make: it is made once, and kept in the cache under the digest of what it is made from. */
export type Artifact =
  /** A static program, by `go build` in one of the modules below `images/`. */
  | { readonly kind: 'go'; readonly module: string; readonly program: string; readonly ldflags: readonly string[] }
  /** A Debian root as a tar, by debootstrap. */
  | { readonly kind: 'debian'; readonly suite: string; readonly packages: readonly string[] }
  /** A tar of some programs of a Debian root with the folder of their plugins (its name), and the libraries that any of them loads. */
  | {
      readonly kind: 'programs';
      readonly from: string;
      readonly programs: readonly string[];
      readonly plugins: string;
      readonly extra: readonly string[];
    }
  /** A program compiled from the source that Debian keeps of a package, in a Debian root with a compiler; `program` is relative to the source's folder. */
  | {
      readonly kind: 'source';
      readonly from: string;
      readonly suite: string;
      /** With Debian's own patches. */
      readonly patched: boolean;
      readonly package: string;
      readonly configure: readonly string[];
      readonly program: string;
    }
  /** A tar of the Node that runs this program, with the libraries it loads. */
  | { readonly kind: 'node' };

/** What goes into the folder that the image is built from, beside the Dockerfile's own folder below `images/`. */
export type Part =
  | { readonly to: string; readonly artifact: string; readonly links?: readonly string[] }
  /** Files of this package, relative to its root; `to` is a folder. */
  | { readonly to: string; readonly files: readonly string[] }
  /**
   * Other images, as `docker save` writes them; with `stage`, unpacked, as containerd has them in its folders: a container of the Dockerfile's stage of that name runs
   * `import-images`, which is beside the Dockerfile.
   */
  | { readonly to: string; readonly images: readonly string[]; readonly stage?: string };

export interface Recipe {
  readonly name: string;
  /** Folder below `images/` with the Dockerfile. */
  readonly folder: string;
  /** The first is the image's name; all name the same image. */
  readonly tags: readonly string[];
  readonly parts: readonly Part[];
  /** `docker build --build-arg`. */
  readonly args?: Readonly<Record<string, string>>;
  /** The published images that it stands for, where they are not its tags. For people: no digest hangs on it. */
  readonly standsFor?: readonly string[];
}

/** A program that runs on this machine, not in an image. */
export interface Program {
  readonly name: string;
  readonly artifact: string;
  /** What its publisher calls it. */
  readonly standsFor: string;
}
