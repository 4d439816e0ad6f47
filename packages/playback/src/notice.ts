/** Something that the user should know and that did not end anything. */
export interface Notice {
  /** A stable name in kebab case, listed in the README. */
  code: string;
  /** One sentence. */
  message: string;
  /** What programs below said, for who looks into it. */
  detail?: string;
}

/** What takes notices. It must not throw. */
export type OnNotice = (notice: Notice) => void;
