/** Something that can be captured from. */
export interface Device {
  /** What goes behind the colon: `camera:<id>`, `screen:<id>`, `mic:<id>`. */
  id: string;
  /** What people call it. */
  label: string;
}
